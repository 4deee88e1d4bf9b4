import { afterAll, beforeAll } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { describeStore } from './suite.ts';

let database: Database;

beforeAll(async () => {
  database = await startDatabase();
});

afterAll(() => database.stop());

describeStore('PGlite', () => database);
