import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { type Answer, type Api, errorOf, startApi, written } from '../support/api.ts';

const nightShiftId = 'a1b2c3d4-e5f6-7890-abcd-ef1234567891';
/** The tokens of one call, as the model's double counts. */
const tokensOfOne = 144;
const forty = Array.from({ length: 40 }, (_, index) => index);

let postgres: Postgres;
let database: Database;
let api: Api;
/** The model answers when this gate opens. */
let gate = Promise.withResolvers<void>();

beforeAll(async () => {
  postgres = await startMigratedPostgres();
  await postgres.query(await readFile(new URL('../../supabase/seed.sql', import.meta.url), 'utf8'));
  database = await startDatabase({ postgresUrl: postgres.adminUrl });
  api = await startApi({
    database,
    around: (route) => async (url, init) => {
      if (new URL(url).host === 'api.openai.com') await gate.promise;
      return route(url, init);
    },
  });
});
beforeEach(async () => {
  api.reset();
  gate = Promise.withResolvers();
  await postgres.query('truncate public.messages cascade');
});
afterAll(async () => {
  await api?.stop();
  await database?.stop();
  await postgres?.stop();
});

const setLimit = (limit: number) =>
  postgres.query('update public.agents set daily_token_limit = $1', [limit]);
const spent = async () => {
  const [row] = await postgres.query(
    `select s.tokens from (
       select coalesce(sum((usage ->> 'input_tokens')::int + (usage ->> 'output_tokens')::int), 0)::int as tokens
       from public.messages
     ) s`,
  );
  return Number(row?.tokens);
};
const composing = () =>
  postgres.query("select count(*)::int as n from public.messages where status = 'composing'");
const sendForty = () => Promise.all(forty.map(() => api.send(written)));

describe('forty messages of one agent at once', () => {
  it('do not go over its daily limit together, and each that waits is told so', async () => {
    // Room for two in parallel with their reservations, and not for a third beside them.
    await setLimit(20_000);
    const refused: Answer[] = [];
    const sending = forty.map(async () => {
      const answer = await api.send(written);
      if (answer.status !== 200) refused.push(answer);
    });
    await expect.poll(() => refused.length, { timeout: 20_000 }).toBe(37);
    gate.resolve();
    await Promise.all(sending);
    expect(api.model.calls()).toHaveLength(3);
    for (const answer of refused) {
      expect(errorOf(answer)).toMatchObject({ code: 'ai_unavailable', retry: 'safe' });
      expect(errorOf(answer).message).toContain('writing now may use up its daily_token_limit');
      expect(answer.headers.get('retry-after')).toBe('60');
    }
    // The reserved tokens are free again.
    expect((await api.send(written)).status).toBe(200);
    expect(await spent()).toBe(4 * tokensOfOne);
  });

  it('go over a small limit by one message at most', async () => {
    await setLimit(100);
    const sending = sendForty();
    await expect.poll(composing, { timeout: 20_000 }).toEqual([{ n: 1 }]);
    gate.resolve();
    await sending;
    expect(await spent()).toBeLessThanOrEqual(100 + tokensOfOne);
    const next = await api.send(written);
    expect(errorOf(next).message).toContain('used up its tokens for today');
  });

  it('are all written where the limit is the usual one', async () => {
    await setLimit(1_000_000);
    gate.resolve();
    expect((await sendForty()).map(({ status }) => status)).toEqual(forty.map(() => 200));
  });
});

describe('what an abandoned message has reserved', () => {
  it('is free when its lease has run out', async () => {
    await setLimit(8_000);
    const first = api.send(written);
    await expect.poll(composing).toEqual([{ n: 1 }]);
    expect((await api.send(written)).status).toBe(502);
    await postgres.query(
      "update public.messages set lease_expires_at = now() - interval '1 s' where status = 'composing'",
    );
    gate.resolve();
    expect((await api.send(written)).status).toBe(200);
    await first;
  });
});

it('sweepers that claim messages of several agents at once wait for each other in one order', async () => {
  await setLimit(1_000_000);
  gate.resolve();
  const agents = [demoData.agentId, nightShiftId];
  for (const agent_id of [...agents, ...agents.toReversed(), ...agents, ...agents.toReversed()]) {
    const queued = await api.send({ ...written, agent_id }, { prefer: 'respond-async' });
    expect(queued.status).toBe(202);
  }
  const swept = await Promise.all([api.sweep(), api.sweep(), api.sweep()]);
  await api.drain();
  expect(swept.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(api.vendors.sent()).toHaveLength(8);
  expect(api.logs.filter(({ level }) => level === 'error')).toEqual([]);
});
