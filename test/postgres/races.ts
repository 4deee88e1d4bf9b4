import postgresJs, { type TransactionSql } from 'postgres';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import type { StorableEvent } from '../../src/ports/storable-event.ts';
import { createStoreContext } from '../store/context.ts';
import { createWebhookTests } from '../store/webhook-events.ts';
import { createOverlap, recordIn } from './overlap.ts';

/** A real Postgres for the tests of one file, with a store, and transactions that a test can hold open. */
export const setUpRaces = (connections = 4) => {
  let postgres: Postgres;
  let database: Database;
  let sql: ReturnType<typeof postgresJs>;
  beforeAll(async () => {
    postgres = await startMigratedPostgres();
    database = await startDatabase({ postgresUrl: postgres.adminUrl });
    sql = postgresJs(postgres.adminUrl, { max: connections });
  });
  afterAll(async () => {
    await sql?.end();
    await database?.stop();
    await postgres?.stop();
  });
  const context = createStoreContext(() => database);
  beforeEach(() => context.start());

  return {
    context,
    tests: createWebhookTests(context),
    /** As the superuser, on a connection of its own. */
    query: (statement: string) => postgres.query(statement),
    begin: <Result>(work: (tx: TransactionSql) => Promise<Result>) => sql.begin(work),
    overlap: createOverlap(() => sql),
    record: (tx: TransactionSql, ...events: readonly StorableEvent[]) =>
      recordIn(tx, context.tenant.connectionId, ...events),
  };
};
