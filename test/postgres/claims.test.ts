import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import postgresJs, { type Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { addressValues } from '../support/address-values.ts';
import { type Api, manual, startApi } from '../support/api.ts';

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

/** Fifty messages that a host stored before it died, without sending them. */
const queueFifty = () =>
  postgres.query(`
    insert into public.messages
      (id, sub_account_id, conversation_id, channel, sender_type, status, policy, content, lease_id, due_at, retry_until)
    select gen_random_uuid(), c.sub_account_id, c.id, 'sms', 'user', 'queued', '{"providers": ["twilio"], "repeatable": {}, "reply_window_hours": null}',
        'Number ' || n,
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

const claimLimits = { lease_seconds: 90, max_tries: 8, history_limit: 20 };

describe('a claim that is repeated while it still runs', () => {
  const idsSchema = z.array(z.object({ id: z.string() }));
  const claim = async (sql: Pick<Sql, 'unsafe'>, leaseId: string) => {
    const rows = await sql.unsafe(
      `select m ->> 'message_id' as id
       from jsonb_array_elements(public.claim_sends($1::text::jsonb)) m`,
      [JSON.stringify({ ...claimLimits, lease_id: leaseId, most: 2 })],
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

describe('a key that is revoked', () => {
  it('ends while a request takes over a message that it has queued, and cuts nothing off', async () => {
    await postgres.query(`
      insert into public.messages
        (id, sub_account_id, conversation_id, channel, sender_type, status, policy, content, api_key_id, due_at, retry_until)
      select gen_random_uuid(), c.sub_account_id, c.id, 'sms', 'user', 'queued', '{"providers": ["twilio"], "repeatable": {}, "reply_window_hours": null}',
        'Hello', k.id,
        now() + interval '1 hour', now() + interval '1 day'
      from public.conversations c join public.api_keys k on k.sub_account_id = c.sub_account_id, generate_series(1, 2)`);
    const [message] = await postgres.query('select id, api_key_id from public.messages limit 1');
    const sql = postgresJs(postgres.adminUrl, { max: 2 });
    try {
      // In the order of begin_send: first its message is locked, then its key's bucket.
      await sql.begin(async (tx) => {
        await tx.unsafe(`select 1 from public.messages where id = '${message?.id}' for update`);
        const revoking = sql
          .unsafe(`select public.revoke_key('${message?.api_key_id}') as answer`)
          .execute();
        await sleep(300);
        await tx.unsafe(
          `select crm_api.take_token(crm_api.find_key(k.key_hash)) from public.api_keys k where k.id = '${message?.api_key_id}'`,
        );
        expect(await revoking).toMatchObject([{ answer: { canceled: 1 } }]);
      });
    } finally {
      await sql.end();
    }
    await postgres.query('update public.api_keys set revoked_at = null');
  });
});

describe('turns', () => {
  const claimSql = (most: number, turn: object) => `
    select m ->> 'message_id' as id
    from jsonb_array_elements(public.claim_sends(
      '${JSON.stringify({ ...claimLimits, most, turn })}' || jsonb_build_object('lease_id', gen_random_uuid())
    )) m`;
  const noTurn = { busy: [], after: null, spare: 0 };
  const prefix = 'ffffffff-0000-4000-8000-';
  const idOf = (kind: string, number: string) =>
    `('${prefix}${kind}' || lpad(${number}, 8, '0'))::uuid`;

  /** Tenants with one sender and one person each, and `count` due messages per tenant. */
  const addTenants = (tenants: number, count: number) =>
    postgres.query(`
      insert into public.sub_accounts (id, name)
      select ${idOf('aaaa', 'n::text')}, 'Turn' from generate_series(1, ${tenants}) n on conflict do nothing;
      insert into public.connections (id, sub_account_id, provider, name, credentials)
      select ${idOf('bbbb', 'n::text')}, ${idOf('aaaa', 'n::text')}, 'twilio', 'Main', 'sealed'
      from generate_series(1, ${tenants}) n on conflict do nothing;
      insert into public.senders (id, sub_account_id, connection_id, channel, address, address_key)
      select ${idOf('cccc', 'n::text')}, ${idOf('aaaa', 'n::text')}, ${idOf('bbbb', 'n::text')}, 'sms', address, address
      from generate_series(1, ${tenants}) n, concat('+1500555', lpad(n::text, 4, '0')) address on conflict do nothing;
      insert into public.contacts (id, sub_account_id, name)
      select ${idOf('dddd', 'n::text')}, ${idOf('aaaa', 'n::text')}, 'Jo' from generate_series(1, ${tenants}) n on conflict do nothing;
      insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
      select ${idOf('aaaa', 'n::text')}, ${idOf('dddd', 'n::text')}, ${addressValues('sms', '+15005550199')}
      from generate_series(1, ${tenants}) n on conflict do nothing;
      insert into public.conversations (id, sub_account_id, contact_id)
      select ${idOf('eeee', 'n::text')}, ${idOf('aaaa', 'n::text')}, ${idOf('dddd', 'n::text')}
      from generate_series(1, ${tenants}) n on conflict do nothing;
      insert into public.messages
        (id, sub_account_id, conversation_id, channel, sender_type, status, policy, content, sender_id, due_at, retry_until)
      select gen_random_uuid(), ${idOf('aaaa', 'n::text')}, ${idOf('eeee', 'n::text')}, 'sms', 'user', 'queued', '{"providers": ["twilio"], "repeatable": {}, "reply_window_hours": null}',
        'Hi',
        ${idOf('cccc', 'n::text')}, now() - interval '1 minute' - i * interval '1 ms' - (n = 1)::int * interval '1 hour',
        now() + interval '1 hour'
      from generate_series(1, ${tenants}) n, generate_series(1, ${count}) i;
      analyze public.messages`);
  const tenantsOf = async (ids: readonly string[]) => {
    const rows = await postgres.query(
      `select sub_account_id as id from public.messages where id = any ($1)`,
      [ids],
    );
    return rows.map(({ id }) => String(id));
  };
  const claimIds = async (sql: Pick<Sql, 'unsafe'>, limit: number, turn: object = noTurn) =>
    z
      .array(z.object({ id: z.string() }))
      .parse([...(await sql.unsafe(claimSql(limit, turn)))])
      .map(({ id }) => id);

  it('go round the tenants, and never give one message to two of eight sweepers', async () => {
    await addTenants(6, 10);
    const sql = postgresJs(postgres.adminUrl, { max: 8 });
    const taken: string[] = [];
    const sweep = async () => {
      for (let after: string | null = null, empty = 0; empty < 2; ) {
        const ids: string[] = await claimIds(sql, 2, { busy: [], after, spare: 0 });
        taken.push(...ids);
        after = ids.at(-1) ?? after;
        empty = ids.length === 0 ? empty + 1 : 0;
      }
    };
    try {
      const six = await claimIds(sql, 6);
      taken.push(...six);
      expect(new Set(await tenantsOf(six)).size).toBe(6);
      await Promise.all(Array.from({ length: 8 }, sweep));
    } finally {
      await sql.end();
    }
    expect(taken).toHaveLength(60);
    expect(new Set(taken).size).toBe(60);
  });

  it('keep the spare place for tenants who have nothing under way', async () => {
    await addTenants(2, 10);
    const sql = postgresJs(postgres.adminUrl, { max: 1 });
    try {
      const first = await claimIds(sql, 4, { busy: [], after: null, spare: 1 });
      expect(first).toHaveLength(3);
      const busy = first;
      expect(await claimIds(sql, 1, { busy, after: null, spare: 1 })).toEqual([]);
      await addTenants(3, 1);
      await postgres.query(`delete from public.messages where status = 'queued'
        and sub_account_id <> ${idOf('aaaa', "'3'")}`);
      const newcomer = await claimIds(sql, 1, { busy, after: null, spare: 1 });
      expect(await tenantsOf(newcomer)).toEqual([`${prefix}aaaa00000003`]);
    } finally {
      await sql.end();
    }
  });

  const buffers = async () => {
    await postgres.query('begin');
    const [row] = await postgres.query(
      `explain (analyze, buffers, format json) ${claimSql(4, noTurn)}`,
    );
    await postgres.query('rollback');
    const plans = z.array(z.object({ Plan: z.looseObject({}) })).parse(row?.['QUERY PLAN']);
    const { 'Shared Hit Blocks': hit, 'Shared Read Blocks': read } = z
      .object({ 'Shared Hit Blocks': z.number(), 'Shared Read Blocks': z.number() })
      .parse(plans[0]?.Plan);
    return hit + read;
  };

  it('cost as much with forty thousand queued messages as with a hundred', async () => {
    await addTenants(10, 10);
    await buffers();
    const few = await buffers();
    await addTenants(10, 4000);
    await buffers();
    expect(await buffers()).toBeLessThan(few * 2);
  });

  it('cost as much with two thousand tenants as with two hundred', async () => {
    await addTenants(200, 1);
    await buffers();
    const few = await buffers();
    await addTenants(2000, 1);
    await buffers();
    expect(await buffers()).toBeLessThan(few * 2);
  });
});
