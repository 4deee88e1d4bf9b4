import { createClient } from '@supabase/supabase-js';
import * as z from 'zod';
import { connectionWasNeverMade } from '../lib/connection-never-made.ts';
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
import { ask } from './ask.ts';
import type { Database } from './database.types.ts';
import { toTextRequest } from './email-rows.ts';
import { toCamelCase, toSnakeCase } from './letter-case.ts';
import { parseClaimed, parseJobs, parseSettled } from './parse-results.ts';
import { toSendRequest, toSettlement } from './send-requests.ts';
import { toWebhookRequest } from './webhook-rows.ts';

export type StoreSettings = { readonly url: string; readonly secretKey: string };

// A call that never left gets the response that PostgREST gives when it has not asked Postgres.
const notAsked = () =>
  Response.json({ code: 'PGRST000', message: 'no connection' }, { status: 503 });

const connect = ({ url, secretKey }: StoreSettings, fetch: Fetch) =>
  createClient<Database>(url, secretKey, {
    // Nobody signs in here. With this token, the client does not look for a session before each call.
    accessToken: async () => secretKey,
    global: {
      fetch: (input, init) =>
        fetch(String(input), init).catch((error: unknown) => {
          if (connectionWasNeverMade(error)) return notAsked();
          throw error;
        }),
    },
  });

type Client = ReturnType<typeof connect>;
type Receiving = 'getConnection' | 'recordWebhook' | 'completeText';
type Working = 'claimJobs' | 'settleJob';

const outcomeOf = <Outcome extends z.ZodType>(outcome: Outcome) => z.object({ outcome });
const stillWanted = outcomeOf(z.enum(['unchanged', 'opted_out', 'lost']));
const committed = outcomeOf(replyOutcome);

const sending = (client: Client): Omit<Store, Receiving | Working> => ({
  async beginSend(request) {
    const begin = { p_request: toSendRequest(request) };
    return beginResult.parse(toCamelCase(await ask(() => client.rpc('begin_send', begin))));
  },

  async queueSend(request) {
    const begin = { p_request: toSendRequest(request) };
    return queueResult.parse(toCamelCase(await ask(() => client.rpc('begin_send', begin))));
  },

  async commitReply(reply) {
    const commit = { p_request: toSnakeCase(reply) };
    return committed.parse(await ask(() => client.rpc('commit_reply', commit))).outcome;
  },

  async settleSend(settlement) {
    const settle = { p_request: toSettlement(settlement) };
    return parseSettled(toCamelCase(await ask(() => client.rpc('settle_send', settle))));
  },

  async lookAgain({ messageId, leaseId }) {
    const wanted = { p_message_id: messageId, p_lease_id: leaseId };
    return stillWanted.parse(await ask(() => client.rpc('look_again', wanted))).outcome;
  },

  async claimSends(request) {
    const claim = { p_request: toSnakeCase(request) };
    return parseClaimed(toCamelCase(await ask(() => client.rpc('claim_sends', claim))));
  },

  async releaseClaims(leaseId) {
    await ask(() => client.rpc('release_claims', { p_lease_id: leaseId }));
  },

  async getMessage(keyHash, messageId) {
    const wanted = { p_key_hash: keyHash, p_message_id: messageId };
    return foundMessage.parse(toCamelCase(await ask(() => client.rpc('get_message', wanted))));
  },
});

const recorded = z.array(recordedEvent).nullable();

const receiving = (client: Client): Pick<Store, Receiving> => ({
  async getConnection(id) {
    const wanted = { p_connection_id: id };
    const found = await ask(() => client.rpc('get_connection', wanted));
    return calledConnection.nullable().parse(found);
  },

  async recordWebhook(connectionId, events, version = null) {
    const webhook = { p_request: toWebhookRequest(connectionId, events, version) };
    return recorded.parse(toCamelCase(await ask(() => client.rpc('record_webhook', webhook))));
  },

  async completeText(messageId, fetched, reply) {
    const text = { p_request: toTextRequest(messageId, fetched, reply) };
    const completed = await ask(() => client.rpc('complete_text', text));
    return completedText.parse(toCamelCase(completed)).reply;
  },
});

const working = (client: Client): Pick<Store, Working> => ({
  async claimJobs(claim) {
    const wanted = { p_request: toSnakeCase(claim) };
    return parseJobs(toCamelCase(await ask(() => client.rpc('claim_jobs', wanted))));
  },

  async settleJob(settlement) {
    const settled = { p_request: toSnakeCase(settlement) };
    await ask(() => client.rpc('settle_job', settled));
  },
});

/** The store in Postgres, through the functions of supabase/schemas, over Supabase's HTTP API. */
export const createSupabaseStore = (settings: StoreSettings, fetch: Fetch): Store => {
  const client = connect(settings, fetch);
  return { ...sending(client), ...receiving(client), ...working(client) };
};
