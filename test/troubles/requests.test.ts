import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { createUnconfiguredApp } from '../../src/app.ts';
import { newMessageId, toWireId } from '../../src/lib/message-id.ts';
import {
  type Answer,
  type Api,
  basePath,
  errorOf,
  expectError,
  expectSent,
  manual,
  startApi,
  written,
} from '../support/api.ts';

const page = 'https://crm.acme.example';
let api: Api;

beforeAll(async () => {
  api = await startApi({ env: { CORS_ORIGINS: page } });
});
beforeEach(async () => {
  await api.drain();
  await api.database.query(
    'update public.senders set failures = 0, rests_until = null; delete from crm_api.rate_parts',
  );
  api.reset();
});
afterAll(() => api.stop());

const { apiKey } = demoData;
const invalid = { status: 400, code: 'invalid_request', retry: 'never' };
const stranger = { status: 401, code: 'invalid_api_key', retry: 'never' };

const expectNothingAsked = () => {
  expect(api.databaseCalls).toEqual([]);
  expect(api.vendors.requests()).toEqual([]);
};

type Body = NonNullable<RequestInit['body']>;

const post = (body: Body, type: string) =>
  api.request('/send-message', {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': type },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });

const request = (content: string) =>
  JSON.stringify({ content, ai: false, conversation_id: 'conv_abc123', channel: 'sms' });

describe('a text goes out as it was meant, or not at all', () => {
  const text = 'Café à 10 h';
  const latin1 = Uint8Array.from(Buffer.from(request(text), 'latin1'));
  const json = 'application/json';
  const inPieces = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(latin1.slice(0, 20));
        controller.enqueue(latin1.slice(20));
        controller.close();
      },
    });

  it.each([
    ['in Latin-1', () => latin1, json],
    ['in Latin-1, and says so', () => latin1, `${json}; charset=iso-8859-1`],
    ['in Latin-1, and says that it is UTF-8', () => latin1, `${json}; charset=utf-8`],
    ['in Latin-1, of unknown length', inPieces, json],
    ['in UTF-16', () => Uint8Array.from(Buffer.from(`\ufeff${request(text)}`, 'utf16le')), json],
    [
      'with half a surrogate pair as bytes',
      () => Uint8Array.from(Buffer.from(request('Caf\u00ed\u00a0\u0080'), 'latin1')),
      json,
    ],
    ['that ends within a character', () => latin1.slice(0, 16), json],
    ['in ASCII, but named Windows-1252', () => request('Cafe'), `${json};Charset="Windows-1252"`],
  ])('a body %s is refused, and is told to be UTF-8', async (_, body, type) => {
    const error = expectError(await post(body(), type), invalid);
    expect(error.message).toContain('the body is not UTF-8 (send charset=utf-8)');
    expect(error.issues).toHaveLength(1);
    expectNothingAsked();
  });

  it.each([
    ['UTF-8', request(text), json],
    ['UTF-8 with a byte order mark', `\ufeff${request(text)}`, json],
    ['UTF-8, named in capitals', request(text), `${json} ; charset="UTF-8"`],
    ['UTF-8 under its other name', request(text), `${json}; charset=utf8; x=y`],
    [
      'UTF-8 as escapes in ASCII',
      request(text).replace(/[éà]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
      `${json}; charset=us-ascii`,
    ],
    ['UTF-8 under no name', request(text), `${json}; charset=`],
  ])('a body in %s is sent letter for letter', async (_, body, type) => {
    expect(expectSent(await post(body, type)).content).toBe(text);
    expect(api.vendors.sent()).toMatchObject([{ text }]);
  });

  it('a replacement character that the caller wrote is the caller’s text', async () => {
    expectSent(await post(request('Caf\ufffd'), json));
    expect(api.vendors.sent()).toMatchObject([{ text: 'Caf\ufffd' }]);
  });

  it('a body that breaks off is refused as the caller’s', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(latin1.slice(0, 10));
      },
      pull(controller) {
        controller.error(new Error('aborted'));
      },
    });
    const headers = {
      'x-api-key': apiKey,
      'content-type': json,
      'content-length': String(latin1.length),
    };
    const init = { method: 'POST', headers, body: broken, duplex: 'half' };
    expectError(await api.request('/send-message', init), invalid);
    expectNothingAsked();
  });
});

describe('an optional field with nothing in it is no field', () => {
  const empty = ['', ' ', '\u00a0', null] as const;

  it.each(empty)('%j, as form tools send it, word for word', async (nothing) => {
    const fields = { agent_id: nothing, message_id: nothing, subject: nothing };
    expectSent(await api.send({ ...manual, ...fields }));
    const sent = expectSent(await api.send({ ...manual, ...fields, channel: 'email' }));
    expect(api.vendors.sent()[1]?.subject).toMatch(/^(?:Re: )?Acme Dental$/);
    expect((await api.getMessage(sent.message_id)).body).toMatchObject({
      agent_id: null,
      metadata: {},
    });
  });

  it.each(empty)('%j, with an agent: two requests are two messages', async (nothing) => {
    const fields = { message_id: nothing, subject: nothing };
    for (const _ of [1, 2]) expectSent(await api.send({ ...written, ...fields }));
    expect(api.vendors.sent()).toHaveLength(2);
  });

  it.each([...empty, undefined])('%j is no agent where one is to write', async (nothing) => {
    const answer = await api.send({ ...manual, ai: true, agent_id: nothing, content: '' });
    const error = expectError(answer, invalid);
    expect(error.issues).toEqual([
      { path: 'content', message: 'must not be blank' },
      { path: 'agent_id', message: 'is required when ai is true' },
    ]);
  });

  it('whatever stands where the agent would, without an agent it means nothing', async () => {
    for (const agent_id of ['front-desk', 0, {}, false]) {
      expectSent(await api.send({ ...manual, agent_id }));
    }
  });

  it('the same key with "", null or no field is the same request', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = expectSent(await api.send({ ...manual, channel: 'email' }, key));
    for (const nothing of empty) {
      const fields = { agent_id: nothing, message_id: nothing, subject: nothing };
      const again = await api.send({ ...manual, ...fields, channel: 'email' }, key);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(expectSent(again).message_id).toBe(first.message_id);
    }
    expect(api.vendors.sent()).toHaveLength(1);
  });

  it('an empty Prefer and an empty X-Request-Id are none', async () => {
    const answer = await api.send(manual, { prefer: '', 'x-request-id': '' });
    expectSent(answer);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  // If a workflow's key comes out empty, sending without one would send twice when it is repeated.
  it('but an empty Idempotency-Key is told to be left out', async () => {
    const error = expectError(await api.send(manual, { 'idempotency-key': '' }), invalid);
    expect(error.issues).toMatchObject([
      { path: 'idempotency-key', message: expect.stringContaining('or be left out') },
    ]);
    expectNothingAsked();
  });
});

describe('the key of the API', () => {
  const send = (headers: Readonly<Record<string, string>>) =>
    api.request('/send-message', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(manual),
    });
  const bearer = { authorization: `Bearer ${apiKey}` };
  const other = `cfy_${'a'.repeat(32)}`;
  const jwt = 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln';

  it.each([
    ['as a bearer token', bearer],
    ['as a bearer token, in another spelling', { authorization: `bearer  ${apiKey}` }],
    ['in both headers', { ...bearer, 'x-api-key': apiKey }],
    ['as a bearer token, beside an empty x-api-key', { ...bearer, 'x-api-key': '' }],
    ['in x-api-key, beside a token of somebody else', { 'x-api-key': apiKey, authorization: jwt }],
    ['in x-api-key, beside a password', { 'x-api-key': apiKey, authorization: 'Basic YTpi' }],
  ])('is taken %s', async (_, headers) => {
    const sent = expectSent(await send(headers));
    const read = await api.request(`/messages/${sent.message_id}`, { headers });
    expect(read.status).toBe(200);
  });

  it.each([
    ['two that differ', { ...bearer, 'x-api-key': other }],
    ['a good one, and one that is none', { ...bearer, 'x-api-key': 'front-desk' }],
    ['a token of somebody else alone', { authorization: jwt }],
    ['a password', { authorization: `Basic ${apiKey}` }],
    ['a scheme without a key', { authorization: 'Bearer' }],
    ['a key without a scheme', { authorization: apiKey }],
    ['two in one header', { authorization: `Bearer ${apiKey}, Bearer ${apiKey}` }],
    ['none', {}],
  ])('is not to be found in %s', async (_, headers) => {
    expectError(await send(headers), stranger);
    expectError(await api.request(`/messages/${toWireId(newMessageId())}`, { headers }), stranger);
    expectNothingAsked();
  });

  it('is unknown as a bearer token as it is in x-api-key', async () => {
    expectError(await send({ authorization: `Bearer ${other}` }), stranger);
    expect(api.databaseCalls).toEqual(['/rest/v1/rpc/begin_send']);
  });

  it('may be sent by a page of a configured origin in either header', async () => {
    const headers = {
      origin: page,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    };
    const answer = await api.request('/send-message', { method: 'OPTIONS', headers });
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/\bauthorization\b/);
  });
});

describe('an error says its sentence at the top level too', () => {
  it.each([
    ['POST', '/send-message', 401],
    ['GET', '/send-message', 405],
    ['GET', '/messages/msg_1', 401],
    ['POST', '/messages/msg_1', 405],
    ['POST', '/jobs/sweep', 401],
    ['GET', '/errors/bad_luck', 404],
    ['GET', '/nowhere', 404],
    ['POST', `/webhooks/twilio/${randomUUID()}`, 404],
    ['GET', `/webhooks/meta/${randomUUID()}`, 404],
    ['POST', '/docs', 405],
  ])('%s %s', async (method, path, status) => {
    const answer = await api.request(path, { method });
    expect(answer.status).toBe(status);
    expect(errorOf(answer).message).not.toBe('');
  });

  it('outside of its mount, and when it is not configured', async () => {
    const app = createUnconfiguredApp(new Error('no key'), basePath, api.deps.io);
    for (const response of [await api.app.request('/'), await app.request('/x')]) {
      const { status, headers } = response;
      errorOf({ status, headers, body: await response.json() });
    }
  });
});

describe('GET /messages/{id}', () => {
  const sevenFields = z.object({
    message_id: z.string(),
    content: z.string().nullable(),
    sender_type: z.enum(['contact', 'user', 'agent']),
    channel: z.string(),
    ai: z.boolean(),
    delivered: z.boolean(),
    timestamp: z.iso.datetime(),
  });
  const sevenOf = (answer: Answer) => sevenFields.parse(answer.body);

  it('answers with the seven fields of the send, and more', async () => {
    const sent = expectSent(await api.send(manual));
    const read = await api.getMessage(sent.message_id);
    expect(sevenOf(read)).toEqual(sent);
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(read.body)).length).toBeGreaterThan(
      Object.keys(sent).length,
    );
  });

  it('answers with the seven fields of the 202 until it is sent', async () => {
    const slow = { type: 'late', ms: 300, text: 'Your table is ready.' } as const;
    api.model.next(slow);
    const queued = await api.send(written, { prefer: 'respond-async' });
    expect(queued.status).toBe(202);
    const { message_id: id, ...rest } = sevenOf(queued);
    expect(sevenOf(await api.getMessage(id))).toEqual({ message_id: id, ...rest });
    await api.drain();
    const after = sevenOf(await api.getMessage(id));
    expect(after).toMatchObject({ content: slow.text, delivered: true });
    expect(after.timestamp > rest.timestamp).toBe(true);
  });

  const stored = '2026-11-01T10:00:00.000Z';
  const later = '2026-11-01T10:00:05.000Z';

  it.each([
    ['queued', null, false, stored],
    ['composing', null, false, stored],
    ['sending', null, false, stored],
    ['sent', later, true, later],
    ['delivered', later, true, later],
    ['read', later, true, later],
    ['failed', null, false, stored],
    ['failed', later, false, later],
    ['unknown', null, false, stored],
    ['superseded', null, false, stored],
    ['received', later, true, later],
    ['received', null, true, stored],
  ])('says of %s, accepted at %s: delivered %s, at %s', async (status, at, delivered, time) => {
    const id = newMessageId();
    const sender = status === 'received' ? 'contact' : 'user';
    await api.database.query(
      `insert into public.messages (id, sub_account_id, conversation_id, channel, sender_type, content, status, created_at, sent_at)
      select '${id}', c.sub_account_id, c.id, 'sms', '${sender}', 'Hello', '${status}', '${stored}', ${at === null ? 'null' : `'${at}'`}
      from public.conversations c where c.external_id = '${demoData.conversationId}'`,
    );
    const answer = await api.getMessage(toWireId(id));
    await api.database.query(`delete from public.messages where id = '${id}'`);
    expect(answer.body).toMatchObject({ status, sender_type: sender });
    expect(sevenOf(answer)).toMatchObject({ delivered, timestamp: time });
  });
});

describe('a provider that could not be connected to', () => {
  it.each([530, 521, 523, 525, 526])(
    'as Cloudflare says with %i, is asked again with the same key',
    async (status) => {
      const key = { 'idempotency-key': randomUUID() };
      api.vendors.fail({ host: 'api.twilio.com', type: 'status', status });
      const error = expectError(await api.send(manual, key), {
        status: 500,
        code: 'delivery_failed',
        retry: 'safe',
      });
      expect(error.provider?.reason).toBe('provider_unavailable');
      expectSent(await api.send(manual, key));
      expect(api.vendors.sent()).toHaveLength(1);
    },
  );

  it.each([520, 522, 524])(
    'or was, and did not answer: with %i it may have been sent',
    async (status) => {
      const key = { 'idempotency-key': randomUUID() };
      api.vendors.fail({ host: 'api.twilio.com', type: 'status', status, taken: true });
      const unknown = { status: 500, code: 'delivery_unknown', retry: 'check' };
      expectError(await api.send(manual, key), unknown);
      expectError(await api.send(manual, key), unknown);
      expect(api.vendors.sent()).toHaveLength(1);
    },
  );
});

describe('no cache keeps', () => {
  const cacheOf = ({ headers }: Answer) => headers.get('cache-control');

  it('what somebody’s key or secret was for', async () => {
    const sent = await api.send(manual);
    const { message_id: id } = expectSent(sent);
    const answers = [
      sent,
      await api.send(manual, { prefer: 'respond-async' }),
      await api.send({}),
      await api.send({ ...manual, conversation_id: 'conv_x' }),
      await api.getMessage(id),
      await api.getMessage(toWireId(newMessageId())),
      await api.request(`/messages/${id}`),
      await api.sweep(),
      await api.request(`/webhooks/meta/${randomUUID()}`),
    ];
    expect(answers.map(cacheOf)).toEqual(answers.map(() => 'no-store'));
  });

  it('that there is nothing at a path', async () => {
    expect(cacheOf(await api.request('/nowhere'))).toBe('no-store');
    expect(cacheOf(await api.request('/send-message'))).toBe('no-store');
  });
});
