import { AppError, isErrorCode } from '../../errors.ts';
import { toWireId } from '../../lib/message-id.ts';
import type { BeginResult } from '../../ports/begin-send.ts';
import type { MessageStatus, StoredError, StoredMessage } from '../../ports/message.ts';
import { findCarriers, type Offer } from './carriers.ts';
import type { QueuedMessage, SendRequest, SentMessage } from './send-request.ts';

/** A stored error in the same words as before. `retryAfterMs` is how long the provider asks us to wait. */
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

/** Another worker sends it. The same request without a key would be a second message. */
export const takenOver = (messageId: string): AppError =>
  new AppError('send_in_progress', {
    messageId: toWireId(messageId),
    retry: 'check',
    retryAfter: 2,
    message:
      'The message took so long that somebody else has taken it up, and is sending it: ask GET /messages/{message_id}, and do not send it again.',
  });

type Refusal = Extract<BeginResult, { outcome: 'refused' }>;

/** The error of a refusal that does not depend on the request. */
export const toPlainRefusal = ({ code, messageId, rate }: Refusal): AppError =>
  new AppError(code, {
    ...(messageId === null ? {} : { messageId: toWireId(messageId) }),
    ...(code === 'rate_limited' && rate
      ? { retryAfter: Math.ceil(((1 - rate.tokens) * 60) / rate.limit) }
      : {}),
  });

/**
 * The error of a refusal. If the channel is connected, but none of its providers can carry the message, the error says
 * that.
 */
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

/** A provider has accepted it. */
export const isAccepted = (status: MessageStatus): boolean =>
  status === 'sent' || status === 'delivered' || status === 'read';

/** Returns the message of an earlier request with the same key, or throws its error. */
export const toReplay = (message: StoredMessage): SentMessage => {
  const { id, status, content, senderType, channel, sentAt, error } = message;
  if (isAccepted(status) && content !== null && sentAt !== null && senderType !== 'contact') {
    return { messageId: toWireId(id), content, senderType, channel, timestamp: sentAt };
  }
  throw toAppError(error ?? { code: 'internal_error', retry: 'check' }, id);
};

/** A message that is sent after the response. */
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
