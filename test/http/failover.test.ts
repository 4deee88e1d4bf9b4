import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { addressValues } from '../support/address-values.ts';
import { type Api, expectError, expectSent, manual, startApi } from '../support/api.ts';

let api: Api;

/** A second Twilio number of the demo's account, tried after the first. */
const addSecondSender = `insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority)
  select sub_account_id, connection_id, ${addressValues('sms', '+15005550016')}, 200 from public.senders where channel = 'sms'`;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  await api.database.query("delete from public.senders where address = '+15005550016'");
  await api.database.query('update public.senders set failures = 0, rests_until = null');
  api.reset();
});
afterAll(() => api.stop());

const host = 'api.twilio.com';
const froms = () => api.vendors.requests().map(({ body }) => new URLSearchParams(body).get('From'));
const [first, second] = [demoData.twilio.phoneNumber, '+15005550016'];

describe('failover', () => {
  it.each([
    ['429', { status: 429, code: 20429 }, 'rate_limited'],
    ['503', { status: 503 }, 'provider_unavailable'],
    ['a revoked credential', { status: 401, code: 20003 }, 'misconfigured'],
  ])('goes on to the next sender after %s, and shows both attempts', async (_, fault, reason) => {
    await api.database.query(addSecondSender);
    api.vendors.fail({ host, type: 'status', ...fault });
    const sent = expectSent(await api.send(manual));
    expect(froms()).toEqual([first, second]);
    const { body } = await api.getMessage(sent.message_id);
    expect(body).toMatchObject({
      status: 'sent',
      attempts: [
        { number: 1, outcome: 'refused', reason },
        { number: 2, outcome: 'accepted' },
      ],
    });
    expect(api.databaseCalls.slice(0, 3)).toEqual([
      '/rest/v1/rpc/begin_send',
      '/rest/v1/rpc/look_again',
      '/rest/v1/rpc/settle_send',
    ]);
  });

  it.each([
    ['the contact has opted out', { type: 'status', status: 400, code: 21610 }, 'delivery_failed'],
    ['the outcome is unknown', { type: 'take_then_cut' }, 'delivery_unknown'],
  ] as const)('asks nobody else when %s', async (_, fault, code) => {
    await api.database.query(addSecondSender);
    api.vendors.fail({ host, ...fault });
    const answer = await api.send(manual);
    expect(answer.body).toMatchObject({ error: { code } });
    expect(froms()).toEqual([first]);
  });

  it('asks nobody else when Twilio has heard a STOP that did not arrive here', async () => {
    await api.database.query(addSecondSender);
    api.vendors.callBack({ twilio: `${api.vendors.origin}/nobody-listens` });
    await api.vendors.write({ channel: 'sms', text: 'STOP' });
    const error = expectError(await api.send(manual), {
      status: 500,
      code: 'delivery_failed',
      retry: 'never',
    });
    expect(error.provider).toMatchObject({ code: '21610', reason: 'opted_out' });
    expect(froms()).toEqual([first]);
    expect(api.vendors.sent()).toEqual([]);
  });

  it('stays safe to send again when one of the senders may be cured by time', async () => {
    await api.database.query(addSecondSender);
    api.vendors.fail({ host, type: 'status', status: 429, code: 20429 });
    api.vendors.fail({ host, type: 'status', status: 401, code: 20003 });
    const error = expectError(await api.send(manual), {
      status: 500,
      code: 'delivery_failed',
      retry: 'safe',
    });
    expect(error.provider?.reason).toBe('rate_limited');
  });

  it('lets a provider that knows the contact’s WhatsApp id follow one that does not', async () => {
    await api.database.query(
      `insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority)
       select sub_account_id, connection_id, ${addressValues('whatsapp', first)}, 1 from public.senders where channel = 'sms';
       update public.contact_addresses set address = 'US.1349120' where channel = 'whatsapp'`,
    );
    const sent = expectSent(await api.send({ ...manual, channel: 'whatsapp' }));
    expect(api.vendors.sent()).toMatchObject([{ vendor: 'meta', to: 'US.1349120' }]);
    const { body } = await api.getMessage(sent.message_id);
    expect(body).toMatchObject({ attempts: [{ provider: 'twilio' }, { provider: 'meta' }] });
    await api.database.query(
      `delete from public.senders where channel = 'whatsapp' and address = '${first}';
       update public.contact_addresses set address = '${demoData.contact.whatsappNumber}' where channel = 'whatsapp'`,
    );
  });

  it('rests a sender that keeps failing, so that later sends do not ask it', async () => {
    await api.database.query(addSecondSender);
    for (let index = 0; index < 3; index += 1) {
      api.vendors.fail({ host, type: 'status', status: 503 });
      expectSent(await api.send(manual));
    }
    api.vendors.reset();
    for (let index = 0; index < 10; index += 1) expectSent(await api.send(manual));
    expect(froms()).toEqual(Array(10).fill(second));
    await api.database.query("update public.senders set rests_until = now() - interval '1 s'");
    api.vendors.reset();
    expectSent(await api.send(manual));
    expect(froms()).toEqual([first]);
    const rows = await api.database.query(
      `select failures, rests_until from public.senders where address = '${first}'`,
    );
    expect(rows).toEqual([{ failures: 0, rests_until: null }]);
  });

  it('rests it for a minute, however many sends were under way when it failed', async () => {
    await api.database.query(addSecondSender);
    api.vendors.fail({ host, type: 'status', status: 503, times: 'until_reset' });
    await Promise.all(Array.from({ length: 10 }, () => api.send(manual)));
    const rows = await api.database.query(
      `select rests_until < now() + interval '61 s' as short from public.senders where address = '${first}'`,
    );
    expect(rows).toEqual([{ short: true }]);
  });

  it('does not rest a sender for what is wrong with the contact', async () => {
    for (let index = 0; index < 4; index += 1) {
      api.vendors.fail({ host, type: 'status', status: 400, code: 21211 });
      await api.send(manual);
    }
    const rows = await api.database.query(
      `select failures from public.senders where address = '${first}'`,
    );
    expect(rows).toEqual([{ failures: 0 }]);
  });
});

describe('a quick retry', () => {
  it('follows a 429 or 503 that asks for a short wait, on the same sender', async () => {
    api.vendors.fail({ host, type: 'status', status: 429, code: 20429, retryAfter: 1 });
    const sent = expectSent(await api.send(manual));
    expect(froms()).toEqual([first, first]);
    const { body } = await api.getMessage(sent.message_id);
    expect(body).toMatchObject({ attempts: [{ number: 1 }, { number: 2, outcome: 'accepted' }] });
  });

  it('comes once only, and not after a longer wait', async () => {
    api.vendors.fail({ host, type: 'status', status: 503, retryAfter: 1, times: 2 });
    const answer = await api.send(manual);
    expectError(answer, { status: 500, code: 'delivery_failed', retry: 'safe' });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(froms()).toHaveLength(2);
    api.vendors.reset();
    api.vendors.fail({ host, type: 'status', status: 503, retryAfter: 3 });
    expect((await api.send(manual)).headers.get('retry-after')).toBe('3');
    expect(froms()).toHaveLength(1);
  });

  it('follows an unknown outcome where the provider takes both calls as one', async () => {
    const email = { ...manual, channel: 'email' };
    api.vendors.fail({ host: 'api.resend.com', type: 'take_then_cut' });
    expectSent(await api.send(email, { 'idempotency-key': randomUUID() }));
    expect(api.vendors.requests()).toHaveLength(2);
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('does not turn an unknown outcome into a failure when the repeated call is refused', async () => {
    api.vendors.fail({ host: 'api.resend.com', type: 'cut_before' });
    api.vendors.fail({
      host: 'api.resend.com',
      type: 'status',
      status: 429,
      code: 'rate_limit_exceeded',
    });
    const answer = await api.send({ ...manual, channel: 'email' });
    expectError(answer, { status: 500, code: 'delivery_unknown', retry: 'check' });
  });
});
