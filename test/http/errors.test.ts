import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { errorTable } from '../../src/errors.ts';
import { newMessageId, toWireId } from '../../src/lib/message-id.ts';
import { createTenant, type Tenant } from '../store/tenant.ts';
import { type Api, expectError, expectSent, manual, startApi, written } from '../support/api.ts';
import { setBucket } from '../support/bucket.ts';
import { holdBodies, unfinishedRequest } from '../support/hold-bodies.ts';

let api: Api;
let stranger: Tenant;

beforeAll(async () => {
  api = await startApi();
  stranger = await createTenant(api.database);
});
beforeEach(() => api.reset());
afterAll(() => api.stop());

const { apiKey } = demoData;
const never = (status: number, code: string) => ({ status, code, retry: 'never' });
const safe = (status: number, code: string) => ({ status, code, retry: 'safe' });
const covered = new Set<string>();

const cover = (code: string) => {
  covered.add(code);
  return code;
};

const expectNothingSent = () => {
  expect(api.vendors.requests()).toEqual([]);
  expect(api.model.calls()).toEqual([]);
};

const withSql = async (change: string, restore: string, work: () => Promise<void>) => {
  await api.database.query(change);
  try {
    await work();
  } finally {
    await api.database.query(restore);
  }
};

describe('a bad request asks neither the database nor a vendor', () => {
  it.each([
    ['no content', { ...manual, content: undefined }, 'content'],
    ['blank content', { ...manual, content: ' \n\t' }, 'content'],
    ['invisible content', { ...manual, content: '\u200b\u00ad' }, 'content'],
    ['content with NUL', { ...manual, content: 'a\u0000b' }, 'content'],
    ['content with half a surrogate pair', { ...manual, content: 'a\ud800b' }, 'content'],
    ['content that is no string', { ...manual, content: 5 }, 'content'],
    ['no ai', { ...manual, ai: undefined }, 'ai'],
    ['ai as a string', { ...manual, ai: 'true' }, 'ai'],
    ['no conversation', { ...manual, conversation_id: undefined }, 'conversation_id'],
    ['an empty conversation', { ...manual, conversation_id: '' }, 'conversation_id'],
    ['an unknown channel', { ...manual, channel: 'fax' }, 'channel'],
    ['ai without an agent', { ...manual, ai: true }, 'agent_id'],
    ['an agent that is no UUID', { ...written, agent_id: 'front-desk' }, 'agent_id'],
    [
      'a subject with a line break',
      { ...manual, channel: 'email', subject: 'a\r\nBcc: b' },
      'subject',
    ],
    ['an array', [manual], ''],
    ['null', null, ''],
    ['a string', 'hello', ''],
  ])('%s is invalid_request', async (_, body, path) => {
    const sent = typeof body === 'string' ? JSON.stringify(body) : body;
    const error = expectError(await api.send(sent), never(400, cover('invalid_request')));
    expect(error.issues?.map((issue) => issue.path)).toContain(path);
    expect(api.databaseCalls).toEqual([]);
    expectNothingSent();
  });

  it.each(['', '{', '{"content":', 'content=hello'])(
    'the body %j is invalid_request',
    async (body) => {
      expectError(await api.send(body), never(400, 'invalid_request'));
      expect(api.databaseCalls).toEqual([]);
    },
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'the content type %j is invalid_request',
    async (type) => {
      const answer = await api.send(JSON.stringify(manual), { 'content-type': type });
      const error = expectError(answer, never(400, 'invalid_request'));
      expect(error.issues).toMatchObject([{ path: 'Content-Type' }]);
    },
  );

  it.each(['x'.repeat(256), 'schlüssel'])(
    'the idempotency key %j is invalid_request',
    async (key) => {
      const error = expectError(
        await api.send(manual, { 'idempotency-key': key }),
        never(400, 'invalid_request'),
      );
      expect(error.issues).toMatchObject([{ path: 'idempotency-key' }]);
    },
  );

  it('a text beyond every provider’s limit is content_too_long', async () => {
    for (const [channel, content] of [
      ['sms', 'x'.repeat(1601)],
      ['instagram', 'é'.repeat(501)],
      ['whatsapp', 'x'.repeat(4097)],
    ] as const) {
      const answer = await api.send({ ...manual, channel, content });
      const error = expectError(answer, never(400, cover('content_too_long')));
      expect(error.message).toMatch(/\d{4}/);
    }
    expect(api.databaseCalls).toEqual([]);
    expectNothingSent();
  });

  it('a body over 256 KiB is payload_too_large', async () => {
    const answer = await api.send({ ...manual, content: 'x'.repeat(256 * 1024) });
    const error = expectError(answer, never(413, cover('payload_too_large')));
    expect(error.message).toBe('The body is larger than 256 KiB. Send a smaller body.');
    expect(api.databaseCalls).toEqual([]);
  });

  it.each(['', 'Bearer abc', 'sk_live_12345678', `cfy_${'x'.repeat(200)}`, 'cfy_ä'])(
    'the key %j is invalid_api_key',
    async (key) => {
      expectError(
        await api.send(manual, { 'x-api-key': key }),
        never(401, cover('invalid_api_key')),
      );
      expect(api.databaseCalls).toEqual([]);
    },
  );
});

it('more bodies at one time than a host has room for are too_busy', async () => {
  api.reset();
  const { init } = unfinishedRequest();
  const answering = api.request('/send-message', init);
  const giveBack = await holdBodies(api);
  const answer = await answering;
  expectError(answer, { status: 503, code: cover('too_busy'), retry: 'safe' });
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(api.databaseCalls).toEqual([]);
  await giveBack();
});

describe('a refusal takes one round trip and reaches no vendor', () => {
  const refuse = async (
    body: unknown,
    expected: { status: number; code: string; retry: string },
    headers: Record<string, string> = {},
  ) => {
    api.reset();
    const answer = await api.send(body, headers);
    expectError(answer, { ...expected, code: cover(expected.code) });
    expect(api.databaseCalls).toEqual(['/rest/v1/rpc/begin_send']);
    expectNothingSent();
    return answer;
  };

  it('invalid_api_key: unknown, expired and revoked are one answer', async () => {
    const unknown = await refuse(manual, never(401, 'invalid_api_key'), {
      'x-api-key': `cfy_${'a'.repeat(32)}`,
    });
    for (const column of ['expires_at', 'revoked_at']) {
      const set = (value: string) =>
        `update public.api_keys set ${column} = ${value} where key_hash = '${stranger.key.hash}'`;
      await withSql(set('now()'), set('null'), async () => {
        const answer = await refuse(manual, never(401, 'invalid_api_key'), {
          'x-api-key': stranger.key.key,
        });
        expect({ ...answer, headers: null, body: null }).toEqual({
          ...unknown,
          headers: null,
          body: null,
        });
      });
    }
  });

  it('conversation_not_found: not there, or another sub-account’s', async () => {
    const missing = await refuse(
      { ...manual, conversation_id: randomUUID() },
      never(404, 'conversation_not_found'),
    );
    const theirs = await refuse(
      { ...manual, conversation_id: stranger.conversationId },
      never(404, 'conversation_not_found'),
    );
    const words = (body: unknown) => JSON.stringify(body).replace(/"request_id":"[^"]*"/, '');
    expect(words(theirs.body)).toBe(words(missing.body));
  });

  it('agent_not_found: not there, inactive, or another sub-account’s', async () => {
    await refuse({ ...written, agent_id: randomUUID() }, never(404, 'agent_not_found'));
    await refuse({ ...written, agent_id: stranger.agentId }, never(404, 'agent_not_found'));
    const set = (active: boolean) =>
      `update public.agents set active = ${active} where id = '${demoData.agentId}'`;
    await withSql(set(false), set(true), async () => {
      await refuse(written, never(404, 'agent_not_found'));
    });
  });

  it('channel_not_connected, and content_too_long for the provider that is connected', async () => {
    const set = (active: boolean) =>
      `update public.senders set active = ${active} where channel = 'sms'`;
    await withSql(set(false), set(true), async () => {
      await refuse(manual, never(422, 'channel_not_connected'));
    });
    const connect = (provider: string) =>
      `update public.senders set connection_id = c.id from public.connections c
       where channel = 'whatsapp' and c.name = 'Demo ${provider}' and c.sub_account_id = senders.sub_account_id`;
    await withSql(connect('twilio'), connect('meta'), async () => {
      const content = 'x'.repeat(2000);
      await refuse({ ...manual, channel: 'whatsapp', content }, never(400, 'content_too_long'));
    });
  });

  it('channel_not_connected, and not content_too_long, when the one sender that can reach it is off', async () => {
    const sender = "(select id from public.senders where channel = 'facebook' and priority = 100)";
    await withSql(
      `update public.contact_addresses set only_sender_id = ${sender} where channel = 'facebook';
       update public.senders set active = false where channel = 'facebook';
       insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority)
         select sub_account_id, connection_id, 'facebook', 'another-page', 'another-page', 200
         from public.senders where channel = 'facebook'`,
      `delete from public.senders where address = 'another-page';
       update public.senders set active = true where channel = 'facebook';
       update public.contact_addresses set only_sender_id = null`,
      async () => {
        await refuse({ ...manual, channel: 'facebook' }, never(422, 'channel_not_connected'));
      },
    );
  });

  it('recipient_unreachable, recipient_opted_out, messaging_window_closed', async () => {
    const set = (channel: string, assignment: string) =>
      `update public.contact_addresses set ${assignment} where channel = '${channel}'`;
    await withSql(
      set('sms', "channel = 'email', address = 'moved@example.com'"),
      `update public.contact_addresses set channel = 'sms', address = '${demoData.contact.phone}' where address = 'moved@example.com'`,
      async () => {
        await refuse(manual, never(422, 'recipient_unreachable'));
      },
    );
    await withSql(
      set('sms', 'opted_out_at = now()'),
      set('sms', 'opted_out_at = null'),
      async () => {
        await refuse(manual, never(422, 'recipient_opted_out'));
      },
    );
    for (const channel of ['whatsapp', 'facebook', 'instagram']) {
      await withSql(
        set(channel, "last_inbound_at = now() - interval '24 hours 1 second'"),
        set(channel, 'last_inbound_at = null'),
        async () => {
          await refuse({ ...manual, channel }, never(422, 'messaging_window_closed'));
        },
      );
    }
  });

  it('rate_limited, with the seconds to wait', async () => {
    await withSql(setBucket(1, 0.5), setBucket(600), async () => {
      const { headers } = await refuse(manual, safe(429, 'rate_limited'));
      expect(headers.get('retry-after')).toMatch(/^(29|30)$/);
      expect(headers.get('ratelimit')).toMatch(/^"api-key";r=0;t=\d+$/);
    });
  });

  it('send_in_progress and idempotency_key_reused', async () => {
    const key = { 'idempotency-key': randomUUID() };
    api.vendors.fail({ host: 'api.twilio.com', type: 'delay', ms: 1500 });
    const first = api.send(manual, key);
    await expect.poll(() => api.vendors.requests().length).toBe(1);
    const again = await api.send(manual, key);
    expectError(again, safe(409, cover('send_in_progress')));
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0);
    expectSent(await first);
    await refuse({ ...manual, content: 'Another' }, never(422, 'idempotency_key_reused'), key);
  });
});

describe('a provider that does not take the message', () => {
  it('delivery_failed and never: the vendor refuses for good, the row says so', async () => {
    const key = { 'idempotency-key': randomUUID() };
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 400, code: 21610 });
    const error = expectError(await api.send(manual, key), never(500, cover('delivery_failed')));
    expect(error.provider).toMatchObject({ name: 'twilio', code: '21610', reason: 'opted_out' });
    expect(api.vendors.sent()).toEqual([]);
    const { body } = await api.getMessage(error.message_id ?? '');
    expect(body).toMatchObject({
      status: 'failed',
      error: { retry: 'never' },
      attempts: [{ number: 1 }],
    });

    api.reset();
    const replayed = await api.send(manual, key);
    expect(expectError(replayed, never(500, 'delivery_failed'))).toMatchObject({
      message: error.message,
      message_id: error.message_id,
      provider: error.provider,
    });
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expectNothingSent();
  });

  it('delivery_failed and safe: the same key sends it on the same row', async () => {
    const key = { 'idempotency-key': randomUUID() };
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 429, code: 20429 });
    const error = expectError(await api.send(manual, key), safe(500, 'delivery_failed'));
    expect(error.provider?.reason).toBe('rate_limited');
    const sent = expectSent(await api.send(manual, key));
    expect(sent.message_id).toBe(error.message_id);
    expect(api.vendors.sent()).toHaveLength(1);
    const { body } = await api.getMessage(sent.message_id);
    expect(body).toMatchObject({
      status: 'sent',
      error: null,
      attempts: [
        { number: 1, outcome: 'refused' },
        { number: 2, outcome: 'accepted' },
      ],
    });
  });

  it.each([
    ['take_then_cut', 'sms'],
    ['cut_before', 'whatsapp'],
    ['take_then_truncate', 'sms'],
    ['garbage', 'facebook'],
  ] as const)('delivery_unknown after %s on %s, and never a second call', async (type, channel) => {
    const hosts = {
      sms: 'api.twilio.com',
      whatsapp: 'graph.facebook.com',
      facebook: 'graph.facebook.com',
    } as const;
    const key = { 'idempotency-key': randomUUID() };
    api.vendors.fail({ host: hosts[channel], type });
    const expected = { status: 500, code: cover('delivery_unknown'), retry: 'check' };
    const error = expectError(await api.send({ ...manual, channel }, key), expected);
    expect(api.vendors.requests()).toHaveLength(1);
    expectError(await api.send({ ...manual, channel }, key), expected);
    expect(api.vendors.requests()).toHaveLength(1);
    const { body } = await api.getMessage(error.message_id ?? '');
    expect(body).toMatchObject({ status: 'unknown', attempts: [{ outcome: 'unknown' }] });
  });

  it('says misconfigured, without a call, when the credentials do not open', async () => {
    const swap = (from: string, to: string) =>
      `update public.connections set credentials = replace(credentials, '${from}', '${to}') where name = 'Demo twilio'`;
    await withSql(swap('v1.', 'v1.0'), swap('v1.0', 'v1.'), async () => {
      const error = expectError(await api.send(manual), never(500, 'delivery_failed'));
      expect(error.provider).toMatchObject({ name: 'twilio', reason: 'misconfigured' });
      expectNothingSent();
    });
  });
});

describe('a model that writes nothing', () => {
  it.each([
    ['an error', { type: 'error', status: 500 }, 'safe'],
    ['overload', { type: 'error', status: 429 }, 'safe'],
    ['nothing, twice', { type: 'empty' }, 'never'],
    ['a rejected key', { type: 'error', status: 401 }, 'never'],
  ] as const)(
    'ai_unavailable after %s: nothing is sent, the row is kept',
    async (_, turn, retry) => {
      api.model.always(turn);
      const error = expectError(await api.send(written), {
        status: 502,
        code: cover('ai_unavailable'),
        retry,
      });
      expect(api.vendors.requests()).toEqual([]);
      expect(JSON.stringify(error)).not.toContain('front desk');
      const { body } = await api.getMessage(error.message_id ?? '');
      expect(body).toMatchObject({ status: 'failed', content: null, error: { retry } });
      expect(api.databaseCalls.slice(0, 2)).toEqual([
        '/rest/v1/rpc/begin_send',
        '/rest/v1/rpc/settle_send',
      ]);
    },
  );

  it('ai_unavailable and never when the agent has no connection', async () => {
    const set = (id: string) =>
      `update public.agents set connection_id = ${id} where id = '${demoData.agentId}'`;
    const restore = set(
      `(select id from public.connections where name = 'Demo openai' and sub_account_id = agents.sub_account_id)`,
    );
    await withSql(set('null'), restore, async () => {
      expectError(await api.send(written), never(502, 'ai_unavailable'));
      expectNothingSent();
    });
  });
});

describe('what is not there', () => {
  it('not_found: an unknown path, with the right one in the message', async () => {
    const error = expectError(await api.request('/send_message'), never(404, cover('not_found')));
    expect(error.message).toContain('/functions/v1/crm-api/send-message');
    const root = await api.app.request('/');
    expect(root.status).toBe(404);
  });

  it('not_found: a message that is not there, or another sub-account’s, or no id at all', async () => {
    const { message_id } = expectSent(await api.send(manual));
    const theirs = await api.request(`/messages/${message_id}`, {
      headers: { 'x-api-key': stranger.key.key },
    });
    const missing = await api.getMessage(toWireId(newMessageId()));
    const malformed = await api.getMessage('msg_nope');
    for (const answer of [theirs, missing, malformed]) expectError(answer, never(404, 'not_found'));
    expectError(
      await api.request(`/messages/${message_id}`, {
        headers: { 'x-api-key': `cfy_${'b'.repeat(32)}` },
      }),
      never(401, 'invalid_api_key'),
    );
  });

  it('not_found: a webhook of no connection, of another provider, or of no provider', async () => {
    for (const path of [
      `/webhooks/twilio/${randomUUID()}`,
      `/webhooks/twilio/${demoData.connectionIds.meta}`,
      '/webhooks/twilio/main',
      `/webhooks/fax/${demoData.connectionIds.twilio}`,
    ]) {
      expectError(await api.request(path, { method: 'POST' }), never(404, 'not_found'));
    }
  });

  it('method_not_allowed, with the right method in message and Allow', async () => {
    for (const [path, method, allow] of [
      ['/send-message', 'GET', 'POST'],
      ['/send-message', 'OPTIONS', 'POST'],
      ['/messages/msg_1', 'DELETE', 'GET'],
      ['/health', 'POST', 'GET'],
    ] as const) {
      const answer = await api.request(path, { method, headers: { 'x-api-key': apiKey } });
      expectError(answer, never(405, cover('method_not_allowed')));
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });
});

describe('a webhook that its vendor did not sign', () => {
  it('invalid_signature: nothing is stored', async () => {
    const form = new URLSearchParams({ From: '+15005550155', MessageSid: 'SM1', Body: 'Hello' });
    const path = `/webhooks/twilio/${demoData.connectionIds.twilio}`;
    for (const headers of [{}, { 'x-twilio-signature': 'Zm9yZ2Vk' }]) {
      const answer = await api.request(path, { method: 'POST', body: form, headers });
      expectError(answer, never(401, cover('invalid_signature')));
    }
    expect(api.databaseCalls).toEqual(api.databaseCalls.map(() => '/rest/v1/rpc/get_connection'));
    expectNothingSent();
  });
});

describe('what breaks', () => {
  const withDatabase = async (respond: () => Promise<Response>) => {
    const broken = await startApi({
      database: api.database,
      io: {
        fetch: (url) =>
          url.startsWith(api.database.url) ? respond() : Promise.reject(new Error('no vendor')),
      },
    });
    try {
      return await broken.send(manual);
    } finally {
      await broken.stop();
    }
  };

  const refusedConnection = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

  it('database_unavailable, safe, when it cannot be connected to', async () => {
    const refused = () =>
      Promise.reject(new TypeError('fetch failed', { cause: refusedConnection }));
    expectError(await withDatabase(refused), safe(503, cover('database_unavailable')));
  });

  it('database_unavailable, to be checked, when no answer says whether the message was stored', async () => {
    const html = () => Promise.resolve(new Response('<html>502</html>', { status: 502 }));
    const lost = () =>
      Promise.resolve(Response.json({ code: 'PGRST001', message: 'x' }, { status: 503 }));
    for (const respond of [() => Promise.reject(new TypeError('fetch failed')), html, lost]) {
      const answer = await withDatabase(respond);
      const error = expectError(answer, {
        status: 503,
        code: 'database_unavailable',
        retry: 'check',
      });
      expect(error.message_id).toMatch(/^msg_/);
      expect(answer.headers.get('retry-after')).toBe('2');
    }
  });

  it.each(['40P01', '57014', '57P01', '53300', '55P03', '25006'])(
    'database_unavailable when Postgres says %s',
    async (code) => {
      const failing = () => Promise.resolve(Response.json({ code, message: 'x' }, { status: 500 }));
      expectError(await withDatabase(failing), safe(503, 'database_unavailable'));
    },
  );

  it('internal_error for what no one foresaw, with the details in the log alone', async () => {
    const odd = () => Promise.resolve(Response.json({ outcome: 'perhaps' }));
    const answer = await withDatabase(odd);
    const error = expectError(answer, {
      status: 500,
      code: cover('internal_error'),
      retry: 'check',
    });
    expect(error.message).not.toMatch(/zod|outcome|perhaps/i);
  });
});

it('provokes every row of the error table', () => {
  expect([...covered].sort()).toEqual(Object.keys(errorTable).sort());
});
