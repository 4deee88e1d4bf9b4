import { createClient } from '@supabase/supabase-js';
import { cleanText } from '../lib/clean-text.ts';
import { connectionWasNeverMade } from '../lib/connection-never-made.ts';
import { parseWireId } from '../lib/message-id.ts';
import type { TokenUsage } from '../ports/ai.ts';
import type { Fetch } from '../ports/io.ts';
import type { BeginSend, ChannelPolicy, ClaimSends, SettleSend, Store } from '../ports/store.ts';
import type { FetchedText } from '../ports/webhook.ts';
import { ask } from './ask.ts';
import type { Database } from './database.types.ts';
import {
  parseBeginResult,
  parseClaimed,
  parseCommitted,
  parseFoundMessage,
  parseSettled,
} from './parse-answers.ts';
import {
  cutText,
  parseCompleted,
  parseConnection,
  parseGivenUp,
  parseRecorded,
  parseTextsToFetch,
  toEventRow,
  toTextMetadata,
  toThread,
} from './webhook-rows.ts';

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type StoreSettings = { readonly url: string; readonly secretKey: string };

// What never arrived is answered as PostgREST answers when it has not asked Postgres.
const notAsked = () =>
  Response.json({ code: 'PGRST000', message: 'no connection' }, { status: 503 });

const connect = ({ url, secretKey }: StoreSettings, fetch: Fetch) =>
  createClient<Database>(url, secretKey, {
    // Nobody signs in here. With a token of its own the client asks no session for one before each call.
    accessToken: async () => secretKey,
    global: {
      fetch: (input, init) =>
        fetch(String(input), init).catch((error: unknown) => {
          if (connectionWasNeverMade(error)) return notAsked();
          throw error;
        }),
    },
  });

type Functions = Database['public']['Functions'];

const toMetadata = (repliedMessageId: string | null) => {
  if (repliedMessageId === null) return {};
  const uuid = parseWireId(repliedMessageId);
  return { message_id: repliedMessageId, ...(uuid === null ? {} : { message_uuid: uuid }) };
};

const toBeginArguments = (request: BeginSend): Functions['begin_send']['Args'] => {
  const { work, conversationRef, policy, subject, idempotencyKey, queueHours } = request;
  return {
    p_key_hash: request.keyHash,
    p_message_id: request.messageId,
    p_lease_id: request.leaseId,
    p_lease_seconds: request.leaseSeconds,
    p_conversation_ref: conversationRef,
    p_channel: request.channel,
    p_providers: [...policy.providers],
    p_repeatable: [...policy.repeatable],
    p_metadata: toMetadata(request.repliedMessageId),
    p_request_hash: request.requestHash ?? '',
    p_history_limit: request.historyLimit,
    ...('content' in work
      ? { p_content: work.content }
      : { p_prompt: work.prompt, p_agent_id: work.agentId }),
    ...(uuidPattern.test(conversationRef) ? { p_conversation_id: conversationRef } : {}),
    ...(policy.replyWindowHours === null ? {} : { p_reply_window_hours: policy.replyWindowHours }),
    ...(subject === null ? {} : { p_subject: subject }),
    ...(idempotencyKey === null ? {} : { p_idempotency_key: idempotencyKey }),
    ...(queueHours === null ? {} : { p_queue_hours: queueHours }),
  };
};

const toIso = (time: number): string => new Date(time).toISOString();

const toRow = (usage: TokenUsage) => ({
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
  ...(result.status === 'queued' ? { p_retry_at: toIso(result.retryAt) } : {}),
});

const toSettleArguments = (settlement: SettleSend): Functions['settle_send']['Args'] => ({
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
  repeatable: [...policy.repeatable],
  reply_window_hours: policy.replyWindowHours,
});

const toClaimArguments = (request: ClaimSends): Functions['claim_sends']['Args'] => ({
  p_lease_id: request.leaseId,
  p_lease_seconds: request.leaseSeconds,
  p_limit: request.limit,
  p_policies: Object.fromEntries(
    Object.entries(request.policies).map(([channel, policy]) => [channel, toPolicyRow(policy)]),
  ),
  p_max_tries: request.maxTries,
  p_history_limit: request.historyLimit,
  ...(request.messageId === null ? {} : { p_message_id: request.messageId }),
});

/** How long and how often the provider is asked again for a text that it did not give. */
const textRetry = { p_again_seconds: 60, p_max_tries: 8 } as const;

const toTextArguments = (limit: number, messageId: string | null) => ({
  p_limit: limit,
  ...textRetry,
  ...(messageId === null ? {} : { p_message_id: messageId }),
});

// claim_texts leaves no due time when it gives out a text for the last time.
const findGivenUp = (client: ReturnType<typeof connect>, messageId: string) =>
  client.from('messages').select('id').eq('id', messageId).is('content', null).is('due_at', null);

const toCompleteArguments = (
  messageId: string,
  fetched: FetchedText,
): Functions['complete_text']['Args'] => ({
  p_message_id: messageId,
  p_text: cutText(cleanText(fetched.text)),
  p_metadata: toTextMetadata(fetched),
  p_thread: toThread(fetched),
});

/** The store in Postgres, through the functions of supabase/migrations, over Supabase's HTTP API. */
export const createSupabaseStore = (settings: StoreSettings, fetch: Fetch): Store => {
  const client = connect(settings, fetch);
  return {
    async beginSend(request) {
      const begin = toBeginArguments(request);
      return parseBeginResult(await ask(() => client.rpc('begin_send', begin)));
    },

    async commitReply({ messageId, leaseId, leaseSeconds, content, usage }) {
      const reply = {
        p_message_id: messageId,
        p_lease_id: leaseId,
        p_lease_seconds: leaseSeconds,
        p_content: content,
        p_usage: toRow(usage),
      };
      return parseCommitted(await ask(() => client.rpc('commit_reply', reply)));
    },

    async settleSend(settlement) {
      const settled = toSettleArguments(settlement);
      return parseSettled(await ask(() => client.rpc('settle_send', settled)));
    },

    async claimSends(request) {
      const claim = toClaimArguments(request);
      return parseClaimed(await ask(() => client.rpc('claim_sends', claim)));
    },

    async releaseClaims(leaseId) {
      await ask(() => client.rpc('release_claims', { p_lease_id: leaseId }));
    },

    async getConnection(id) {
      const wanted = { p_connection_id: id };
      return parseConnection(await ask(() => client.rpc('get_connection', wanted)));
    },

    async recordWebhook(connectionId, events) {
      const webhook = { p_connection_id: connectionId, p_events: events.map(toEventRow) };
      return parseRecorded(await ask(() => client.rpc('record_webhook', webhook)));
    },

    async claimTexts(limit, messageId) {
      const claim = toTextArguments(limit, messageId);
      return parseTextsToFetch(await ask(() => client.rpc('claim_texts', claim)));
    },

    async isTextGivenUp(messageId) {
      return parseGivenUp(await ask(() => findGivenUp(client, messageId)));
    },

    async completeText(messageId, fetched) {
      const completed = toCompleteArguments(messageId, fetched);
      return parseCompleted(await ask(() => client.rpc('complete_text', completed)));
    },

    async getMessage(keyHash, messageId) {
      const wanted = { p_key_hash: keyHash, p_message_id: messageId };
      return parseFoundMessage(await ask(() => client.rpc('get_message', wanted)));
    },
  };
};
