import type {
  Channel,
  ChannelProvider,
  OutboundMessage,
  RefusalReason,
  Refused,
} from '../../src/ports/channel.ts';

/** An answer that the vendor documents, and what it has to be read as. */
export type DocumentedError = {
  readonly when: string;
  readonly status: number;
  readonly body: unknown;
  readonly expected: Partial<Omit<Refused, 'type'>> | 'unknown';
};

/** What the conformance suite needs to know of one provider on one channel. */
export type ProviderFixture = {
  readonly provider: ChannelProvider;
  readonly channel: Channel;
  readonly credentials: Readonly<Record<string, unknown>>;
  /** Must not show up in any outcome. */
  readonly secret: string;
  readonly message: OutboundMessage;
  readonly url: string;
  readonly accepted: { readonly body: unknown; readonly id: string };
  readonly wrongCredentials: readonly unknown[];
  readonly documentedErrors: readonly DocumentedError[];
};

export const aMessage = (
  channel: Channel,
  from: string,
  to: string,
  changes: Partial<OutboundMessage> = {},
): OutboundMessage => ({
  id: 'msg_01jdw1q5s0e9ra2zj3mcyrqz8k',
  channel,
  from,
  to,
  content: { text: 'Your order is on its way.' },
  subject: null,
  replyTo: null,
  automatic: false,
  receiptUrl: 'https://crm.example.com/webhooks/twilio/1?message_id=msg_01jdw1q5s0e9ra2zj3mcyrqz8k',
  ...changes,
});

/** Several codes that mean the same, each as its own documented error. */
export const errorsFor = (
  reason: RefusalReason,
  codes: readonly (string | number)[],
  toBody: (code: string | number) => unknown,
  status = 400,
): readonly DocumentedError[] =>
  codes.map((code) => ({
    when: `code ${code}`,
    status,
    body: toBody(code),
    expected: { reason, code: String(code) },
  }));
