import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { createBackground } from '../../functions/background.ts';
import { createApiKey } from '../../src/lib/api-key.ts';
import { toWireId } from '../../src/lib/message-id.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { addressValues } from '../support/address-values.ts';
import {
  type Answer,
  type Api,
  basePath,
  errorOf,
  expectSent,
  manual,
  startApi,
  written,
} from '../support/api.ts';
import { setBucket } from '../support/bucket.ts';
import { createUnreliableDatabase } from '../support/unreliable-database.ts';
import { smsCall, twilioCall } from '../support/webhook-requests.ts';

let database: Database;
let api: Api;
/** Runs when a vendor has done its work, before its response arrives. The response may be replaced or lost. */
let onWay: (url: string, answer: Response, init?: RequestInit) => Promise<Response>;
const way = createUnreliableDatabase(() => database.url);

const around =
  (route: Fetch): Fetch =>
  async (url, init) => {
    const answer = await way.around(route)(url, init);
    return url.startsWith('https://api.') ? onWay(url, answer, init) : answer;
  };

beforeAll(async () => {
  database = await startDatabase();
  api = await startApi({ database, around, env: { PUBLIC_URL: publicUrl } });
});
beforeEach(async () => {
  onWay = async (_, answer) => answer;
  await api.drain();
  await database.query(`
    delete from public.messages;
    update public.senders set failures = 0, rests_until = null;
    update public.contact_addresses set opted_out_at = null, preference_at = null;
    ${setBucket(600)}`);
  api.reset();
  way.reset();
});
afterAll(async () => {
  await api.stop();
  await database.stop();
});

type Told = { readonly status: number; readonly code: string; readonly retry: string };
const expectError = (answer: Answer, told: Told) => {
  const error = errorOf(answer);
  expect({ status: answer.status, code: error.code, retry: error.retry }).toEqual(told);
  return error;
};

const keyed = () => ({ 'idempotency-key': randomUUID() });
const later = { prefer: 'respond-async' };
const rowsSchema = z.array(z.looseObject({ id: z.string(), status: z.string() }));
const messages = async () =>
  rowsSchema.parse(
    await database.query("select * from public.messages where sender_type <> 'contact'"),
  );
const idIn = ({ body }: { readonly body: unknown }) =>
  z.object({ message_id: z.string() }).parse(body).message_id;
const makeDue = () =>
  database.query(
    "update public.messages set due_at = now() - interval '1 s' where status = 'queued'",
  );

/** The contact says STOP through Twilio's webhook. */
const sayStop = async () => {
  const { path, ...call } = smsCall('STOP', `SM${randomUUID().replaceAll('-', '')}`);
  expect((await api.request(path, call)).status).toBe(200);
};

describe('an inbound message that two callers have an agent answer', () => {
  let names: { conversation: string[]; message: string[] };
  beforeEach(async () => {
    const inboundId = `SM${randomUUID().replaceAll('-', '')}`;
    const { path, ...call } = smsCall('When are you open?', inboundId);
    expect((await api.request(path, call)).status).toBe(200);
    const { conversation_id, message_id } = z
      .object({ conversation_id: z.string(), message_id: z.string() })
      .parse((await api.getMessage(await wireIdOf(inboundId))).body);
    names = {
      conversation: [demoData.conversationId, conversation_id, conversation_id.toUpperCase()],
      message: [inboundId, message_id],
    };
  });

  const wireIdOf = async (providerMessageId: string) => {
    const [row] = await database.query(
      `select id from public.messages where provider_message_id = '${providerMessageId}'`,
    );
    return toWireId(z.string().parse(row?.id));
  };
  const all = () =>
    names.conversation.flatMap((conversation_id) =>
      names.message.map((message_id) => ({ ...written, conversation_id, message_id })),
    );

  it('is answered once, by whichever of its names they call it and its conversation', async () => {
    const ids = new Set<string>();
    for (const body of all()) ids.add(expectSent(await api.send(body)).message_id);
    expect(ids.size).toBe(1);
    expect(api.model.calls()).toHaveLength(1);
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('is answered once when they call at the same time', async () => {
    const answers = await Promise.all(all().map((body) => api.send(body)));
    expect(answers.filter(({ status }) => status === 200 || status === 409)).toHaveLength(6);
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('is one request under one key, by whichever names', async () => {
    const headers = keyed();
    const first = expectSent(await api.send({ ...all()[0], ai: false }, headers));
    for (const body of all()) {
      const again = await api.send({ ...body, ai: false }, headers);
      expect(expectSent(again).message_id).toBe(first.message_id);
    }
    const other = await api.send({ ...all()[0], ai: false, content: 'Something else' }, headers);
    expectError(other, { status: 422, code: 'idempotency_key_reused', retry: 'never' });
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('is answered twice when they ask for two things', async () => {
    const [body] = all();
    await api.send(body);
    await api.send({ ...body, content: 'Ask how she is.' });
    expect(api.vendors.sent()).toHaveLength(2);
  });
});

describe('a caller’s own id that is a UUID in capitals', () => {
  it('is found as it was stored', async () => {
    const own = randomUUID().toUpperCase();
    const rename = (from: string, to: string) =>
      database.query(
        `update public.conversations set external_id = '${to}' where external_id = '${from}'`,
      );
    await rename(demoData.conversationId, own);
    const answer = await api.send({ ...manual, conversation_id: own });
    await rename(own, demoData.conversationId);
    expectSent(answer);
  });
});

/** Twilio's receipt comes before its own response, which is lost if the test asks for that. */
const overtake = (status: string, { lost }: { readonly lost: boolean }) => {
  onWay = async (_, answer) => {
    const { sid } = z.object({ sid: z.string() }).parse(await answer.clone().json());
    const [row] = await messages();
    const { path, ...call } = twilioCall(
      { MessageSid: sid, MessageStatus: status, AccountSid: demoData.twilio.accountSid },
      `?message_id=${toWireId(row?.id ?? '')}`,
    );
    expect((await api.request(path, call)).status).toBe(200);
    if (lost) throw new TypeError('fetch failed');
    return answer;
  };
};

describe('a receipt that overtakes the provider’s answer', () => {
  it.each([true, false])(
    'is what the caller is told, and the call is stored (answer lost: %s)',
    async (lost) => {
      const headers = keyed();
      overtake('delivered', { lost });
      const sent = expectSent(await api.send(manual, headers));
      const { body } = await api.getMessage(sent.message_id);
      expect(body).toMatchObject({
        status: 'delivered',
        provider: 'twilio',
        sent_at: sent.timestamp,
        attempts: [{ number: 1, outcome: lost ? 'unknown' : 'accepted' }],
      });
      expect(expectSent(await api.send(manual, headers))).toEqual(sent);
      expect(api.vendors.sent()).toHaveLength(1);
    },
  );

  it('is believed when it says that the message failed', async () => {
    const headers = keyed();
    overtake('undelivered', { lost: false });
    const told = { status: 500, code: 'delivery_failed', retry: 'never' };
    const error = expectError(await api.send(manual, headers), told);
    expectError(await api.send(manual, headers), told);
    const { body } = await api.getMessage(error.message_id ?? '');
    expect(body).toMatchObject({ status: 'failed', attempts: [{ outcome: 'accepted' }] });
  });

  it('leaves the sender’s health as its call was', async () => {
    const [sender] = await database.query("select id from public.senders where channel = 'sms'");
    await database.query(`update public.senders set failures = 2 where id = '${sender?.id}'`);
    overtake('delivered', { lost: true });
    expectSent(await api.send(manual));
    const rows = await database.query(
      `select failures, rests_until > now() as rests from public.senders where id = '${sender?.id}'`,
    );
    expect(rows).toEqual([{ failures: 3, rests: true }]);
  });
});

describe('STOP while a message waits', () => {
  const addSecondSender = () =>
    database.query(`insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority)
      select sub_account_id, connection_id, ${addressValues('sms', demoData.twilio.secondPhoneNumber)}, 200
      from public.senders where channel = 'sms'`);
  const stopAtFirst = () => {
    onWay = async (_, answer) => {
      onWay = async (_url, next) => next;
      await sayStop();
      return answer;
    };
  };
  const refused = { status: 422, code: 'recipient_opted_out', retry: 'never' };

  it('for as long as its provider asked keeps it from being sent', async () => {
    api.vendors.fail({
      host: 'api.twilio.com',
      type: 'status',
      status: 429,
      code: 20429,
      retryAfter: 1,
    });
    stopAtFirst();
    const error = expectError(await api.send(manual), refused);
    expect(api.vendors.requests()).toHaveLength(1);
    const { body } = await api.getMessage(error.message_id ?? '');
    expect(body).toMatchObject({ status: 'failed', attempts: [{ outcome: 'refused' }] });
  });

  it('for one sender keeps it from being sent through the next', async () => {
    await addSecondSender();
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503 });
    stopAtFirst();
    const answer = await api.send(manual);
    await database.query(
      `delete from public.senders where address = '${demoData.twilio.secondPhoneNumber}'`,
    );
    expectError(answer, refused);
    expect(api.vendors.requests()).toHaveLength(1);
  });

  it('to be tried again keeps it from being sent', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503 });
    const id = idIn(await api.send(manual, later));
    await api.drain();
    await sayStop();
    await makeDue();
    expect((await api.sweep()).body).toMatchObject({ failed: 1, sent: 0 });
    expect((await api.getMessage(id)).body).toMatchObject({
      error: { code: 'recipient_opted_out' },
    });
    expect(api.vendors.requests()).toHaveLength(1);
  });

  it('for a repeated call leaves it unknown, as it is after the first', async () => {
    const optOut =
      "update public.contact_addresses set opted_out_at = now() where channel = 'email'";
    api.vendors.fail({ host: 'api.resend.com', type: 'take_then_cut' });
    way.before = async (name) => {
      if (name === 'look_again') await database.query(optOut);
    };
    const answer = await api.send({ ...manual, channel: 'email' });
    expectError(answer, { status: 500, code: 'delivery_unknown', retry: 'check' });
    expect(api.vendors.requests()).toHaveLength(1);
  });

  it('is looked for only after a wait: a message that goes out at once takes two round trips', async () => {
    expectSent(await api.send(manual));
    expect(way.calls).toEqual(['begin_send', 'settle_send']);
  });
});

describe('STOP to a host whose clock is an hour behind', () => {
  it('counts, although the contact said START to another host before', async () => {
    const say = async (host: Api, text: string) => {
      const { path, ...call } = smsCall(text, `SM${randomUUID().replaceAll('-', '')}`);
      expect((await host.request(path, call)).status).toBe(200);
    };
    const behind = await startApi({
      database,
      env: { PUBLIC_URL: publicUrl },
      io: { now: () => Date.now() - 3_600_000 },
    });
    await say(api, 'START');
    await say(behind, 'STOP');
    await behind.stop();
    expectError(await api.send(manual), {
      status: 422,
      code: 'recipient_opted_out',
      retry: 'never',
    });
  });
});

describe('an API key', () => {
  const addKey = async () => {
    const { key, hash, displayPrefix } = await createApiKey();
    const [row] = await database.query(
      `insert into public.api_keys (sub_account_id, name, key_hash, display_prefix)
       select id, 'Second', '${hash}', '${displayPrefix}' from public.sub_accounts limit 1 returning id`,
    );
    return { key, id: z.string().parse(row?.id) };
  };
  /** Queued by that key, to be tried again later. */
  const queue = async (key: string, headers: Readonly<Record<string, string>>) => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503 });
    const answer = await api.send(manual, { ...later, ...headers, 'x-api-key': key });
    await api.drain();
    return idIn(answer);
  };

  it('is named with each message that it sends, in the row and in the log', async () => {
    const { key, id } = await addKey();
    expectSent(await api.send(manual, { 'x-api-key': key }));
    expect(await messages()).toMatchObject([{ api_key_id: id }]);
    expect(api.logs.at(-1)).toMatchObject({ status: 200, api_key_id: id });
    await api.send({ ...manual, conversation_id: 'nobody' }, { 'x-api-key': key });
    expect(api.logs.at(-1)).toMatchObject({ status: 404, api_key_id: id });
  });

  it('takes with it what it has queued when it is revoked, and that can be sent again with a valid one', async () => {
    const { key, id } = await addKey();
    const headers = keyed();
    const messageId = await queue(key, headers);
    const [revoked] = await database.query(`select public.revoke_key('${id}') as answer`);
    expect(revoked?.answer).toMatchObject({ canceled: 1 });
    const error = { code: 'invalid_api_key', retry: 'safe' };
    expect((await api.getMessage(messageId)).body).toMatchObject({ status: 'failed', error });
    await makeDue();
    expect((await api.sweep()).body).toMatchObject({ sent: 0 });
    expect(expectSent(await api.send(manual, headers)).message_id).toBe(messageId);
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it.each([
    ['has expired', "expires_at = now() - interval '1 s'"],
    ['was revoked by hand', "revoked_at = now() - interval '1 s'"],
  ])('sends nothing any more that it queued once it %s', async (_, change) => {
    const { key, id } = await addKey();
    const messageId = await queue(key, keyed());
    await database.query(`update public.api_keys set ${change} where id = '${id}'`);
    await makeDue();
    expect((await api.sweep()).body).toMatchObject({ sent: 0, failed: 1 });
    expect(api.vendors.sent()).toEqual([]);
    expect((await api.getMessage(messageId)).body).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_api_key' },
    });
  });

  it('pays for asking what became of a message, in one round trip', async () => {
    const { message_id } = expectSent(await api.send(manual));
    await database.query(setBucket(2, 1));
    way.calls = [];
    const first = await api.getMessage(message_id);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit')).toMatch(/^"api-key";r=0;/);
    const second = await api.getMessage(message_id);
    expectError(second, { status: 429, code: 'rate_limited', retry: 'safe' });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(way.calls).toEqual(['get_message', 'get_message']);
  });

  it('that is used up still hears what became of what it has sent', async () => {
    const headers = keyed();
    const sent = expectSent(await api.send(manual, headers));
    await database.query(setBucket(1, 0));
    expect(expectSent(await api.send(manual, headers))).toEqual(sent);
    expectError(await api.send(manual, keyed()), {
      status: 429,
      code: 'rate_limited',
      retry: 'safe',
    });
    const other = await api.send({ ...manual, content: 'Other' }, headers);
    expectError(other, { status: 429, code: 'rate_limited', retry: 'safe' });
    expect(api.vendors.sent()).toHaveLength(1);
  });
});

describe('a replay', () => {
  it('says how old it is, and the log warns of one that is older than a day', async () => {
    const headers = keyed();
    await api.send(manual, headers);
    const fresh = await api.send(manual, headers);
    expect(Number(fresh.headers.get('idempotent-replayed-age'))).toBeLessThan(60);
    expect(api.logs.at(-1)).not.toHaveProperty('warning');
    await database.query("update public.messages set created_at = now() - interval '2 days'");
    const old = await api.send(manual, headers);
    expect(old.headers.get('idempotent-replayed')).toBe('true');
    const age = Number(old.headers.get('idempotent-replayed-age'));
    expect(age).toBeGreaterThanOrEqual(172_800);
    expect(api.logs.at(-1)).toMatchObject({
      level: 'warn',
      warning: 'old_replay',
      replayed_age_s: age,
    });
  });
});

describe('a database that hangs', () => {
  /** Time passes fifty times as fast for everything that waits, so that the test does not need ten seconds. */
  const hurry = () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const waited: number[] = [];
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      waited.push(ms);
      return timeout(ms / 50);
    });
    return waited;
  };
  const hang = async (ask: (hanging: Api) => Promise<unknown>) => {
    const calls: string[] = [];
    const hanging: Api = await startApi({
      database,
      around: (route) => (url, init) => {
        if (!url.startsWith(database.url)) return route(url, init);
        calls.push(url.split('/').at(-1) ?? '');
        return new Promise((_, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
        });
      },
    });
    hurry();
    try {
      await ask(hanging);
    } finally {
      vi.restoreAllMocks();
      await hanging.stop();
    }
    return calls;
  };

  it('costs a send two calls of five seconds, of which the second gives it back', async () => {
    const calls = await hang(async (hanging) =>
      expectError(await hanging.send(manual, keyed()), {
        status: 503,
        code: 'database_unavailable',
        retry: 'check',
      }),
    );
    expect(calls).toEqual(['begin_send', 'settle_send']);
  });

  it('costs a question one call, and a sweep one', async () => {
    const calls = await hang(async (hanging) => {
      expect((await hanging.getMessage('msg_01m837ck1ne4abwwb5vb7d9bzv')).status).toBe(503);
      expect((await hanging.sweep()).status).toBe(503);
    });
    expect(calls).toEqual(['get_message', 'claim_jobs']);
  });
});

describe('a host that stops', () => {
  /** Works on a request in a host that must end as soon as something has begun. */
  const sendUntil = async (
    begun: () => Promise<boolean>,
    {
      body,
      headers,
    }: { readonly body: object; readonly headers: Readonly<Record<string, string>> },
  ) => {
    const ending = new AbortController();
    const { waitUntil, drain } = createBackground();
    const host = { waitUntil, stopping: () => false, ending: ending.signal };
    const answering = api.app.request(
      `${basePath}/send-message`,
      {
        method: 'POST',
        headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      },
      host,
    );
    await expect.poll(begun, { timeout: 5_000 }).toBe(true);
    ending.abort();
    const response = await answering;
    await drain();
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const isWriting = async () => (await messages()).some(({ status }) => status === 'composing');
  const isAsking = async () => api.vendors.requests().length > 0;

  it('tells who waits for an agent that nothing was sent, and the same key sends', async () => {
    const headers = keyed();
    api.model.next({ type: 'late', ms: 3_000, text: 'Too late.' });
    const told = { status: 502, code: 'ai_unavailable', retry: 'safe' };
    expectError(await sendUntil(isWriting, { body: written, headers }), told);
    expectSent(await api.send(written, headers));
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('gives back what an agent is writing in the background, to be written at once elsewhere', async () => {
    api.model.next({ type: 'late', ms: 3_000, text: 'Too late.' });
    const answer = await sendUntil(isWriting, { body: written, headers: later });
    expect(answer.status).toBe(202);
    expect(await messages()).toMatchObject([{ status: 'queued', content: null }]);
    expect((await api.sweep()).body).toMatchObject({ sent: 1 });
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('says of a message whose provider was asked that nobody knows, and stores the call', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'hang_before' });
    const answer = await sendUntil(isAsking, { body: manual, headers: {} });
    const told = { status: 500, code: 'delivery_unknown', retry: 'check' };
    const { message_id } = expectError(answer, told);
    expect((await api.getMessage(message_id ?? '')).body).toMatchObject({
      status: 'unknown',
      attempts: [{ outcome: 'unknown' }],
    });
  });
});

describe('a retry', () => {
  it('is due by the database’s clock, whatever the host’s says', async () => {
    const behind = await startApi({ database, io: { now: () => Date.now() - 3_600_000 } });
    behind.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503 });
    await behind.send(manual, later);
    await behind.stop();
    const rows = await database.query(
      "select due_at > now() + interval '10 s' as later, due_at < now() + interval '31 s' as soon from public.messages where status = 'queued'",
    );
    expect(rows).toEqual([{ later: true, soon: true }]);
  });
});

describe('the sweeper', () => {
  const { phoneNumber: other, secondPhoneNumber: hanging } = demoData.twilio;

  /** Another sub-account with a sender on the demo's Twilio account, and a contact. */
  const addTenant = async (phone: string): Promise<string> => {
    const [id, connectionId] = [randomUUID(), randomUUID()];
    const { accountSid, authToken } = demoData.twilio;
    const sealed = await api.deps.vault.seal({ accountSid, authToken }, connectionId);
    await database.query(`
      insert into public.sub_accounts (id, name) values ('${id}', 'Tenant ${phone}');
      insert into public.connections (id, sub_account_id, provider, name, credentials)
      values ('${connectionId}', '${id}', 'twilio', 'Main', '${sealed}');
      insert into public.senders (sub_account_id, connection_id, channel, address, address_key)
      values ('${id}', '${connectionId}', ${addressValues('sms', phone)});
      with contact as (
        insert into public.contacts (sub_account_id, name) values ('${id}', 'Jo') returning id
      ), address as (
        insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
        select '${id}', id, ${addressValues('sms', '+15005550199')} from contact
      )
      insert into public.conversations (sub_account_id, contact_id) select '${id}', id from contact`);
    return id;
  };
  const queue = (tenant: string, count: number, since: string) =>
    database.query(`
      insert into public.messages
        (id, sub_account_id, conversation_id, channel, sender_type, status, policy, content, sender_id, due_at, retry_until)
      select gen_random_uuid(), c.sub_account_id, c.id, 'sms', 'user', 'queued', '{"providers": ["twilio"], "repeatable": {}, "reply_window_hours": null}',
        'Number ' || n, s.id,
        now() - interval '${since}', now() + interval '1 hour'
      from public.conversations c
      join public.senders s on s.sub_account_id = c.sub_account_id and s.channel = 'sms', generate_series(1, ${count}) n
      where c.sub_account_id = '${tenant}'`);
  /** A mailbox at Resend, which announces mail without its text. */
  const addMailbox = async (tenant: string) => {
    const id = randomUUID();
    const sealed = await api.deps.vault.seal(demoData.resend, id);
    await database.query(`
      insert into public.connections (id, sub_account_id, provider, name, credentials)
      values ('${id}', '${tenant}', 'resend', 'Mail', '${sealed}');
      insert into public.senders (sub_account_id, connection_id, channel, address, address_key)
      values ('${tenant}', '${id}', ${addressValues('email', `desk@${id}.example`)});
      insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
      select '${tenant}', id, ${addressValues('email', 'jo@home.example')} from public.contacts where sub_account_id = '${tenant}'`);
  };
  const receive = (tenant: string, count: number, since: string) =>
    database.query(`
      insert into public.messages
        (id, sub_account_id, conversation_id, channel, sender_type, status, address_id, sender_id, provider, provider_message_id, awaits_text)
      select gen_random_uuid(), c.sub_account_id, c.id, 'email', 'contact', 'received', a.id, s.id, 'resend',
        c.sub_account_id || '-' || n, true
      from public.conversations c
      join public.contact_addresses a on a.contact_id = c.contact_id and a.channel = 'email'
      join public.senders s on s.sub_account_id = c.sub_account_id and s.channel = 'email', generate_series(1, ${count}) n
      where c.sub_account_id = '${tenant}';
      insert into public.jobs (sub_account_id, kind, subject_id, due_at)
      select m.sub_account_id, 'fetch_text', m.id, now() - interval '${since}'
      from public.messages m where m.sub_account_id = '${tenant}' and m.awaits_text`);
  const from = (init?: RequestInit) => new URLSearchParams(String(init?.body)).get('From');
  const sentBy = (phone: string) => api.vendors.sent().filter((sent) => sent.from === phone).length;

  const tenants: string[] = [];
  beforeAll(async () => {
    for (const phone of [hanging, other]) tenants.push(await addTenant(phone));
  });
  const [slow, quick] = [() => tenants[0] ?? '', () => tenants[1] ?? ''];

  it('sends one tenant’s messages while the provider of another one hangs', async () => {
    await queue(slow(), 47, '1 hour');
    await queue(quick(), 10, '1 minute');
    const release = Promise.withResolvers<void>();
    let held = 0;
    onWay = async (_, answer, init) => {
      if (from(init) !== hanging) return answer;
      held += 1;
      await release.promise;
      return answer;
    };
    const sweeping = api.sweep();
    await expect.poll(() => sentBy(other), { timeout: 10_000 }).toBe(10);
    expect(held).toBeLessThanOrEqual(3);
    await database.query("delete from public.messages where status = 'queued'");
    release.resolve();
    await sweeping;
  });

  it('asks for the texts of one tenant’s mail while the provider of another one hangs', async () => {
    for (const tenant of tenants) await addMailbox(tenant);
    await receive(slow(), 12, '1 hour');
    await receive(quick(), 6, '1 minute');
    const release = Promise.withResolvers<void>();
    const asked: string[] = [];
    onWay = async (url, answer) => {
      if (!url.includes('/emails/receiving/')) return answer;
      asked.push(url);
      if (url.includes(slow())) await release.promise;
      return Response.json({ from: 'jo@home.example', headers: {}, text: 'Are you open?' });
    };
    const sweeping = api.sweep();
    const askedFor = (tenant: string) => asked.filter((url) => url.includes(tenant)).length;
    await expect.poll(() => askedFor(quick()), { timeout: 5_000 }).toBe(6);
    // Then it is its turn again.
    const lastOfQuick = asked.findLastIndex((url) => url.includes(quick()));
    expect(asked.slice(0, lastOfQuick).filter((url) => url.includes(slow()))).toHaveLength(1);
    await database.query('delete from public.jobs');
    release.resolve();
    await sweeping;
  });

  it('passes over a sender that rests while others have work, and comes to it when none has', async () => {
    await queue(slow(), 3, '1 hour');
    await queue(quick(), 3, '1 minute');
    await database.query(
      `update public.senders set rests_until = now() + interval '1 hour' where sub_account_id = '${slow()}'`,
    );
    const { body } = await api.sweep();
    expect(body).toMatchObject({ sent: 6 });
    const order = api.vendors.sent().map((sent) => sent.from);
    expect(order.lastIndexOf(other)).toBeLessThan(order.indexOf(hanging));
  });

  it('sends the others’ messages where it cannot read what one is to be written from', async () => {
    await queue(slow(), 1, '1 hour');
    await queue(quick(), 3, '1 minute');
    await database.query(`
      with agent as (
        insert into public.agents (sub_account_id, name, model, instructions)
        values ('${slow()}', 'Desk', 'model-1', 'Be brief.') returning id
      )
      update public.messages m set sender_type = 'agent', content = null, prompt = 'Answer', agent_id = agent.id
      from agent where m.sub_account_id = '${slow()}';
      insert into public.messages (id, sub_account_id, conversation_id, channel, sender_type, status, content, metadata)
      select gen_random_uuid(), c.sub_account_id, c.id, 'sms', 'contact', 'received', 'Hi', '{"attachments": 1}'
      from public.conversations c where c.sub_account_id = '${slow()}'`);
    expect(await api.sweep()).toMatchObject({ status: 200, body: { sent: 3, lost: 1 } });
    expect(sentBy(other)).toBe(3);
    expect(api.logs).toContainEqual(
      expect.objectContaining({ event: 'unreadable_claims', level: 'error' }),
    );
  });

  it('gives each tenant its turn, however much older the work of another one is', async () => {
    await queue(slow(), 12, '1 hour');
    await queue(quick(), 4, '1 second');
    await api.sweep();
    const order = api.vendors.sent().map((sent) => sent.from);
    expect(order).toHaveLength(16);
    expect(order.lastIndexOf(other)).toBeLessThan(11);
  });
});
