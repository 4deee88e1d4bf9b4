import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { type Load, loadAccounts, loadMessages, planLoad } from './load.ts';
import type { Caller } from './message-life.ts';

/** A Postgres of its own, with that many messages stored. */
export type Stored = {
  readonly postgres: Postgres;
  readonly load: Load;
  /** The conversation with the most messages. */
  readonly longest: Caller;
  /** Another conversation at each call, from any sub-account. */
  readonly drawOrdinary: () => Caller;
};

const uuidOf = (kind: string, number: number): string => {
  const hex = createHash('md5').update(`${kind}${number}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/**
 * The ids that load-accounts.sql makes. They are computed, because looking them up would load into memory the rows that
 * a call is to find.
 */
const drawCaller = ({ conversations, accounts }: Load): Caller => {
  const number = 1 + Math.floor(Math.random() * conversations);
  const account = 1 + (number % accounts);
  return {
    keyHash: createHash('sha256').update(`cfy_bench_${account}`).digest('hex'),
    conversation: `conv_${number}`,
    senderId: uuidOf('sender', account),
    agentId: uuidOf('agent', account),
  };
};

const callerSchema = z.object({
  keyHash: z.string(),
  conversation: z.string(),
  senderId: z.string(),
  agentId: z.string(),
});

const demoCaller = `
  select k.key_hash as "keyHash", 'conv_abc123' as conversation, s.id as "senderId", a.id as "agentId"
  from public.api_keys k
  join public.senders s using (sub_account_id)
  join public.agents a using (sub_account_id)
  where k.display_prefix = 'cfy_your' and s.channel = 'sms'
  limit 1`;

/** Enough for the indexes and the rows in use, as the owner of that many messages would have. */
const settings = { shared_buffers: '1GB', max_wal_size: '16GB', checkpoint_timeout: '1h' };

/** `loadMore` runs when the accounts and conversations are there. */
export const startLoaded = async (
  load: Load,
  loadMore: (postgres: Postgres) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<Stored> => {
  const postgres = await startMigratedPostgres({ ...settings, ...more });
  try {
    await loadAccounts(postgres, load);
    await loadMore(postgres);
    const longest = callerSchema.parse((await postgres.query(demoCaller))[0]);
    return { postgres, load, longest, drawOrdinary: () => drawCaller(load) };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
};

export const startStored = (messages: number): Promise<Stored> => {
  const load = planLoad(messages);
  return startLoaded(load, (postgres) => loadMessages(postgres, load));
};
