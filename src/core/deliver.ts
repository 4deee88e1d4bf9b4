import { toWireId } from '../lib/message-id.ts';
import { ownValue } from '../lib/own-value.ts';
import { redact } from '../lib/redact.ts';
import { fits } from '../lib/text-limit.ts';
import type { Channel, SendOutcome } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { Attempt, Begun, Sender, SettleSend } from '../ports/store.ts';
import { timeouts } from './limits.ts';
import { describeProviderError } from './provider-error.ts';
import type { Trace } from './trace.ts';

export type Delivery = Pick<SettleSend, 'at' | 'attempts' | 'result'>;

export type Parcel = {
  readonly begun: Begun;
  readonly channel: Channel;
  readonly text: string;
  /** Milliseconds since 1970: from here on the message may be somebody else's. */
  readonly leaseEndsAt: number;
};

const neverAsked = (message: string): SendOutcome => ({
  type: 'refused',
  reason: 'misconfigured',
  code: null,
  message,
  laterMayHelp: false,
  otherSenderMayHelp: true,
  retryAfterMs: null,
});

const askProvider = async (
  deps: Deps,
  { begun, channel, text }: Parcel,
  sender: Sender,
): Promise<SendOutcome> => {
  const { connection } = sender;
  const provider = ownValue(deps.channelProviders, connection.provider);
  const limit = provider?.limits[channel];
  if (!provider || !limit) return neverAsked('this provider does not serve the channel');
  if (!fits(text, limit)) return neverAsked('the text is too long for this provider');

  let credentials: unknown;
  try {
    credentials = await deps.vault.open(connection.credentials, connection.id);
  } catch {
    return neverAsked('the credentials of this connection do not open with CREDENTIALS_KEY');
  }

  const id = toWireId(begun.messageId);
  const receiptUrl = new URL(
    `${deps.publicUrl}/webhooks/${provider.name}/${connection.id}?message_id=${id}`,
  );
  return provider.send(
    credentials,
    {
      id,
      channel,
      from: sender.address,
      to: begun.recipient.address,
      text,
      subject: begun.subject,
      replyTo: begun.replyTo,
      receiptUrl: receiptUrl.href,
    },
    { fetch: deps.io.fetch, signal: AbortSignal.timeout(timeouts.provider) },
  );
};

const recordAttempt = (
  outcome: SendOutcome,
  sender: Sender,
  details: Pick<Attempt, 'number' | 'startedAt' | 'finishedAt'> & { privateTexts: string[] },
): Attempt => {
  const { privateTexts, ...times } = details;
  const word = outcome.type === 'accepted' ? { code: null, message: null } : outcome;
  return {
    ...times,
    senderId: sender.id,
    provider: sender.connection.provider,
    outcome: outcome.type,
    reason: outcome.type === 'refused' ? outcome.reason : null,
    code: word.code === null ? null : redact(word.code, privateTexts),
    message: word.message === null ? null : redact(word.message, privateTexts),
  };
};

const conclude = (outcome: SendOutcome, attempt: Attempt): SettleSend['result'] => {
  const { senderId, provider } = attempt;
  if (outcome.type === 'accepted') {
    return { status: 'sent', senderId, provider, providerMessageId: outcome.providerMessageId };
  }
  const status = outcome.type === 'unknown' ? 'unknown' : 'failed';
  return { status, senderId, provider, error: describeProviderError(outcome, attempt) };
};

/**
 * Asks one sender after the other until one accepts the message, or no other can help. Never asks
 * again after an unknown outcome, and never when the lease could run out during the call.
 */
export const deliver = async (deps: Deps, parcel: Parcel, trace: Trace): Promise<Delivery> => {
  const { begun, text, leaseEndsAt } = parcel;
  const privateTexts = [begun.recipient.address, begun.recipient.name ?? '', text];
  const attempts: Attempt[] = [];
  let result: SettleSend['result'] = {
    status: 'failed',
    senderId: null,
    provider: null,
    error: {
      code: 'delivery_failed',
      retry: 'safe',
      message: 'There was no time left to ask a provider. Nothing was sent: send it again.',
    },
  };
  for (const sender of begun.senders) {
    const startedAt = deps.io.now();
    if (startedAt + timeouts.provider > leaseEndsAt) break;
    const outcome = await trace.time('provider', () => askProvider(deps, parcel, sender));
    const attempt = recordAttempt(outcome, sender, {
      number: begun.attempts + attempts.length + 1,
      startedAt,
      finishedAt: deps.io.now(),
      privateTexts,
    });
    attempts.push(attempt);
    result = conclude(outcome, attempt);
    if (outcome.type !== 'refused' || !outcome.otherSenderMayHelp) break;
  }
  return { at: deps.io.now(), attempts, result };
};
