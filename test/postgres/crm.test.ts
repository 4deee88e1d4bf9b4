import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { type Crm, startCrm } from '../crm/run-crm.ts';
import { describeCommands } from '../crm/suite.ts';

const seed = new URL('../../supabase/seed.sql', import.meta.url);

describe('the commands, on Postgres 17', () => {
  let postgres: Postgres;
  let database: Database;
  let crm: Crm;
  beforeAll(async () => {
    postgres = await startMigratedPostgres();
    await postgres.query(await readFile(seed, 'utf8'));
    database = await startDatabase({ postgresUrl: postgres.adminUrl });
    crm = await startCrm(database);
  });
  afterAll(async () => {
    await crm?.stop();
    await database?.stop();
    await postgres?.stop();
  });
  describeCommands(() => crm);
});
