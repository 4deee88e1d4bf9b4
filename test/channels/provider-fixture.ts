import type {
  Channel,
  ChannelProvider,
  OutboundMessage,
  RefusalReason,
  Refused,
} from '../../src/ports/channel.ts';

/** A response that the vendor documents, and its meaning. */
export type DocumentedError = {
  readonly when: string;
  readonly status: number;
  readonly body: unknown;
  readonly expected: Partial<Omit<Refused, 'type'>> | 'unknown';
};

/** The facts that the conformance suite needs about one provider on one channel. */
export type ProviderFixture = {
  readonly provider: ChannelProvider;
  readonly channel: Channel;
  readonly credentials: Readonly<Record<string, unknown>>;
  /** Must not appear in any outcome. */
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

/** Several codes with the same meaning, each as its own documented error. */
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
