import { toWireId } from '../../lib/message-id.ts';
import { ownValue } from '../../lib/own-value.ts';
import { redact } from '../../lib/redact.ts';
import { withTimeout } from '../../lib/with-timeout.ts';
import type { Begun, Sender } from '../../ports/begin-send.ts';
import type { RefusalReason, SendOutcome } from '../../ports/channel.ts';
import type { Content } from '../../ports/content.ts';
import type { Deps } from '../../ports/deps.ts';
import type { Attempt } from '../../ports/message.ts';
import type { CallBudget } from '../call-budget.ts';
import { timeouts } from '../limits.ts';
import { findMisfit, misfitWords } from './carriers.ts';

export type Parcel = {
  readonly begun: Begun;
  /** A provider may have been asked before, and not by this delivery. */
  readonly ambiguous: boolean;
  readonly content: Content;
  /** Milliseconds since 1970. After this time the message may belong to another worker. */
  readonly leaseEndsAt: number;
  readonly leaseId: string;
  /** Fires when the host cannot wait any longer. */
  readonly ending: AbortSignal | null;
  readonly calls: CallBudget;
};

/** One call to a provider: its outcome, and its record. */
export type Asked = { readonly outcome: SendOutcome; readonly attempt: Attempt };

const neverAsked = (message: string, reason: RefusalReason = 'misconfigured'): SendOutcome => ({
  type: 'refused',
  reason,
  code: null,
  message,
  laterMayHelp: false,
  otherSenderMayHelp: true,
  retryAfterMs: null,
});

const receiptUrl = (publicUrl: string, { connection }: Sender, messageId: string): string =>
  new URL(`${publicUrl}/webhooks/${connection.provider}/${connection.id}?message_id=${messageId}`)
    .href;

const call = async (
  deps: Deps,
  { begun, content, ending }: Parcel,
  sender: Sender,
): Promise<SendOutcome> => {
  const { connection } = sender;
  const provider = ownValue(deps.channelProviders, connection.provider);
  const capacity = provider?.carries[begun.channel];
  if (!provider || !capacity) return neverAsked('this provider does not serve the channel');
  const misfit = findMisfit(content, capacity);
  if (misfit !== null) return neverAsked(misfitWords[misfit], 'content_rejected');

  let credentials: unknown;
  try {
    credentials = await deps.vault.open(connection.credentials, connection.id);
  } catch {
    return neverAsked('the credentials of this connection do not open with CREDENTIALS_KEY');
  }
  const id = toWireId(begun.messageId);
  const message = {
    id,
    channel: begun.channel,
    from: sender.address,
    to: begun.recipient.address,
    content,
    subject: begun.subject,
    replyTo: begun.replyTo,
    automatic: begun.automatic,
    receiptUrl: receiptUrl(deps.publicUrl, sender, id),
  };
  const { fetch } = deps.io;
  return withTimeout(timeouts.provider, ending, (signal) =>
    provider.send(credentials, message, { fetch, signal }),
  );
};

/** Every text in the content, at any depth. */
const listTexts = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listTexts) : [];
};

/** Asks one sender's provider once, and records the call without the vendor's quotations of the message. */
export const askProvider = async (
  deps: Deps,
  parcel: Parcel,
  sender: Sender,
  number: number,
): Promise<Asked> => {
  const { recipient } = parcel.begun;
  const privateTexts = [recipient.address, recipient.name ?? '', ...listTexts(parcel.content)];
  const clean = (word: string | null) => (word === null ? null : redact(word, privateTexts));
  const startedAt = deps.io.now();
  const outcome = await call(deps, parcel, sender);
  const word = outcome.type === 'accepted' ? { code: null, message: null } : outcome;
  const attempt = {
    number,
    senderId: sender.id,
    provider: sender.connection.provider,
    outcome: outcome.type,
    reason: outcome.type === 'refused' ? outcome.reason : null,
    code: clean(word.code),
    message: clean(word.message),
    startedAt,
    finishedAt: deps.io.now(),
  };
  return { outcome, attempt };
};
