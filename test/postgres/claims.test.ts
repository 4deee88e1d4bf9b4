import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import postgresJs, { type Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Api, manual, startApi } from '../support/api.ts';
import { type Postgres, startMigratedPostgres } from '../support/postgres.ts';

let postgres: Postgres;
let database: Database;
let api: Api;

beforeAll(async () => {
  postgres = await startMigratedPostgres();
  await postgres.query(await readFile(new URL('../../supabase/seed.sql', import.meta.url), 'utf8'));
  database = await startDatabase({ postgresUrl: postgres.adminUrl });
  api = await startApi({ database });
});
beforeEach(async () => {
  await postgres.query('update public.api_keys set rate_limit = 100000');
  await postgres.query('delete from public.messages');
  api.reset();
});
afterAll(async () => {
  await api?.stop();
  await database?.stop();
  await postgres?.stop();
});

const fifty = Array.from({ length: 50 }, () => randomUUID());
const send = (key: string, prefer = {}) =>
  api.send(manual, { 'idempotency-key': `${key}`, ...prefer });
const sentCounts = z.object({ sent: z.number() });

/** Fifty messages that a host has stored and not sent before it died. */
const queueFifty = () =>
  postgres.query(`
    insert into public.messages
      (id, sub_account_id, conversation_id, channel, sender_type, status, content, lease_id, due_at, retry_until)
    select gen_random_uuid(), c.sub_account_id, c.id, 'sms', 'user', 'queued', 'Number ' || n,
      gen_random_uuid(), now() - interval '1 s', now() + interval '1 hour'
    from public.conversations c, generate_series(1, 50) n
  `);

const expectEachOnce = async (count: number) => {
  const ids = api.vendors.sent().map(({ ourMessageId }) => ourMessageId);
  expect(ids).toHaveLength(count);
  expect(new Set(ids).size).toBe(count);
  const rows = await postgres.query(
    `select count(*)::int as n, max(tries) as tries, bool_and(status = 'sent') as sent from public.messages`,
  );
  expect(rows).toEqual([{ n: count, tries: 1, sent: true }]);
};

describe('two sweepers and fifty requests at once', () => {
  it('send each of fifty queued messages and of fifty new ones once', async () => {
    await queueFifty();
    const [answers, ...sweeps] = await Promise.all([
      Promise.all(fifty.map((key) => send(key))),
      api.sweep(),
      api.sweep(),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const sent = sweeps.map(({ body }) => sentCounts.parse(body).sent);
    expect(sent.reduce((sum, each) => sum + each, 0)).toBe(50);
    await expectEachOnce(100);
  });

  it('leave each message that fifty requests queue to one of them, or to its own host', async () => {
    const queued = fifty.map((key) => send(key, { prefer: 'respond-async' }));
    const sweeps = [api.sweep(), api.sweep()];
    const answers = await Promise.all(queued);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    await Promise.all(sweeps);
    await api.drain();
    await expectEachOnce(50);
  });

  it('with one key are one message', async () => {
    const answers = Promise.all(fifty.map(() => send('one', { prefer: 'respond-async' })));
    await Promise.all([answers, api.sweep(), api.sweep()]);
    await api.drain();
    await api.sweep();
    await expectEachOnce(1);
  });
});

describe('a claim that is repeated while it still runs', () => {
  const policies = { sms: { providers: ['twilio'], repeatable: [], reply_window_hours: null } };
  const idsSchema = z.array(z.object({ id: z.string() }));
  const claim = async (sql: Pick<Sql, 'unsafe'>, leaseId: string) => {
    const rows = await sql.unsafe(
      `select m ->> 'message_id' as id
       from jsonb_array_elements(public.claim_sends($1::uuid, 90, 2, $2::text::jsonb, 8, 20)) m`,
      [leaseId, JSON.stringify(policies)],
    );
    return idsSchema.parse([...rows]).map(({ id }) => id);
  };

  it('waits for the first call, and is given the same messages', async () => {
    await queueFifty();
    const leaseId = randomUUID();
    const sql = postgresJs(postgres.adminUrl, { max: 2 });
    const claimed = Promise.withResolvers<string[]>();
    const mayCommit = Promise.withResolvers<void>();
    try {
      const first = sql.begin(async (tx) => {
        claimed.resolve(await claim(tx, leaseId));
        await mayCommit.promise;
      });
      const ids = await claimed.promise;
      const second = claim(sql, leaseId);
      await sleep(300);
      mayCommit.resolve();
      await first;
      expect(ids).toHaveLength(2);
      expect((await second).toSorted()).toEqual(ids.toSorted());
    } finally {
      await sql.end();
    }
    const leased = `select count(*)::int as n from public.messages where status = 'sending'`;
    expect(await postgres.query(leased)).toEqual([{ n: 2 }]);
  });
});
