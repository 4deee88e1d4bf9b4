import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addressValues } from '../support/address-values.ts';
import {
  type Answer,
  type Api,
  expectError,
  expectSent,
  manual,
  startApi,
  written,
} from '../support/api.ts';

const addSecondMailbox = `insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority)
  select sub_account_id, connection_id, ${addressValues('email', 'second@acme-dental.example')}, 200
  from public.senders where channel = 'email' limit 1`;

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  await api.drain();
  await api.database.query("delete from public.messages where status = 'queued'");
  await api.database.query('update public.senders set failures = 0, rests_until = null');
  api.reset();
});
afterAll(() => api.stop());

const async = { prefer: 'respond-async' };
const newKey = () => ({ ...async, 'idempotency-key': randomUUID() });

const expectQueued = ({ status, headers, body }: Answer) => {
  expect({ status, body }).toMatchObject({ status: 202 });
  const queued = z
    .strictObject({
      message_id: z.string(),
      content: z.string().nullable(),
      sender_type: z.enum(['user', 'agent']),
      channel: z.string(),
      ai: z.boolean(),
      delivered: z.literal(false),
      timestamp: z.iso.datetime(),
    })
    .parse(body);
  expect(headers.get('preference-applied')).toBe('respond-async');
  expect(headers.get('location')).toBe(
    `https://crm.example.com/functions/v1/crm-api/messages/${queued.message_id}`,
  );
  return queued;
};

const statusOf = async (id: string) => {
  const { body } = await api.getMessage(id);
  return z.object({ status: z.string() }).parse(body).status;
};

const makeDue = (id = '') =>
  api.database.query(
    `update public.messages set due_at = now() - interval '1 s' where status = 'queued' ${id}`,
  );

describe('Prefer: respond-async', () => {
  it('answers 202 with the seven fields, then sends', async () => {
    const queued = expectQueued(await api.send(manual, async));
    expect(queued).toMatchObject({ content: manual.content, ai: false });
    await api.drain();
    expect(api.vendors.sent()).toMatchObject([{ ourMessageId: queued.message_id }]);
    expect(await statusOf(queued.message_id)).toBe('sent');
  });

  it('has no content until the agent has written it', async () => {
    const queued = expectQueued(await api.send(written, async));
    expect(queued).toMatchObject({ content: null, ai: true, sender_type: 'agent' });
    await api.drain();
    expect(api.model.calls()).toHaveLength(1);
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('answers 202 again for the same key while it is under way, and 200 once it is sent', async () => {
    const headers = newKey();
    api.vendors.fail({ host: 'api.twilio.com', type: 'delay', ms: 800 });
    const first = expectQueued(await api.send(manual, headers));
    const again = await api.send(manual, headers);
    expect(expectQueued(again).message_id).toBe(first.message_id);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    await api.drain();
    expect(expectSent(await api.send(manual, headers)).message_id).toBe(first.message_id);
    expect(api.vendors.requests()).toHaveLength(1);
  });

  it('refuses at once what a synchronous send would refuse', async () => {
    const answer = await api.send({ ...manual, conversation_id: 'nobody' }, async);
    expectError(answer, { status: 404, code: 'conversation_not_found', retry: 'never' });
  });

  it('is one preference of several, in any case', async () => {
    expectQueued(await api.send(manual, { prefer: 'wait=10, Respond-Async; foo=bar' }));
    expectSent(await api.send(manual, { prefer: 'respond-asynchronously' }));
  });

  it('is tried again later when time may cure the failure, and says when', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503 });
    const { message_id } = expectQueued(await api.send(manual, async));
    await api.drain();
    const { body } = await api.getMessage(message_id);
    expect(body).toMatchObject({
      status: 'queued',
      next_try_at: expect.any(String),
      error: { code: 'delivery_failed', retry: 'safe' },
      attempts: [{ outcome: 'refused' }],
    });
    expect((await api.sweep()).body).toMatchObject({ sent: 0, queued: 0 });
    await makeDue();
    expect((await api.sweep()).body).toMatchObject({ sent: 1 });
    expect(await statusOf(message_id)).toBe('sent');
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('waits at least as long as the provider asks', async () => {
    const fault = {
      host: 'api.twilio.com',
      type: 'status',
      status: 429,
      retryAfter: 7200,
    } as const;
    api.vendors.fail(fault);
    const { message_id } = expectQueued(await api.send(manual, async));
    await api.drain();
    const { body } = await api.getMessage(message_id);
    const { next_try_at } = z.object({ next_try_at: z.iso.datetime() }).parse(body);
    expect(Date.parse(next_try_at) - Date.now()).toBeGreaterThan(7_100_000);
  });

  it('ends as failed after eight tries, and after 24 hours', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503, times: 'until_reset' });
    const tried = expectQueued(await api.send(manual, async));
    await api.drain();
    for (let round = 0; round < 9; round += 1) {
      await makeDue();
      await api.sweep();
    }
    expect(await statusOf(tried.message_id)).toBe('failed');
    expect(api.vendors.requests()).toHaveLength(8);

    const old = expectQueued(await api.send(manual, async));
    await api.drain();
    await api.database.query(
      "update public.messages set retry_until = now() - interval '1 s' where status = 'queued'",
    );
    await makeDue();
    expect((await api.sweep()).body).toMatchObject({ failed: 1 });
    expect(await statusOf(old.message_id)).toBe('failed');
  });

  it('is given up to a synchronous request with its key, which then decides alone', async () => {
    const headers = newKey();
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503, times: 2 });
    const { message_id } = expectQueued(await api.send(manual, headers));
    await api.drain();
    const key = { 'idempotency-key': headers['idempotency-key'] };
    const failed = await api.send(manual, key);
    expectError(failed, { status: 500, code: 'delivery_failed', retry: 'safe' });
    expect(await statusOf(message_id)).toBe('failed');
    await makeDue();
    expect((await api.sweep()).body).toMatchObject({ sent: 0 });
    expectSent(await api.send(manual, key));
  });

  it('does not send to a contact who has opted out while it was queued', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503 });
    const { message_id } = expectQueued(await api.send(manual, async));
    await api.drain();
    await api.database.query(
      "update public.contact_addresses set opted_out_at = now() where channel = 'sms'",
    );
    await makeDue();
    await api.sweep();
    await api.database.query('update public.contact_addresses set opted_out_at = null');
    const { body } = await api.getMessage(message_id);
    expect(body).toMatchObject({ status: 'failed', error: { code: 'recipient_opted_out' } });
    expect(api.vendors.requests()).toHaveLength(1);
  });
});

describe('POST /jobs/sweep', () => {
  it('needs the cron secret', async () => {
    for (const secret of ['', 'wrong', 'demo-only-cron-secre']) {
      const answer = await api.request('/jobs/sweep', {
        method: 'POST',
        headers: { 'x-cron-secret': secret },
      });
      expectError(answer, { status: 401, code: 'invalid_api_key', retry: 'never' });
    }
    const closed = await startApi({ database: api.database, env: { CRON_SECRET: '' } });
    expect((await closed.sweep()).status).toBe(401);
    await closed.stop();
  });

  it('answers counts, all zero when nothing is due', async () => {
    expect(await api.sweep()).toMatchObject({
      status: 200,
      body: { sent: 0, queued: 0, failed: 0, unknown: 0, lost: 0 },
    });
  });

  const abandon = async (status: string, channel: string, more = '') => {
    const { message_id } = expectSent(await api.send({ ...manual, channel }));
    await api.database.query(
      `update public.messages set status = '${status}', sent_at = null, provider_message_id = null,
         lease_expires_at = now() - interval '1 s' ${more}
       where id = (select id from public.messages order by created_at desc limit 1)`,
    );
    api.vendors.reset();
    return message_id;
  };

  it('makes an abandoned sending unknown, and asks nobody', async () => {
    const id = await abandon('sending', 'sms');
    expect((await api.sweep()).body).toMatchObject({ unknown: 1, sent: 0 });
    expect(await statusOf(id)).toBe('unknown');
    expect(api.vendors.requests()).toEqual([]);
  });

  it('repeats an abandoned sending where the provider takes it as one', async () => {
    const id = await abandon('sending', 'email');
    expect((await api.sweep()).body).toMatchObject({ sent: 1, unknown: 0 });
    expect(await statusOf(id)).toBe('sent');
    expect(api.vendors.requests()).toMatchObject([{ headers: { 'idempotency-key': id } }]);
  });

  it.each([
    ['it has another sender too', addSecondMailbox],
    [
      'it is older than the provider remembers',
      "update public.messages set created_at = now() - interval '23 hours 1 second' where status = 'sending'",
    ],
    ['it has had its tries', "update public.messages set tries = 8 where status = 'sending'"],
    [
      'its sender is another one by now',
      "update public.messages set repeat_through = gen_random_uuid() where status = 'sending'",
    ],
    [
      'the contact has opted out',
      "update public.contact_addresses set opted_out_at = now() where channel = 'email'",
    ],
  ])('does not repeat an abandoned email when %s', async (_, change) => {
    const id = await abandon('sending', 'email');
    await api.database.query(change);
    expect((await api.sweep()).body).toMatchObject({ sent: 0, unknown: 1 });
    await api.database.query(
      "delete from public.senders where address = 'second@acme-dental.example'; update public.contact_addresses set opted_out_at = null",
    );
    expect(await statusOf(id)).toBe('unknown');
    expect(api.vendors.requests()).toEqual([]);
  });

  it('does not repeat what could have gone through one of several senders', async () => {
    await api.database.query(addSecondMailbox);
    const id = await abandon('sending', 'email');
    await api.database.query(
      "delete from public.senders where address = 'second@acme-dental.example'",
    );
    expect((await api.sweep()).body).toMatchObject({ unknown: 1 });
    expect(await statusOf(id)).toBe('unknown');
  });

  it('does not send what an agent was to write hours ago for a caller who waited', async () => {
    const id = await abandon(
      'composing',
      'sms',
      ", content = null, prompt = 'Remind her', agent_id = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890', created_at = now() - interval '2 hours'",
    );
    await api.database.query(
      "update public.messages set lease_expires_at = now() - interval '1 s' where status = 'composing'",
    );
    expect((await api.sweep()).body).toMatchObject({ failed: 1, sent: 0 });
    expect(await statusOf(id)).toBe('failed');
  });

  it('leaves a repeated call that is refused as unknown, for the first one may have gone through', async () => {
    const id = await abandon('sending', 'email');
    api.vendors.fail({
      host: 'api.resend.com',
      type: 'status',
      status: 429,
      code: 'rate_limit_exceeded',
      times: 2,
    });
    expect((await api.sweep()).body).toMatchObject({ unknown: 1 });
    expect(await statusOf(id)).toBe('unknown');
  });

  it('takes over an abandoned composing, and lets the agent write it', async () => {
    const id = await abandon(
      'composing',
      'sms',
      ", content = null, prompt = 'Remind her', agent_id = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890'",
    );
    expect((await api.sweep()).body).toMatchObject({ sent: 1 });
    expect(await statusOf(id)).toBe('sent');
    expect(api.model.calls()).toHaveLength(1);
  });
});
