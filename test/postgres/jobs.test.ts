import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { sleep } from '../../src/lib/sleep.ts';
import { type Api, startApi } from '../support/api.ts';

let postgres: Postgres;
let database: Database;
let api: Api;
/** The emails that Resend was asked for, and how long it takes. */
let asked: string[] = [];

beforeAll(async () => {
  postgres = await startMigratedPostgres();
  await postgres.query(await readFile(new URL('../../supabase/seed.sql', import.meta.url), 'utf8'));
  database = await startDatabase({ postgresUrl: postgres.adminUrl });
  api = await startApi({
    database,
    around: (fetch) => async (url, init) => {
      const id = /\/emails\/receiving\/([^/?]+)/.exec(url)?.[1];
      if (id === undefined) return fetch(url, init);
      asked.push(id);
      await sleep(20);
      return Response.json({ text: `Text of ${id}` });
    },
  });
});
beforeEach(async () => {
  await postgres.query('delete from public.messages');
  asked = [];
});
afterAll(async () => {
  await api?.stop();
  await database?.stop();
  await postgres?.stop();
});

const emails = 40;

/** Emails whose hosts have died before they asked for the texts. */
const receiveEmails = () =>
  postgres.query(`
    with received as (
      insert into public.messages
        (id, sub_account_id, conversation_id, channel, sender_type, status, address_id, sender_id, provider,
          provider_message_id, awaits_text)
      select gen_random_uuid(), c.sub_account_id, c.id, 'email', 'contact', 'received', a.id, s.id, 'resend', 'mail-' || n, true
      from public.conversations c
      join public.contact_addresses a on a.contact_id = c.contact_id and a.channel = 'email'
      join public.senders s on s.sub_account_id = c.sub_account_id and s.channel = 'email'
      cross join generate_series(1, ${emails}) n
      returning id, sub_account_id
    )
    insert into public.jobs (sub_account_id, kind, subject_id, due_at)
    select sub_account_id, 'fetch_text', id, now() - interval '1 s' from received
  `);

describe('eight sweepers at once', () => {
  it('ask for each text once, and store each', async () => {
    await receiveEmails();
    const sweeps = await Promise.all(Array.from({ length: 8 }, () => api.sweep()));
    expect(sweeps.map(({ status }) => status)).toEqual(sweeps.map(() => 200));
    expect(asked).toHaveLength(emails);
    expect(new Set(asked).size).toBe(emails);
    const rows = await postgres.query(`
      select count(*)::int as n, bool_and(content = 'Text of ' || provider_message_id) as stored
      from public.messages where status = 'received'`);
    expect(rows).toEqual([{ n: emails, stored: true }]);
    expect(await postgres.query('select tries from public.jobs')).toEqual([]);
  });

  it('claim each job once, and the same again with the same lease', async () => {
    await receiveEmails();
    const claim = (leaseId: string) =>
      api.deps.store.claimJobs({
        leaseId,
        leaseSeconds: 90,
        most: 5,
        kinds: ['fetch_text'],
        subjectId: null,
      });
    const leases = Array.from({ length: 8 }, () => crypto.randomUUID());
    const claims = await Promise.all(leases.flatMap((lease) => [claim(lease), claim(lease)]));
    const ids = claims.flatMap(({ jobs }) => jobs).map(({ id }) => id);
    expect(ids).toHaveLength(2 * emails);
    expect(new Set(ids).size).toBe(emails);
    const rows = await postgres.query('select max(tries) as tries from public.jobs');
    expect(rows).toEqual([{ tries: 1 }]);
  });
});
