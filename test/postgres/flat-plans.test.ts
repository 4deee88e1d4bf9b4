import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createCall, createExplain } from '../../bench/database/call-function.ts';
import { connect } from '../../bench/database/connect.ts';
import { type Caller, listSteps } from '../../bench/database/message-life.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';

/** Each life is four messages: enough that a scan of what is stored touches ten times as many pages. */
const lives = 250;
const callerSchema = z.tuple([
  z.object({
    keyHash: z.string(),
    conversation: z.string(),
    senderId: z.string(),
    agentId: z.string(),
  }),
]);

let postgres: Postgres;
let caller: Caller;

beforeAll(async () => {
  // Nothing makes the plans anew, as in the minute after the first messages.
  postgres = await startMigratedPostgres({ autovacuum: 'off', synchronous_commit: 'off' });
  await postgres.query(await readFile(new URL('../../supabase/seed.sql', import.meta.url), 'utf8'));
  await postgres.query('update public.api_keys set rate_limit = 1000000');
  [caller] = callerSchema.parse(
    await postgres.query(`
      select k.key_hash as "keyHash", 'conv_abc123' as conversation, s.id as "senderId", a.id as "agentId"
      from public.api_keys k join public.senders s using (sub_account_id) join public.agents a using (sub_account_id)
      where s.channel = 'sms' limit 1`),
  );
});
afterAll(() => postgres?.stop());

/** The claim goes through the queues, which are looked through otherwise while they are short. */
const isFlat = ({ name }: { readonly name: string }) => name !== 'claim_sends';

type Connection = ReturnType<typeof connect>;

const live = async (sql: Connection, count: number) => {
  const call = createCall(sql);
  for (let life = 0; life < count; life += 1) {
    for (const { name, values } of listSteps(caller)) await call(name, values);
  }
};

/** The fewest of three, because now and then a call also makes a page of an index. */
const readBuffers = async (sql: Connection): Promise<ReadonlyMap<string, number>> => {
  const explain = createExplain(sql);
  const fewest = new Map<string, number>();
  for (let life = 0; life < 3; life += 1) {
    for (const step of listSteps(caller)) {
      const { buffers } = await explain(step.name, step.values);
      if (!isFlat(step)) continue;
      fewest.set(step.label, Math.min(buffers, fewest.get(step.label) ?? buffers));
    }
  }
  return fewest;
};

it.each([
  ['never heard of their size', ''],
  ['learnt that they were small', 'analyze'],
])(
  'a connection that planned its calls while the tables were empty, and %s, makes them as well as a new one later',
  async (_, statement) => {
    await postgres.query('truncate public.messages cascade');
    const old = connect(postgres, 1);
    await live(old, 15);
    if (statement !== '') await postgres.query(statement);
    await live(old, lives);
    const oldBuffers = await readBuffers(old);
    await old.end();
    await postgres.query('vacuum analyze');
    const fresh = connect(postgres, 1);
    await live(fresh, 8);
    const freshBuffers = await readBuffers(fresh);
    await fresh.end();
    expect(oldBuffers.size).toBeGreaterThan(8);
    for (const [label, buffers] of oldBuffers) {
      expect(buffers / (freshBuffers.get(label) ?? 0), label).toBeLessThanOrEqual(1.2);
    }
  },
  180_000,
);
