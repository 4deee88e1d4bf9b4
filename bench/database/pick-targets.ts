import { z } from 'zod';
import type { Postgres } from '../../dev/machine/postgres.ts';
import type { Caller } from './message-life.ts';

export type PlainTarget = {
  readonly caller: Caller;
  /** The ids that the function's own lookups find. */
  readonly subAccountId: string;
  readonly conversationId: string;
  readonly addressId: string;
  readonly apiKeyId: string;
};

const rowsSchema = z.array(
  z.object({
    keyHash: z.string(),
    conversation: z.string(),
    senderId: z.string(),
    agentId: z.string(),
    subAccountId: z.string(),
    conversationId: z.string(),
    addressId: z.string(),
    apiKeyId: z.string(),
  }),
);

// Conversation n belongs to sub-account 1 + n modulo the number of accounts.
const targets = `
  select k.key_hash as "keyHash", c.external_id as conversation, s.id as "senderId", g.id as "agentId",
    c.sub_account_id as "subAccountId", c.id as "conversationId", a.id as "addressId",
    k.id as "apiKeyId"
  from generate_series(1, $1::integer) n
  join public.conversations c on c.id = bench.uuid('conversation', n * $2::integer)
  join public.contact_addresses a on a.contact_id = c.contact_id and a.channel = 'sms'
  join public.api_keys k on k.sub_account_id = c.sub_account_id
  join public.senders s on s.sub_account_id = c.sub_account_id and s.channel = 'sms'
  join public.agents g on g.sub_account_id = c.sub_account_id`;

/**
 * A number of conversations with a fixed distance between them. If the distance is the number of accounts, all belong
 * to one account.
 */
export const pickTargets = async (
  { query }: Postgres,
  count: number,
  step: number,
): Promise<PlainTarget[]> => {
  const rows = rowsSchema.parse(await query(targets, [count, step]));
  if (rows.length !== count) throw new Error(`${rows.length} conversations are not ${count}.`);
  return rows.map(({ subAccountId, conversationId, addressId, apiKeyId, ...caller }) => ({
    subAccountId,
    conversationId,
    addressId,
    apiKeyId,
    caller,
  }));
};
