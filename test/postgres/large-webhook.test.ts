import { randomUUID } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { describe, expect, it } from 'vitest';
import type { StorableEvent } from '../../src/ports/storable-event.ts';
import { inbound, receipt } from '../store/webhook-events.ts';
import { setUpRaces } from './races.ts';

// One connection, because a test counts what was read over it.
const { context, tests, query, begin, record } = setUpRaces(1);

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

const countDeadlocks = async () => {
  await query('select pg_stat_clear_snapshot()');
  const [row] = await query('select sum(deadlocks)::integer as count from pg_stat_database');
  return row?.count;
};

describe('calls of a hundred events about the same people, eight at once', () => {
  const people = range(50).map((index) => `+1500555${`${index}`.padStart(4, '0')}`);

  /** Every contact's messages, and receipts for messages to them, in a different order in each call. */
  const writeCall = (call: number, sent: readonly string[]): StorableEvent[] => {
    const events = people.flatMap((from, index): StorableEvent[] => [
      inbound({
        from,
        providerMessageId: `call-${call}-${index}`,
        text: index === 7 ? 'STOP' : 'Hello',
        preference: index === 7 ? 'opted_out' : null,
      }),
      {
        ...receipt('failed', { providerMessageId: sent[index] ?? '' }),
        consequence: index % 5 === 0 ? 'opted_out' : 'invalid',
      },
    ]);
    const turned = [...events.slice(call * 7), ...events.slice(0, call * 7)];
    return call % 2 === 0 ? turned : turned.toReversed();
  };

  it('are stored whole, each event once, and none of them deadlocks', async () => {
    const sent: string[] = [];
    for (const from of people) {
      await tests.record(inbound({ from }));
      const { providerMessageId } = await tests.keepSent('sms', {}, from);
      sent.push(providerMessageId);
    }
    const before = await countDeadlocks();
    const calls = range(8).map((call) => writeCall(call, sent));
    const outcomes = await Promise.all(calls.map((events) => tests.outcomes(...events)));
    expect(outcomes.flat().filter((outcome) => outcome === 'stored')).toHaveLength(400);
    expect(outcomes.flat().filter((outcome) => outcome === 'moved')).toHaveLength(50);
    // The vendor calls again, in any order.
    const again = calls.flatMap((events) => [events, events.toReversed()]);
    const repeated = await Promise.all(again.map((events) => tests.outcomes(...events)));
    expect(new Set(repeated.flat())).toEqual(new Set(['known']));
    expect(await tests.received()).toHaveLength(450);
    expect(await countDeadlocks()).toBe(before);
  });

  it('are stored whole where two addresses are one contact’s, in opposite orders', async () => {
    const pairs = range(20).map((index) => ({
      sms: `+1500556${`${index}`.padStart(4, '0')}`,
      email: `pair-${index}@example.com`,
    }));
    for (const { sms, email } of pairs) {
      const id = randomUUID();
      await context.tenant.insert('contacts', { id });
      await context.tenant.insert('contact_addresses', {
        contact_id: id,
        channel: 'sms',
        address: sms,
      });
      await context.tenant.insert('contact_addresses', {
        contact_id: id,
        channel: 'email',
        address: email,
      });
      await tests.record(inbound({ from: sms }));
    }
    const before = await countDeadlocks();
    const overSms = (call: number) =>
      pairs.map(({ sms }, index) =>
        inbound({ from: sms, providerMessageId: `s-${call}-${index}` }),
      );
    const overEmail = (call: number) =>
      pairs.map(({ email }, index) =>
        inbound({ channel: 'email', from: email, providerMessageId: `e-${call}-${index}` }),
      );
    const calls = range(4).flatMap((call) => [overSms(call), overEmail(call).toReversed()]);
    const outcomes = await Promise.all(calls.map((events) => tests.outcomes(...events)));
    expect(new Set(outcomes.flat())).toEqual(new Set(['stored']));
    expect(await countDeadlocks()).toBe(before);
  });
});

describe('a hundred events', () => {
  const countRead = async (tx: TransactionSql): Promise<number> => {
    // Only this connection's; other connections may report theirs.
    const [row] = await tx`
      select (seq_tup_read + idx_tup_fetch)::integer as read from pg_stat_xact_user_tables
      where relname = 'contact_addresses'`;
    return Number(row?.read);
  };

  it('cost no more where hundreds of people are stored already, also before the planner knows of them', async () => {
    const hundred = (call: number) =>
      range(100).map((index) => inbound({ from: `+1500557${call}${`${index}`.padStart(3, '0')}` }));
    const spent: number[] = [];
    for (const call of [0, 1, 2, 3]) {
      await begin(async (tx) => {
        const before = await countRead(tx);
        await record(tx, ...hundred(call));
        spent.push((await countRead(tx)) - before);
      });
    }
    expect(spent[0]).toBeGreaterThanOrEqual(100);
    // A plan that reads all of an account’s addresses for each event reads thirty thousand.
    expect(spent[3]).toBeLessThanOrEqual((spent[0] ?? 0) * 2);
  });
});

it('two contacts who turn out to be one are merged without a look at all other people', async () => {
  const { id } = context.tenant;
  await query(`
    with people as (
      insert into public.contacts (sub_account_id) select '${id}' from generate_series(1, 3000) returning id
    ), addresses as (
      insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
      select '${id}', id, 'email', id || '@example.com', id || '@example.com' from people
    )
    insert into public.conversations (sub_account_id, contact_id) select '${id}', id from people`);
  await query('analyze public.contact_addresses, public.conversations');
  const countScans = async (tx: TransactionSql): Promise<number> => {
    const [row] = await tx`
      select sum(seq_scan)::integer as scans from pg_stat_xact_user_tables
      where relname in ('contact_addresses', 'conversations')`;
    return Number(row?.scans);
  };
  const scans = await begin(async (tx) => {
    const [kept, merged] =
      await tx`select id from public.contacts where sub_account_id = ${id} limit 2`;
    const before = await countScans(tx);
    await tx`select crm_api.merge_contacts(${kept?.id}, ${merged?.id})`;
    return (await countScans(tx)) - before;
  });
  expect(scans).toBe(0);
});
