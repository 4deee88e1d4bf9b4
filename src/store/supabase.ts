import * as z from 'zod';
import { beginResult, queueResult } from '../ports/begin-send.ts';
import { calledConnection } from '../ports/connection.ts';
import type { Fetch } from '../ports/io.ts';
import {
  completedText,
  foundMessage,
  recordedEvent,
  replyOutcome,
  type Store,
} from '../ports/store.ts';
import { type CallFunction, createCallFunction } from './call-function.ts';
import type { StoreSettings } from './compose-requests.ts';
import { toTextRequest } from './email-rows.ts';
import { toCamelCase, toSnakeCase } from './letter-case.ts';
import { parseClaimed, parseJobs, parseSettled } from './parse-results.ts';
import { toSendRequest, toSettlement } from './send-requests.ts';
import { toWebhookRequest } from './webhook-rows.ts';

type Receiving = 'getConnection' | 'recordWebhook' | 'completeText';
type Working = 'claimJobs' | 'settleJob';

const outcomeOf = <Outcome extends z.ZodType>(outcome: Outcome) => z.object({ outcome });
const stillWanted = outcomeOf(z.enum(['unchanged', 'opted_out', 'lost']));
const committed = outcomeOf(replyOutcome);

const sending = (call: CallFunction): Omit<Store, Receiving | Working> => ({
  async beginSend(request) {
    const begin = { p_request: toSendRequest(request) };
    return beginResult.parse(toCamelCase(await call('begin_send', begin)));
  },

  async queueSend(request) {
    const begin = { p_request: toSendRequest(request) };
    return queueResult.parse(toCamelCase(await call('begin_send', begin)));
  },

  async commitReply(reply) {
    const commit = { p_request: toSnakeCase(reply) };
    return committed.parse(await call('commit_reply', commit)).outcome;
  },

  async settleSend(settlement) {
    const settle = { p_request: toSettlement(settlement) };
    return parseSettled(toCamelCase(await call('settle_send', settle)));
  },

  async lookAgain({ messageId, leaseId }) {
    const wanted = { p_message_id: messageId, p_lease_id: leaseId };
    return stillWanted.parse(await call('look_again', wanted)).outcome;
  },

  async claimSends(request) {
    const claim = { p_request: toSnakeCase(request) };
    return parseClaimed(toCamelCase(await call('claim_sends', claim)));
  },

  async releaseClaims(leaseId) {
    await call('release_claims', { p_lease_id: leaseId });
  },

  async getMessage(keyHash, messageId) {
    const wanted = { p_key_hash: keyHash, p_message_id: messageId };
    return foundMessage.parse(toCamelCase(await call('get_message', wanted)));
  },
});

const recorded = z.array(recordedEvent).nullable();

const receiving = (call: CallFunction): Pick<Store, Receiving> => ({
  async getConnection(id) {
    const wanted = { p_connection_id: id };
    const found = await call('get_connection', wanted);
    return calledConnection.nullable().parse(found);
  },

  async recordWebhook(connectionId, events, version = null) {
    const webhook = { p_request: toWebhookRequest(connectionId, events, version) };
    return recorded.parse(toCamelCase(await call('record_webhook', webhook)));
  },

  async completeText(messageId, fetched, reply) {
    const text = { p_request: toTextRequest(messageId, fetched, reply) };
    const completed = await call('complete_text', text);
    return completedText.parse(toCamelCase(completed)).reply;
  },
});

const working = (call: CallFunction): Pick<Store, Working> => ({
  async claimJobs(claim) {
    const wanted = { p_request: toSnakeCase(claim) };
    return parseJobs(toCamelCase(await call('claim_jobs', wanted)));
  },

  async settleJob(settlement) {
    const settled = { p_request: toSnakeCase(settlement) };
    await call('settle_job', settled);
  },
});

/** The store in Postgres, through the functions of supabase/schemas, over Supabase's HTTP API. */
export const createSupabaseStore = (settings: StoreSettings, fetch: Fetch): Store => {
  const call = createCallFunction(settings, fetch);
  return { ...sending(call), ...receiving(call), ...working(call) };
};
