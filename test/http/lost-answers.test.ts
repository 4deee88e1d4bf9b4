import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { type Api, expectError, expectSent, manual, startApi, written } from '../support/api.ts';

let database: Database;
let api: Api;
let calls: string[] = [];
/** How many answers of a function get lost, after it has done its work. */
let lose: Record<string, number> = {};
let clockMovesBy = 0;
/** Milliseconds that pass between the answer of begin_send and what follows. */
let stall = 0;

const losing =
  (route: Fetch): Fetch =>
  async (url, init) => {
    const name = url.startsWith(database.url) ? (url.split('/').at(-1) ?? '') : '';
    if (name) calls.push(name);
    const response = await route(url, init);
    if (name === 'begin_send') clockMovesBy = stall;
    const left = lose[name] ?? 0;
    if (left === 0) return response;
    lose = { ...lose, [name]: left - 1 };
    await response.body?.cancel();
    throw new TypeError('fetch failed');
  };

beforeAll(async () => {
  database = await startDatabase();
  api = await startApi({ database, around: losing, io: { now: () => Date.now() + clockMovesBy } });
});
beforeEach(async () => {
  await api.drain();
  api.reset();
  calls = [];
  lose = {};
  clockMovesBy = 0;
  stall = 0;
});
afterAll(async () => {
  await api.stop();
  await database.stop();
});

const keyed = () => ({ 'idempotency-key': randomUUID() });

describe('a lost answer of the database', () => {
  it.each([
    ['begin_send', manual],
    ['settle_send', manual],
    ['commit_reply', written],
  ])('of %s is asked for again, with the same effect', async (name, body) => {
    lose = { [name]: 2 };
    const sent = expectSent(await api.send(body, keyed()));
    expect(calls.filter((call) => call === name)).toHaveLength(3);
    expect(api.vendors.sent()).toMatchObject([{ ourMessageId: sent.message_id }]);
    const { body: report } = await api.getMessage(sent.message_id);
    expect(report).toMatchObject({ status: 'sent', attempts: [{ number: 1 }] });
  });

  it.each([
    ['begin_send', manual],
    ['begin_send', written],
    ['commit_reply', written],
  ])('of %s that never comes is truly safe: the same key sends at once', async (name, body) => {
    const headers = keyed();
    lose = { [name]: 3 };
    expectError(await api.send(body, headers), {
      status: 503,
      code: 'database_unavailable',
      retry: 'safe',
    });
    expect(api.vendors.requests()).toEqual([]);
    await api.drain();
    expectSent(await api.send(body, headers));
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('of settle_send that never comes leaves the caller with the truth, and the row follows', async () => {
    const headers = keyed();
    lose = { settle_send: 4 };
    const sent = expectSent(await api.send(manual, headers));
    await api.drain();
    expect(expectSent(await api.send(manual, headers)).message_id).toBe(sent.message_id);
    expect(api.vendors.sent()).toHaveLength(1);
    expect(JSON.stringify(api.logs)).toContain('not_settled');
  });

  it('of an asynchronous begin_send does not queue what the caller was told is not sent', async () => {
    lose = { begin_send: 3 };
    const headers = { ...keyed(), prefer: 'respond-async' };
    expectError(await api.send(manual, headers), {
      status: 503,
      code: 'database_unavailable',
      retry: 'safe',
    });
    await api.drain();
    await api.sweep();
    expect(api.vendors.requests()).toEqual([]);
  });
});

describe('the lease', () => {
  it('lets no call to a provider begin that it could run out under', async () => {
    stall = 85_000;
    const sending = api.send(manual, keyed());
    expectError(await sending, { status: 500, code: 'delivery_failed', retry: 'safe' });
    expect(api.vendors.requests()).toEqual([]);
  });
});
