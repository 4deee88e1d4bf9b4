import { isUuid } from '../lib/is-uuid.ts';
import { parseWireId } from '../lib/message-id.ts';
import { toReplyPrefix } from '../lib/reply-prefix.ts';
import type { BeginSend, QueueSend } from '../ports/begin-send.ts';
import type { SettleSend } from '../ports/settlement.ts';
import type { Json } from './database.types.ts';
import { toSnakeCase } from './letter-case.ts';

// The caller's name for the message that is replied to, and our id if the name is one.
const toMetadata = (repliedMessageId: string | null) => {
  if (repliedMessageId === null) return {};
  return { messageId: repliedMessageId, messageUuid: parseWireId(repliedMessageId) ?? undefined };
};

/** The document crm_api.send_request. */
export const toSendRequest = ({
  work,
  repliedMessageId,
  ...request
}: BeginSend | QueueSend): Json => {
  const { conversationRef } = request;
  return toSnakeCase({
    ...request,
    ...work,
    replyPrefix: toReplyPrefix(request.subject),
    conversationId: isUuid(conversationRef) ? conversationRef : null,
    metadata: toMetadata(repliedMessageId),
  });
};

const toIso = (time: number): string => new Date(time).toISOString();

/** The document crm_api.settlement. */
export const toSettlement = ({ result, at, attempts, ...settlement }: SettleSend): Json =>
  toSnakeCase({
    ...settlement,
    ...result,
    at: toIso(at),
    attempts: attempts.map(({ startedAt, finishedAt, ...attempt }) => ({
      ...attempt,
      startedAt: toIso(startedAt),
      finishedAt: toIso(finishedAt),
    })),
  });
