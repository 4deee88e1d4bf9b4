import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
import type { Postgres } from '../../dev/machine/postgres.ts';

const readSql = (file: string) => readFile(new URL(file, import.meta.url), 'utf8');

/** How many messages one conversation holds, if there are that many. */
const mostInOne = 100_000;
const loaders = 2;

export type Load = {
  readonly messages: number;
  /** How many of them are in the demo's one conversation. */
  readonly inOne: number;
  readonly conversations: number;
  readonly accounts: number;
};

/** The number of sub-accounts and conversations for that many messages. */
export const planLoad = (messages: number): Load => {
  const inOne = Math.min(mostInOne, messages / 2);
  return {
    messages,
    inOne,
    conversations: Math.ceil((messages - inOne) / 20),
    accounts: Math.min(200, Math.max(16, Math.ceil(messages / 10_000))),
  };
};

/** The demo's account, and the benchmark's sub-accounts with a key each. */
export const loadAccounts = async ({ query }: Postgres, load: Load): Promise<void> => {
  await query(await readSql('../../supabase/seed.sql'));
  await query(await readSql('load-accounts.sql'));
  // The generated rows fit together, so no foreign key needs to be checked.
  await query('set session_replication_role = replica');
  await query(`call bench.load_accounts(${load.accounts})`);
  await query(`call bench.load_conversations(1, ${load.conversations}, ${load.accounts})`);
};

const loadInParallel = async (adminUrl: string, load: Load): Promise<void> => {
  const { messages, inOne, conversations, accounts } = load;
  const connection = { session_replication_role: 'replica', synchronous_commit: 'off' };
  const sql = postgres(adminUrl, { max: loaders, connection });
  const share = messages / loaders;
  const parts = Array.from({ length: loaders }, (_, part) => [
    part * share + 1,
    part * share + share,
  ]);
  try {
    await Promise.all(
      parts.map(([from, to]) =>
        sql.unsafe(
          `call bench.load_messages(${from}, ${to}, ${messages}, ${inOne}, ${conversations}, ${accounts})`,
        ),
      ),
    );
  } finally {
    await sql.end();
  }
};

/** Stores half a year of messages, with every index of the migrations, vacuumed and analysed. */
export const loadMessages = async ({ query, adminUrl }: Postgres, load: Load): Promise<void> => {
  await query(await readSql('load-messages.sql'));
  await query('call bench.drop_indexes()');
  await loadInParallel(adminUrl, load);
  await query("set maintenance_work_mem = '1GB'");
  await query('call bench.make_indexes()');
  await query('vacuum analyze');
  await query('checkpoint');
};
