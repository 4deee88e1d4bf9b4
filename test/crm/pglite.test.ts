import { afterAll, beforeAll, describe } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Crm, startCrm } from './run-crm.ts';
import { describeCommands } from './suite.ts';

describe('the commands, on PGlite', () => {
  let database: Database;
  let crm: Crm;
  beforeAll(async () => {
    database = await startDatabase();
    crm = await startCrm(database);
  });
  afterAll(async () => {
    await crm?.stop();
    await database?.stop();
  });
  describeCommands(() => crm);
});
