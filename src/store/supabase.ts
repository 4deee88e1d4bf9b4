import { createClient } from '@supabase/supabase-js';
import { cleanText } from '../lib/clean-text.ts';
import { connectionWasNeverMade } from '../lib/connection-never-made.ts';
import type { Fetch } from '../ports/io.ts';
import type { Store } from '../ports/store.ts';
import type { FetchedText } from '../ports/webhook.ts';
import { ask } from './ask.ts';
import type { Database } from './database.types.ts';
import {
  parseBeginResult,
  parseClaimed,
  parseCommitted,
  parseFoundMessage,
  parseSeen,
  parseSettled,
} from './parse-results.ts';
import { toBeginArguments, toClaimArguments, toRow, toSettleArguments } from './send-arguments.ts';
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

type Client = ReturnType<typeof connect>;
type Receiving =
  | 'getConnection'
  | 'recordWebhook'
  | 'claimTexts'
  | 'isTextGivenUp'
  | 'completeText';

const sending = (client: Client): Omit<Store, Receiving> => ({
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
});

/** The store in Postgres, through the functions of supabase/migrations, over Supabase's HTTP API. */
export const createSupabaseStore = (settings: StoreSettings, fetch: Fetch): Store => {
  const client = connect(settings, fetch);
  return { ...sending(client), ...receiving(client) };
};
