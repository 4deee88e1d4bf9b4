import { createClient } from '@supabase/supabase-js';
import { connectionWasNeverMade } from '../lib/connection-never-made.ts';
import type { Fetch } from '../ports/io.ts';
import type { Store } from '../ports/store.ts';
import { ask } from './ask.ts';
import type { Database } from './database.types.ts';
import { parseJobs, toClaim, toSettlement } from './job-rows.ts';
import { parseConnection } from './parse-connection.ts';
import {
  parseBeginResult,
  parseClaimed,
  parseCommitted,
  parseFoundMessage,
  parseSeen,
  parseSettled,
} from './parse-results.ts';
import { toBeginArguments, toClaimArguments, toRow, toSettleArguments } from './send-arguments.ts';
import { parseCompleted, parseRecorded } from './webhook-results.ts';
import { toTextRequest, toWebhookRequest } from './webhook-rows.ts';

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

const sending = (client: Client): Omit<Store, Receiving | Working> => ({
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

  async lookAgain({ messageId, leaseId }) {
    const wanted = { p_message_id: messageId, p_lease_id: leaseId };
    return parseSeen(await ask(() => client.rpc('look_again', wanted)));
  },

  async claimSends(request) {
    const claim = toClaimArguments(request);
    return parseClaimed(await ask(() => client.rpc('claim_sends', claim)));
  },

  async releaseClaims(leaseId) {
    await ask(() => client.rpc('release_claims', { p_lease_id: leaseId }));
  },

  async getMessage(keyHash, messageId) {
    const wanted = { p_key_hash: keyHash, p_message_id: messageId };
    return parseFoundMessage(await ask(() => client.rpc('get_message', wanted)));
  },
});

const receiving = (client: Client): Pick<Store, Receiving> => ({
  async getConnection(id) {
    const wanted = { p_connection_id: id };
    return parseConnection(await ask(() => client.rpc('get_connection', wanted)));
  },

  async recordWebhook(connectionId, events) {
    const webhook = { p_request: toWebhookRequest(connectionId, events) };
    return parseRecorded(await ask(() => client.rpc('record_webhook', webhook)));
  },

  async completeText(messageId, fetched) {
    const text = { p_request: toTextRequest(messageId, fetched) };
    return parseCompleted(await ask(() => client.rpc('complete_text', text)));
  },
});

const working = (client: Client): Pick<Store, Working> => ({
  async claimJobs(claim) {
    const wanted = { p_request: toClaim(claim) };
    return parseJobs(await ask(() => client.rpc('claim_jobs', wanted)));
  },

  async settleJob(settlement) {
    const settled = { p_request: toSettlement(settlement) };
    await ask(() => client.rpc('settle_job', settled));
  },
});

/** The store in Postgres, through the functions of supabase/migrations, over Supabase's HTTP API. */
export const createSupabaseStore = (settings: StoreSettings, fetch: Fetch): Store => {
  const client = connect(settings, fetch);
  return { ...sending(client), ...receiving(client), ...working(client) };
};
