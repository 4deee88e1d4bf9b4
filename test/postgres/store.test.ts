import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { createStoreContext } from '../store/context.ts';
import { describeStore } from '../store/suite.ts';

let postgres: Postgres;
let database: Database;

beforeAll(async () => {
  postgres = await startMigratedPostgres();
  database = await startDatabase({ postgresUrl: postgres.adminUrl });
});

afterAll(async () => {
  await database?.stop();
  await postgres?.stop();
});

describeStore('Postgres 17', () => database);

describe('store under parallel requests', () => {
  const context = createStoreContext(() => database);

  it('lets one of twenty requests with one key begin, and tells the others that it is in progress', async () => {
    await context.start();
    const idempotencyKey = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        context.store.beginSend(context.request({ idempotencyKey })),
      ),
    );
    expect(results.filter(({ outcome }) => outcome === 'begun')).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === 'in_progress')).toHaveLength(19);
    expect(await context.countMessages()).toBe(1);
  });

  it('lets one of twenty retries take over a failed message', async () => {
    await context.start();
    const idempotencyKey = randomUUID();
    const first = context.request({ idempotencyKey });
    await context.store.beginSend(first);
    await context.store.settleSend(context.settlement(first, context.failed('safe')));
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        context.store.beginSend(context.request({ idempotencyKey })),
      ),
    );
    expect(results.filter(({ outcome }) => outcome === 'begun')).toHaveLength(1);
  });

  it('never gives out more tokens than the bucket holds', async () => {
    await context.start();
    await database.query(
      `update public.api_keys set rate_limit = 5 where key_hash = '${context.tenant.key.hash}'`,
    );
    const results = await Promise.all(
      Array.from({ length: 20 }, () => context.store.beginSend(context.request())),
    );
    expect(results.filter(({ outcome }) => outcome === 'begun')).toHaveLength(5);
    expect(results.filter(({ outcome }) => outcome === 'refused')).toHaveLength(15);
    expect(await context.countMessages()).toBe(5);
  });
});
