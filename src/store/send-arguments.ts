import { isUuid } from '../lib/is-uuid.ts';
import { parseWireId } from '../lib/message-id.ts';
import { toReplyPrefix } from '../lib/reply-prefix.ts';
import type { TokenUsage } from '../ports/ai.ts';
import type { SettleSend } from '../ports/settlement.ts';
import type { BeginSend, ChannelPolicy, ClaimSends } from '../ports/store.ts';
import type { Database } from './database.types.ts';

type Functions = Database['public']['Functions'];

const toMetadata = (repliedMessageId: string | null) => {
  if (repliedMessageId === null) return {};
  const uuid = parseWireId(repliedMessageId);
  return { message_id: repliedMessageId, ...(uuid === null ? {} : { message_uuid: uuid }) };
};

export const toBeginArguments = (request: BeginSend): Functions['begin_send']['Args'] => {
  const { work, conversationRef, policy, subject, idempotencyKey, taskHash, queueHours } = request;
  return {
    p_key_hash: request.keyHash,
    p_message_id: request.messageId,
    p_lease_id: request.leaseId,
    p_lease_seconds: request.leaseSeconds,
    p_conversation_ref: conversationRef,
    p_channel: request.channel,
    p_providers: [...policy.providers],
    p_repeatable: Object.keys(policy.repeatable),
    p_metadata: toMetadata(request.repliedMessageId),
    p_request_hash: request.requestHash ?? '',
    p_history_limit: request.historyLimit,
    p_reply_prefix: toReplyPrefix(subject),
    ...('content' in work
      ? { p_content: work.content }
      : { p_prompt: work.prompt, p_agent_id: work.agentId }),
    ...(isUuid(conversationRef) ? { p_conversation_id: conversationRef } : {}),
    ...(policy.replyWindowHours === null ? {} : { p_reply_window_hours: policy.replyWindowHours }),
    ...(subject === null ? {} : { p_subject: subject }),
    ...(idempotencyKey === null ? {} : { p_idempotency_key: idempotencyKey }),
    ...(taskHash === null ? {} : { p_task_hash: taskHash }),
    ...(queueHours === null ? {} : { p_queue_hours: queueHours }),
  };
};

const toIso = (time: number): string => new Date(time).toISOString();

export const toRow = (usage: TokenUsage) => ({
  input_tokens: usage.inputTokens,
  output_tokens: usage.outputTokens,
});

const toResultArguments = ({ result }: SettleSend) => ({
  p_status: result.status,
  ...(result.senderId === null ? {} : { p_sender_id: result.senderId }),
  ...(result.provider === null ? {} : { p_provider: result.provider }),
  ...(result.status === 'sent'
    ? { p_provider_message_id: result.providerMessageId }
    : { p_error: result.error }),
  ...(result.status === 'queued' ? { p_retry_seconds: result.retryInMs / 1000 } : {}),
});

export const toSettleArguments = (settlement: SettleSend): Functions['settle_send']['Args'] => ({
  ...toResultArguments(settlement),
  p_message_id: settlement.messageId,
  p_lease_id: settlement.leaseId,
  p_at: toIso(settlement.at),
  p_usage: settlement.usage && toRow(settlement.usage),
  p_attempts: settlement.attempts.map(({ senderId, startedAt, finishedAt, ...attempt }) => ({
    ...attempt,
    sender_id: senderId,
    started_at: toIso(startedAt),
    finished_at: toIso(finishedAt),
  })),
});

const toPolicyRow = (policy: ChannelPolicy) => ({
  providers: [...policy.providers],
  repeatable: Object.keys(policy.repeatable),
  reply_window_hours: policy.replyWindowHours,
});

export const toClaimArguments = (request: ClaimSends): Functions['claim_sends']['Args'] => ({
  p_lease_id: request.leaseId,
  p_lease_seconds: request.leaseSeconds,
  p_limit: request.limit,
  p_policies: Object.fromEntries(
    Object.entries(request.policies).map(([channel, policy]) => [channel, toPolicyRow(policy)]),
  ),
  p_max_tries: request.maxTries,
  p_history_limit: request.historyLimit,
  ...(request.turn === undefined
    ? {}
    : { p_turn: { ...request.turn, busy: [...request.turn.busy] } }),
  ...(request.messageId === null ? {} : { p_message_id: request.messageId }),
});
