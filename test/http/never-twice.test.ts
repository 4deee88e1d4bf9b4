import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { addressValues } from '../support/address-values.ts';
import { type Api, expectError, expectSent, manual, startApi, written } from '../support/api.ts';
import { createUnreliableDatabase } from '../support/unreliable-database.ts';

let database: Database;
let api: Api;
/** How many milliseconds the host's clock is ahead. */
let clock = 0;
const way = createUnreliableDatabase(() => database.url);

beforeAll(async () => {
  database = await startDatabase();
  api = await startApi({ database, around: way.around, io: { now: () => Date.now() + clock } });
});
beforeEach(async () => {
  await api.drain();
  await database.query('delete from public.messages');
  api.reset();
  way.reset();
  clock = 0;
});
afterAll(async () => {
  await api.stop();
  await database.stop();
});

const keyed = () => ({ 'idempotency-key': randomUUID() });
const email = { ...manual, channel: 'email' };

const expireLeases = () =>
  database.query(
    "update public.messages set lease_expires_at = now() - interval '1 s' where lease_expires_at is not null",
  );
const makeDue = () =>
  database.query("update public.messages set due_at = now() where status = 'queued'");
const statuses = async () =>
  (await database.query('select status from public.messages order by created_at')).map(
    ({ status }) => status,
  );
const sentTexts = () => api.vendors.sent().map(({ text }) => text);

/** The host died just before it asked Resend, which takes a repeated call as the same one. */
const abandonEmail = async (headers: Record<string, string>) => {
  api.vendors.fail({ host: 'api.resend.com', type: 'cut_before' });
  api.vendors.fail({ host: 'api.resend.com', type: 'cut_before' });
  await api.send(email, headers);
  await database.query(`
    update public.messages set status = 'sending', error = null, lease_expires_at = now() - interval '1 s',
      repeat_through = (select id from public.senders where channel = 'email' limit 1)`);
};

describe('a refusal that could not be stored', () => {
  it('is not for good, for the sweeper may still send the message', async () => {
    const connect = (id: string) =>
      database.query(
        `update public.agents set connection_id = ${id} where id = '${demoData.agentId}'`,
      );
    const [agent] = await database.query(
      `select connection_id from public.agents where id = '${demoData.agentId}'`,
    );
    await connect('null');
    way.failing = 'settle_send';
    const answer = await api.send(written);
    way.failing = '';
    await connect(`'${agent?.connection_id}'`);
    const error = expectError(answer, { status: 502, code: 'ai_unavailable', retry: 'check' });
    expect(error.message).not.toMatch(/new message/);
    await api.drain();
    await expireLeases();
    await api.sweep();
    const { body } = await api.getMessage(error.message_id ?? '');
    expect(body).toMatchObject({ status: 'failed' });
  });
});

describe('a claim whose answer never comes', () => {
  it('leaves the message to the next who asks', async () => {
    way.lose = { claim_sends: 3 };
    expect((await api.send(manual, { prefer: 'respond-async' })).status).toBe(202);
    await api.drain();
    expect(await statuses()).toEqual(['queued']);
    await makeDue();
    expect((await api.sweep()).body).toMatchObject({ sent: 1, unknown: 0 });
    expect(sentTexts()).toEqual([manual.content]);
  });

  it('leaves what an agent has to write to the next who asks', async () => {
    way.lose = { claim_sends: 3 };
    await api.send(written, { prefer: 'respond-async' });
    await api.drain();
    await makeDue();
    expect((await api.sweep()).body).toMatchObject({ sent: 1, unknown: 0 });
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('leaves an email that may be out already one to be repeated', async () => {
    await abandonEmail(keyed());
    way.lose = { claim_sends: 3 };
    await api.sweep();
    expect(await statuses()).toEqual(['sending']);
    expect((await api.sweep()).body).toMatchObject({ sent: 1, unknown: 0 });
    expect(api.vendors.sent()).toHaveLength(1);
  });
});

describe('a request that is sent again', () => {
  it('is safe although the answer was lost that took the message up', async () => {
    const headers = keyed();
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 429, code: 20429 });
    expectError(await api.send(manual, headers), {
      status: 500,
      code: 'delivery_failed',
      retry: 'safe',
    });
    way.lose = { begin_send: 3 };
    expectError(await api.send(manual, headers), {
      status: 503,
      code: 'database_unavailable',
      retry: 'safe',
    });
    expect(await statuses()).toEqual(['failed']);
    expectSent(await api.send(manual, headers));
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('leaves an abandoned email to the sweeper, which repeats the call', async () => {
    const headers = keyed();
    await abandonEmail(headers);
    expectError(await api.send(email, headers), {
      status: 409,
      code: 'send_in_progress',
      retry: 'safe',
    });
    expect((await api.sweep()).body).toMatchObject({ sent: 1, unknown: 0 });
    expectSent(await api.send(email, headers));
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('stays with its contact when the caller’s id has become another conversation’s', async () => {
    const headers = keyed();
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 429, code: 20429 });
    await api.send(manual, headers);
    const [bob] = await database.query(`
      with bob as (
        insert into public.contacts (sub_account_id, name)
        select sub_account_id, 'Bob' from public.conversations where external_id = 'conv_abc123'
        returning id, sub_account_id
      ), address as (
        insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
        select sub_account_id, id, ${addressValues('sms', '+15005550123')} from bob
      )
      insert into public.conversations (sub_account_id, contact_id)
      select sub_account_id, id from bob
      returning id`);
    const rename = (from: string, to: string) =>
      database.query(`update public.conversations set external_id = ${to} where ${from}`);
    await rename("external_id = 'conv_abc123'", "'conv_before'");
    await rename(`id = '${bob?.id}'`, "'conv_abc123'");
    const answer = await api.send(manual, headers);
    await rename(`id = '${bob?.id}'`, 'null');
    await rename("external_id = 'conv_before'", "'conv_abc123'");
    expectSent(answer);
    expect(api.vendors.sent()).toMatchObject([{ to: demoData.contact.phone }]);
  });

  it('that is refused by now leaves no row that says anything else', async () => {
    way.lose = { begin_send: 1 };
    const optOut = (at: string) =>
      database.query(
        `update public.contact_addresses set opted_out_at = ${at} where channel = 'sms'`,
      );
    const sending = api.send(manual, keyed());
    await expect.poll(() => way.lose.begin_send).toBe(0);
    await optOut('now()');
    const answer = await sending;
    await optOut('null');
    expectError(answer, { status: 422, code: 'recipient_opted_out', retry: 'never' });
    expect(await statuses()).toEqual(['failed']);
  });
});

describe('a worker that is too late', () => {
  it('says nothing is safe to somebody who has no key', async () => {
    way.before = async (name) => {
      if (name !== 'commit_reply') return;
      way.before = async () => undefined;
      await expireLeases();
      await api.sweep();
    };
    const error = expectError(await api.send(written), {
      status: 409,
      code: 'send_in_progress',
      retry: 'check',
    });
    expect(api.vendors.sent()).toMatchObject([{ ourMessageId: error.message_id }]);
  });

  it('does not say that nothing was sent of what may be out already', async () => {
    await abandonEmail(keyed());
    way.after = (name) => {
      if (name === 'claim_sends') clock = 85_000;
    };
    expect((await api.sweep()).body).toMatchObject({ unknown: 1, failed: 0 });
    expect(await statuses()).toEqual(['unknown']);
  });
});
