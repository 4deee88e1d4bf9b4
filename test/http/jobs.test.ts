import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { newMessageId } from '../../src/lib/message-id.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { type Api, manual, startApi } from '../support/api.ts';
import { createUnreliableDatabase } from '../support/unreliable-database.ts';
import { resendCall } from '../support/webhook-requests.ts';

let database: Database;
let api: Api;
/** The emails that Resend was asked for. */
let asked: string[] = [];
let answer: () => Response | Promise<Response>;
/** A function of the database that PostgREST does not find. */
let faulty = '';
const way = createUnreliableDatabase(() => database.url);
const around = (fetch: Fetch): Fetch =>
  way.around(async (url, init) => {
    if (faulty !== '' && url.endsWith(`/rpc/${faulty}`)) {
      return Response.json({ code: 'PGRST202', message: 'no such function' }, { status: 404 });
    }
    if (!url.includes('/emails/receiving/')) return fetch(url, init);
    asked.push(url);
    return answer();
  });

beforeAll(async () => {
  database = await startDatabase();
  api = await startApi({ database, env: { PUBLIC_URL: publicUrl }, around });
});
beforeEach(async () => {
  await api.drain();
  await database.query(
    "delete from public.jobs; delete from public.messages where sender_type = 'contact'",
  );
  api.reset();
  way.reset();
  asked = [];
  faulty = '';
  answer = () => Response.json({ text: 'Hi' });
});
afterAll(async () => {
  await api.stop();
  await database.stop();
});

/** Resend's call for a new email: the host asks for its text at once, and this waits until that has ended. */
const receive = async () => {
  const id = newMessageId();
  const data = {
    email_id: id,
    from: 'Jane <jane@example.com>',
    to: [demoData.resend.from],
    subject: 'A question',
    message_id: `<${id}@mail.example.com>`,
  };
  const payload = { type: 'email.received', created_at: new Date().toISOString(), data };
  const { path, method, headers, body } = resendCall(payload, id, Math.floor(Date.now() / 1000));
  expect(await api.request(path, { method, headers, body })).toMatchObject({ status: 200 });
  await api.drain();
};
const jobs = () => database.query('select tries, lease_id is not null as leased from public.jobs');
const texts = () =>
  database.query("select content, awaits_text from public.messages where sender_type = 'contact'");
const runOut = () =>
  database.query(
    "update public.jobs set lease_expires_at = now() - interval '1 s' where lease_id is not null",
  );
const makeDue = () => database.query("update public.jobs set due_at = now() - interval '1 s'");
const refuse = () => Response.json({ name: 'restricted_api_key' }, { status: 401 });
const stored = [{ content: 'Hi', awaits_text: false }];

/** A message that a host has stored, and not sent before it died. */
const queue = async () => {
  const { status } = await api.send(manual, { prefer: 'respond-async' });
  expect(status).toBe(202);
  await api.drain();
  await database.query(`
    update public.messages set status = 'queued', due_at = now() where id = (
      select id from public.messages where sender_type = 'user' order by created_at desc limit 1)`);
};

describe('the text of an email', () => {
  it('costs two round trips: one to claim the job, one to store the text and end the job', async () => {
    await receive();
    expect(way.calls).toEqual(['get_connection', 'record_webhook', 'claim_jobs', 'complete_text']);
    expect(await texts()).toEqual(stored);
    expect(await jobs()).toEqual([]);
  });

  it.each(['claim_jobs', 'complete_text'])(
    'is asked for once, and stored, although an answer of %s is lost',
    async (name) => {
      way.lose = { [name]: 2 };
      await receive();
      expect(way.calls.filter((call) => call === name)).toHaveLength(3);
      expect(asked).toHaveLength(1);
      expect(await texts()).toEqual(stored);
      expect(await jobs()).toEqual([]);
    },
  );

  it('is asked for once more after a failure, although the answer of settle_job is lost', async () => {
    answer = refuse;
    way.lose = { settle_job: 2 };
    await receive();
    expect(await jobs()).toEqual([{ tries: 1, leased: false }]);
    answer = () => Response.json({ text: 'Hi' });
    await makeDue();
    await api.sweep();
    expect(asked).toHaveLength(2);
    expect(await texts()).toEqual(stored);
  });

  it.each([
    ['nobody heard that it was claimed', 'claim_jobs', 0],
    ['it was not fetched, and nobody could store that', 'settle_job', 1],
  ])('is asked for again when the lease has run out: %s', async (_, failing, times) => {
    answer = refuse;
    if (failing === 'claim_jobs') way.lose = { claim_jobs: 3 };
    else way.failing = failing;
    await receive();
    expect(asked).toHaveLength(times);
    expect(await jobs()).toEqual([{ tries: 1, leased: true }]);
    way.reset();
    answer = () => Response.json({ text: 'Hi' });
    await api.sweep();
    expect(asked).toHaveLength(times);
    await runOut();
    await api.sweep();
    expect(asked).toHaveLength(times + 1);
    expect(await texts()).toEqual(stored);
    expect(await jobs()).toEqual([]);
  });

  it('stays what the next worker stored, when one that was thought dead brings it after all', async () => {
    const late = Promise.withResolvers<Response>();
    answer = () => late.promise;
    const receiving = receive();
    await expect.poll(() => asked).toHaveLength(1);
    await runOut();
    answer = () => Response.json({ text: 'Hi' });
    await api.sweep();
    expect(await texts()).toEqual(stored);
    late.resolve(Response.json({ text: 'Another' }));
    await receiving;
    expect(await texts()).toEqual(stored);
    expect(api.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is given up, with a line in the log, when the worker of the last try has died', async () => {
    answer = refuse;
    await receive();
    await makeDue();
    await database.query('update public.jobs set tries = 8');
    api.reset();
    await api.sweep();
    expect(asked).toHaveLength(1);
    expect(api.logs).toContainEqual(
      expect.objectContaining({
        level: 'error',
        event: 'text_not_fetched',
        given_up: true,
        connection_id: demoData.connectionIds.resend,
      }),
    );
    expect(await texts()).toEqual([{ content: null, awaits_text: false }]);
    expect(await jobs()).toEqual([]);
  });

  it('is fetched, and what is queued is sent, beside a job that cannot be read', async () => {
    answer = refuse;
    await receive();
    await receive();
    await makeDue();
    await database.query(`
      update public.messages set provider_message_id = null where id = (
        select subject_id from public.jobs order by due_at, id limit 1)`);
    answer = () => Response.json({ text: 'Hi' });
    await queue();
    api.reset();
    await api.sweep();
    expect(await texts()).toEqual(expect.arrayContaining(stored));
    expect(api.vendors.sent()).toHaveLength(1);
    expect(api.logs).toContainEqual(
      expect.objectContaining({ level: 'error', event: 'unreadable_jobs', jobs: 1 }),
    );
  });

  it('keeps no message from being sent, when a fault of ours keeps jobs from being claimed', async () => {
    await queue();
    faulty = 'claim_jobs';
    api.reset();
    expect((await api.sweep()).status).toBe(500);
    expect(api.vendors.sent()).toHaveLength(1);
  });
});
