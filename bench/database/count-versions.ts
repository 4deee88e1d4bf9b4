import type { Sql } from 'postgres';
import { z } from 'zod';
import type { Postgres } from '../../dev/machine/postgres.ts';

/** What a number of sends did to a table. */
export type Versions = {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  /** Of the updated rows, those that needed no new entry in any index. */
  readonly hot: number;
  /** Versions that nobody can see any more and that a vacuum must remove. */
  readonly dead: number;
};

const versionsSchema = z.array(
  z.object({
    table: z.string(),
    inserted: z.coerce.number(),
    updated: z.coerce.number(),
    hot: z.coerce.number(),
    dead: z.coerce.number(),
  }),
);

const counters = `
  select relname as table, n_tup_ins as inserted, n_tup_upd as updated, n_tup_hot_upd as hot, n_dead_tup as dead
  from pg_stat_user_tables where schemaname in ('public', 'crm_api') order by relname`;

const readVersions = async ({ query }: Postgres, sql: Sql): Promise<readonly Versions[]> => {
  // Otherwise a backend tells its counters when it likes to.
  await sql`select pg_stat_force_next_flush()`;
  return versionsSchema.parse(await query(counters));
};

/** The tables that the work writes to over this connection, and how. */
export const countVersions = async (
  postgres: Postgres,
  sql: Sql,
  work: () => Promise<void>,
): Promise<readonly Versions[]> => {
  await postgres.query('vacuum');
  const before = new Map((await readVersions(postgres, sql)).map((row) => [row.table, row]));
  await work();
  const after = await readVersions(postgres, sql);
  return after
    .map(({ table, inserted, updated, hot, dead }) => {
      const was = before.get(table);
      return {
        table,
        inserted: inserted - (was?.inserted ?? 0),
        updated: updated - (was?.updated ?? 0),
        hot: hot - (was?.hot ?? 0),
        dead: dead - (was?.dead ?? 0),
      };
    })
    .filter(({ inserted, updated }) => inserted + updated > 0);
};
