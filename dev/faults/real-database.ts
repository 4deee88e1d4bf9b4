import { readFile } from 'node:fs/promises';
import { type Database, startDatabase } from '../database.ts';
import { type Postgres, startMigratedPostgres } from '../machine/postgres.ts';
import { keepHistory } from './history.ts';

export type RealDatabase = {
  readonly api: Database;
  readonly query: Postgres['query'];
  stop(): Promise<void>;
};

const seedFile = new URL('../../supabase/seed.sql', import.meta.url);

/** High enough that no run uses up a key's rate. */
const prepare = `
  update public.api_keys set rate_limit = 1000000;
  ${keepHistory}
`;

/** Postgres 17 with the demo's data and Supabase's API in front. It records each state of every message. */
export const startRealDatabase = async (): Promise<RealDatabase> => {
  const postgres = await startMigratedPostgres();
  try {
    await postgres.query(await readFile(seedFile, 'utf8'));
    await postgres.query(prepare);
    const api = await startDatabase({ postgresUrl: postgres.adminUrl });
    const stop = async () => {
      await api.stop();
      await postgres.stop();
    };
    return { api, query: postgres.query, stop };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
};

/**
 * Lets time pass: the leases of killed workers expire, and queued messages and jobs become due. Only for a moment when
 * nobody is at work.
 */
export const letTimePass = (query: Postgres['query']) =>
  query(`
    update public.messages set lease_expires_at = now() - interval '1 s' where lease_expires_at is not null;
    update public.messages set due_at = now() - interval '1 s' where due_at is not null;
    update public.jobs set lease_expires_at = now() - interval '1 s' where lease_id is not null;
    update public.jobs set due_at = now() - interval '1 s';
  `);
