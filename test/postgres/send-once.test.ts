import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import {
  type Answer,
  type Api,
  errorOf,
  expectSent,
  manual,
  startApi,
  written,
} from '../support/api.ts';

let postgres: Postgres;
let database: Database;
let api: Api;

beforeAll(async () => {
  postgres = await startMigratedPostgres();
  await postgres.query(await readFile(new URL('../../supabase/seed.sql', import.meta.url), 'utf8'));
  database = await startDatabase({ postgresUrl: postgres.adminUrl });
  api = await startApi({ database });
});
beforeEach(() => api.reset());
afterAll(async () => {
  await api?.stop();
  await database?.stop();
  await postgres?.stop();
});

const twenty = (send: () => Promise<Answer>) => Promise.all(Array.from({ length: 20 }, send));

/** One request is the send itself; the others got "in progress" or its replay. */
const expectOnce = (answers: readonly Answer[]) => {
  const sent = answers.filter(({ status }) => status === 200);
  const others = answers.filter(({ status }) => status !== 200);
  const ids = new Set(sent.map((answer) => expectSent(answer).message_id));
  const first = sent.filter(({ headers }) => headers.get('idempotent-replayed') === null);
  expect(first).toHaveLength(1);
  expect(ids.size).toBe(1);
  expect(others.map((answer) => errorOf(answer).code)).toEqual(
    others.map(() => 'send_in_progress'),
  );
  expect(api.vendors.requests()).toHaveLength(1);
  expect(api.vendors.sent()).toHaveLength(1);
};

describe('twenty parallel requests on real Postgres', () => {
  it('with one Idempotency-Key reach the vendor once', async () => {
    const key = { 'idempotency-key': randomUUID() };
    expectOnce(await twenty(() => api.send(manual, key)));
    expect((await api.send(manual, key)).headers.get('idempotent-replayed')).toBe('true');
    expect(api.vendors.requests()).toHaveLength(1);
  });

  it('for an agent’s answer to one inbound message call the model once and the vendor once', async () => {
    const body = { ...written, message_id: randomUUID() };
    expectOnce(await twenty(() => api.send(body)));
    expect(api.model.calls()).toHaveLength(1);
    const again = await api.send(body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(api.model.calls()).toHaveLength(1);
  });

  it('without a key are twenty messages', async () => {
    const answers = await twenty(() => api.send(manual));
    expect(new Set(answers.map((answer) => expectSent(answer).message_id)).size).toBe(20);
    expect(api.vendors.sent()).toHaveLength(20);
  });

  it('have stored a row in sending, with a lease, before the vendor was asked', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'delay', ms: 1000 });
    const sending = api.send(manual);
    await expect.poll(() => api.vendors.requests().length).toBe(1);
    const rows = await database.query(
      "select lease_expires_at > now() as leased from public.messages where status = 'sending'",
    );
    expect(rows).toEqual([{ leased: true }]);
    expectSent(await sending);
  });
});
