import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Api, expectError, expectSent, manual, startApi, written } from '../support/api.ts';
import { setBucket } from '../support/bucket.ts';
import { connectionLost, createUnreliableDatabase } from '../support/unreliable-database.ts';

let database: Database;
let api: Api;
let clockMovesBy = 0;
const way = createUnreliableDatabase(() => database.url);

/** From this function's third result on, the database is away. */
const goAwayAfter = (last: string) => {
  way.before = async (name) => {
    const isAway = way.calls.filter((call) => call === last).length >= 3;
    if (isAway && name !== last) throw connectionLost();
  };
};
/** This many milliseconds pass between the result of begin_send and the next step. */
const stall = (ms: number) => {
  way.after = (name) => {
    if (name === 'begin_send') clockMovesBy = ms;
  };
};

beforeAll(async () => {
  database = await startDatabase();
  api = await startApi({
    database,
    around: way.around,
    io: { now: () => Date.now() + clockMovesBy },
  });
});
beforeEach(async () => {
  await api.drain();
  api.reset();
  way.reset();
  clockMovesBy = 0;
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
    way.lose = { [name]: 2 };
    const sent = expectSent(await api.send(body, keyed()));
    expect(way.calls.filter((call) => call === name)).toHaveLength(3);
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
    way.lose = { [name]: 3 };
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

  it.each([
    ['begin_send', { ...written, channel: 'email' }],
    ['commit_reply', written],
  ])(
    'of %s is not called safe when the message cannot be given back either',
    async (name, body) => {
      way.lose = { [name]: 3 };
      goAwayAfter(name);
      const error = expectError(await api.send(body), {
        status: 503,
        code: 'database_unavailable',
        retry: 'check',
      });
      way.reset();
      const { body: report } = await api.getMessage(error.message_id ?? '');
      expect(report).toMatchObject({ status: name === 'begin_send' ? 'composing' : 'sending' });
    },
  );

  it('of an asynchronous commit_reply has it tried again, as was promised', async () => {
    way.lose = { commit_reply: 3 };
    const { body } = await api.send(written, { prefer: 'respond-async' });
    const { message_id } = z.object({ message_id: z.string() }).parse(body);
    await api.drain();
    expect((await api.getMessage(message_id)).body).toMatchObject({ status: 'queued' });
    await database.query("update public.messages set due_at = now() where status = 'queued'");
    expect((await api.sweep()).body).toMatchObject({ sent: 1 });
    expect(api.vendors.sent()).toMatchObject([{ ourMessageId: message_id }]);
  });

  it('of settle_send that never comes leaves the caller with the truth, and the row follows', async () => {
    const headers = keyed();
    way.lose = { settle_send: 4 };
    const sent = expectSent(await api.send(manual, headers));
    await api.drain();
    expect(expectSent(await api.send(manual, headers)).message_id).toBe(sent.message_id);
    expect(api.vendors.sent()).toHaveLength(1);
    expect(JSON.stringify(api.logs)).toContain('not_settled');
  });

  it('of an asynchronous begin_send does not queue what the caller was told is not sent', async () => {
    way.lose = { begin_send: 3 };
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

describe('what is said when the database has not answered', () => {
  it('loses nothing when it is the answer of claim_sends', async () => {
    way.lose = { claim_sends: 1 };
    const answer = await api.send(manual, { ...keyed(), prefer: 'respond-async' });
    expect(answer.status).toBe(202);
    await api.drain();
    expect(way.calls.filter((call) => call === 'claim_sends')).toHaveLength(2);
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('does not refuse for its rate what it has stored already', async () => {
    await database.query(setBucket(1));
    way.lose = { begin_send: 1 };
    const answer = await api.send(manual, keyed());
    await database.query(setBucket(600));
    expectSent(answer);
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('is not safe when a sweeper has sent it meanwhile', async () => {
    way.lose = { begin_send: 3 };
    const sending = api.send(manual, { ...keyed(), prefer: 'respond-async' });
    await expect.poll(() => way.calls.filter((call) => call === 'begin_send').length).toBe(1);
    expect((await api.sweep()).body).toMatchObject({ sent: 1 });
    const error = expectError(await sending, {
      status: 503,
      code: 'database_unavailable',
      retry: 'check',
    });
    expect((await api.getMessage(error.message_id ?? '')).body).toMatchObject({ status: 'sent' });
  });

  it('is not safe when a failure could not be stored, for then it may still be sent', async () => {
    api.model.next({ type: 'error', status: 500 });
    way.failing = 'settle_send';
    const error = expectError(await api.send(written, keyed()), {
      status: 502,
      code: 'ai_unavailable',
      retry: 'check',
    });
    way.failing = '';
    expect(error.message_id).toMatch(/^msg_/);
    await api.drain();
  });
});

describe('the lease', () => {
  it('keeps an agent’s text from being sent by who has lost it', async () => {
    await database.query("delete from public.messages where status = 'composing'");
    api.model.next({ type: 'late', ms: 2000, text: 'Too late.' });
    const sending = api.send(written, keyed());
    const composing = () =>
      database.query("select id from public.messages where status = 'composing'");
    await expect.poll(async () => (await composing()).length).toBe(1);
    await database.query(
      "update public.messages set lease_id = gen_random_uuid() where status = 'composing'",
    );
    expectError(await sending, { status: 409, code: 'send_in_progress', retry: 'safe' });
    expect(api.vendors.requests()).toEqual([]);
    await database.query("delete from public.messages where status = 'composing'");
  });

  it('lets no call to a provider begin that it could run out under', async () => {
    stall(85_000);
    const sending = api.send(manual, keyed());
    expectError(await sending, { status: 500, code: 'delivery_failed', retry: 'safe' });
    expect(api.vendors.requests()).toEqual([]);
  });
});
