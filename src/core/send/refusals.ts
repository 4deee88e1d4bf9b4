import { AppError, isErrorCode } from '../../errors.ts';
import { toWireId } from '../../lib/message-id.ts';
import type { MessageStatus, StoredError, StoredMessage } from '../../ports/message.ts';
import type { BeginResult } from '../../ports/store.ts';
import { findCarriers, type Offer } from './carriers.ts';
import type { QueuedMessage, SendRequest, SentMessage } from './send-request.ts';

/** A stored error, told again in the same words. `retryAfterMs` is how long the provider asks us to wait. */
export const toAppError = (
  { code, retry, message, provider }: StoredError,
  messageId: string,
  retryAfterMs: number | null = null,
) =>
  new AppError(isErrorCode(code) ? code : 'internal_error', {
    retry,
    messageId: toWireId(messageId),
    ...(message === undefined ? {} : { message }),
    ...(provider === undefined ? {} : { provider }),
    ...(retryAfterMs === null ? {} : { retryAfter: Math.ceil(retryAfterMs / 1000) }),
  });

export const sendInProgress = (messageId: string): AppError =>
  new AppError('send_in_progress', { messageId: toWireId(messageId), retryAfter: 2 });

/** Somebody else sends it; the same request without a key would be another message. */
export const takenOver = (messageId: string): AppError =>
  new AppError('send_in_progress', {
    messageId: toWireId(messageId),
    retry: 'check',
    retryAfter: 2,
    message:
      'The message took so long that somebody else has taken it up, and is sending it: ask GET /messages/{message_id}, and do not send it again.',
  });

type Refusal = Extract<BeginResult, { outcome: 'refused' }>;

/** A refusal that is the same whatever was asked for. */
export const toPlainRefusal = ({ code, messageId, rate }: Refusal): AppError =>
  new AppError(code, {
    ...(messageId === null ? {} : { messageId: toWireId(messageId) }),
    ...(code === 'rate_limited' && rate
      ? { retryAfter: Math.ceil(((1 - rate.tokens) * 60) / rate.limit) }
      : {}),
  });

/** Why the database let nothing be sent. Of the providers, some are connected and cannot carry the message: then that is why. */
export const toRefusal = (
  refusal: Refusal,
  request: SendRequest,
  offers: readonly Offer[],
): AppError => {
  const { code, connectedProviders } = refusal;
  if (code !== 'channel_not_connected') return toPlainRefusal(refusal);
  const connected = offers.filter(({ provider }) => connectedProviders.includes(provider));
  const carriers = findCarriers(request, connected);
  return carriers.type === 'none' ? carriers.refusal : toPlainRefusal(refusal);
};

/** A provider has taken it. */
export const isAccepted = (status: MessageStatus): boolean =>
  status === 'sent' || status === 'delivered' || status === 'read';

/** What became of a message that was sent for before. */
export const toReplay = (message: StoredMessage): SentMessage => {
  const { id, status, content, senderType, channel, sentAt, error } = message;
  if (isAccepted(status) && content !== null && sentAt !== null && senderType !== 'contact') {
    return { messageId: toWireId(id), content, senderType, channel, timestamp: sentAt };
  }
  throw toAppError(error ?? { code: 'internal_error', retry: 'check' }, id);
};

/** What is told of a message that is sent after the answer. */
export const toQueued = ({
  id,
  content,
  agentId,
  channel,
  createdAt,
}: StoredMessage): QueuedMessage => ({
  messageId: toWireId(id),
  content,
  senderType: agentId === null ? 'user' : 'agent',
  channel,
  queuedAt: createdAt,
});
