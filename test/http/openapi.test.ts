import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { createUnconfiguredApp } from '../../src/app.ts';
import { errorTable } from '../../src/errors.ts';
import { openapiDocument } from '../../src/http/openapi-document.ts';
import { sendMessageBody } from '../../src/http/send-message.ts';
import { newMessageId, toWireId } from '../../src/lib/message-id.ts';
import { type Answer, type Api, basePath, manual, startApi, written } from '../support/api.ts';
import { holdBodies, unfinishedRequest } from '../support/hold-bodies.ts';
import { createContract, judgeRequestBody, operations } from '../support/openapi-contract.ts';
import { prepareRequestTable } from '../support/play-request-table.ts';
import { requestTable } from '../support/request-table.ts';
import { challengeCall, metaCall, smsCall } from '../support/webhook-requests.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const listReferences = (value: unknown): string[] =>
  isRecord(value)
    ? Object.entries(value).flatMap(([key, inner]) =>
        key === '$ref' && typeof inner === 'string' ? [inner] : listReferences(inner),
      )
    : [];

const follow = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, part) => (isRecord(at) ? at[part] : undefined), openapiDocument);

describe('the document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(await new Validator().validate(structuredClone(openapiDocument))).toEqual({
      valid: true,
    });
  });

  it('is checked by what refuses a broken one', async () => {
    const { info: _, ...nameless } = openapiDocument;
    const broken = { ...openapiDocument, paths: { '/x': { post: { responses: 'none' } } } };
    for (const document of [nameless, broken]) {
      const { valid } = await new Validator().validate(structuredClone(document));
      expect(valid).toBe(false);
    }
  });

  it('has something at the end of every reference', () => {
    const references = listReferences(openapiDocument);
    expect(references.length).toBeGreaterThan(50);
    for (const reference of references) expect(follow(reference), reference).toBeDefined();
  });

  it('describes every operation, parameter and field', () => {
    const undescribed: string[] = [];
    const visit = (value: unknown, path: string) => {
      if (!isRecord(value)) return;
      if (isRecord(value.properties) && !path.endsWith('example')) {
        for (const [name, field] of Object.entries(value.properties)) {
          if (isRecord(field) && field.description === undefined) {
            undescribed.push(`${path}/${name}`);
          }
        }
      }
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}/${key}`);
    };
    visit(openapiDocument.components, 'components');
    // The body of every error is one object.
    expect(undescribed).toEqual(['components/schemas/ErrorResponse/error']);
    for (const path of Object.values(openapiDocument.paths)) {
      for (const [key, operation] of Object.entries(path)) {
        if (key === 'parameters') continue;
        expect(operation).toMatchObject({
          summary: expect.any(String),
          description: expect.any(String),
          tags: [expect.any(String)],
        });
      }
    }
  });

  it('explains every error code but those of no operation', () => {
    const text = JSON.stringify(openapiDocument.paths);
    for (const [code, { happened }] of Object.entries(errorTable)) {
      if (code === 'method_not_allowed') continue;
      expect(text, code).toContain(`\`${code}\``);
      expect(text, code).toContain(JSON.stringify(happened).slice(1, -1));
    }
  });

  it.each([
    ['a manual message', manual, true],
    ['a manual message with a field that nobody knows', { ...manual, campaign: 7 }, true],
    ['a manual message with an agent', { ...written, ai: false }, true],
    ['a manual message with null for what it has not', { ...manual, agent_id: null }, true],
    ['a manual message with "" for an agent', { ...manual, agent_id: '' }, true],
    ['a manual message with a name for an agent', { ...manual, agent_id: 'x' }, true],
    ['"" for what is optional', { ...manual, message_id: '', subject: ' ' }, true],
    ['a text of blanks', { ...manual, content: ' \n\t\u00a0' }, false],
    ['a text of one sign', { ...manual, content: ' \n😀' }, true],
    ['a conversation of blanks', { ...manual, conversation_id: ' ' }, false],
    ['a conversation in two words', { ...manual, conversation_id: 'Jane Doé' }, true],
    ['a conversation in two lines', { ...manual, conversation_id: 'a\nb' }, false],
    ['a subject in two lines', { ...manual, subject: 'a\u0085b' }, false],
    ['an AI message with "" for an agent', { ...manual, ai: true, agent_id: '' }, false],
    ['an AI message', written, true],
    ['an AI message with a field that nobody knows', { ...written, campaign: 7 }, true],
    ['an AI message without an agent', { ...manual, ai: true }, false],
    ['an AI message with null for an agent', { ...manual, ai: true, agent_id: null }, false],
    ['an AI message with a name for an agent', { ...manual, ai: true, agent_id: 'x' }, false],
    ['neither', { ...manual, ai: 'true' }, false],
  ])('takes and refuses what the function does: %s', async (_, body, good) => {
    expect(judgeRequestBody(body).length === 0).toBe(good);
    expect(sendMessageBody.safeParse(body).success).toBe(good);
  });

  it('has no pattern that an engine of regular expressions might not know', () => {
    const patterns = [
      ...JSON.stringify(openapiDocument).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g),
    ];
    expect(patterns.length).toBeGreaterThan(10);
    for (const [, literal = ''] of patterns) {
      const pattern = z.string().parse(JSON.parse(literal));
      // Only non-capturing groups, classes, \d and \x00: ECMAScript (with and without u), Python, Java, .NET and RE2
      // have them.
      expect(pattern).not.toMatch(/\\(?![dx.])|\(\?(?!:)/);
      expect(() => [new RegExp(pattern), new RegExp(pattern, 'u')]).not.toThrow();
    }
  });

  it.each([
    [500, true],
    [501, false],
  ])('counts a text as the function does: %d emoji', (length, good) => {
    const body = { ...manual, channel: 'email', subject: '😀'.repeat(length) };
    expect(judgeRequestBody(body).length === 0).toBe(good);
    expect(sendMessageBody.safeParse(body).success).toBe(good);
  });

  it('names only commands that there are', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
    const named = [...JSON.stringify(openapiDocument).matchAll(/npm run ([\w:]+)/g)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, script] of named) expect(Object.keys(scripts)).toContain(script);
  });

  it('shows requests and answers that are right', () => {
    const { content } = openapiDocument.paths['/send-message'].post.requestBody;
    for (const { value } of Object.values(content['application/json'].examples)) {
      expect(judgeRequestBody(value)).toEqual([]);
    }
    const contract = createContract();
    const { '200': sent, '202': queued } = openapiDocument.paths['/send-message'].post.responses;
    const message = openapiDocument.paths['/messages/{message_id}'].get.responses['200'];
    for (const [method, path, status, body] of [
      ['POST', '/send-message', 200, sent.content['application/json'].example],
      ['POST', '/send-message', 202, queued.content['application/json'].example],
      ['GET', '/messages/x', 200, message.content['application/json'].example],
    ] as const) {
      const headers = new Headers({
        'content-type': 'application/json',
        'x-request-id': 'x',
        ...(status === 202 ? { 'preference-applied': 'respond-async', location: 'x' } : {}),
      });
      expect(contract.check(method, path, { status, headers, body })).toEqual([]);
    }
  });
});

describe('the running function', () => {
  const contract = createContract();
  const codes = new Set<string>();
  let database: Database;
  let api: Api;
  let fault: Response | null = null;

  beforeAll(async () => {
    database = await startDatabase();
    await prepareRequestTable(database);
    api = await startApi({
      database,
      env: { PUBLIC_URL: publicUrl },
      around: (fetch) => (url, init) =>
        fault && url.includes('/rest/v1/') ? Promise.resolve(fault.clone()) : fetch(url, init),
    });
  });
  afterAll(async () => {
    await api?.stop();
    await database?.stop();
  });

  const errorCode = z.object({ error: z.object({ code: z.string() }) });
  const idOf = ({ body }: Answer) => {
    const id = z.string();
    const schema = z.union([
      z.object({ message_id: id }),
      z.object({ error: z.object({ message_id: id }) }),
    ]);
    const found = schema.parse(body);
    return 'error' in found ? found.error.message_id : found.message_id;
  };

  const expectDocumented = (method: string, path: string, answer: Answer) => {
    const code = errorCode.safeParse(answer.body).data?.error.code;
    if (code) codes.add(code);
    const problems = contract.check(method, path, answer);
    expect({ method, path, status: answer.status, body: answer.body, problems }).toMatchObject({
      problems: [],
    });
    return answer;
  };

  const ask = async (path: string, init: RequestInit = {}) =>
    expectDocumented(init.method ?? 'GET', path, await api.request(path, init));
  const send = async (body: unknown, headers: Record<string, string> = {}) =>
    expectDocumented('POST', '/send-message', await api.send(body, headers));
  const getMessage = (id: string) =>
    ask(`/messages/${id}`, { headers: { 'x-api-key': demoData.apiKey } });
  const newKey = () => ({ 'idempotency-key': randomUUID() });

  it('answers the table of requests as documented, and takes only what is', async () => {
    let last = '';
    for (const { name, method, path, headers, body, before, status } of requestTable) {
      if (before) await database.query(before);
      const answer = await api.request(path.replace('{last}', last), { method, headers, body });
      expect({ name, status: answer.status }).toEqual({ name, status });
      await api.drain();
      const known = operations.some(
        (operation) => path.split('/')[1] === operation.path.split('/')[1],
      );
      if (!known || answer.status === 405) continue;
      expectDocumented(method, path, answer);
      if (path !== '/send-message') continue;
      last = answer.status < 300 ? idOf(answer) : last;
      if (answer.status < 300)
        expect(judgeRequestBody(JSON.parse(String(body).replace('\ufeff', '')))).toEqual([]);
    }
  });

  it('answers as documented when a provider refuses or says nothing, and says so later', async () => {
    await database.query(
      `update public.contact_addresses set opted_out_at = null;
       update public.messages set lease_expires_at = now() - interval '1 hour', status = 'unknown' where status = 'sending'`,
    );
    for (const [fault, status] of [
      [{ type: 'status', status: 400, code: 21610 }, 'failed'],
      [{ type: 'status', status: 429, code: 20429, retryAfter: 30 }, 'failed'],
      [{ type: 'take_then_cut' }, 'unknown'],
    ] as const) {
      await database.query('update public.senders set failures = 0, rests_until = null');
      const key = newKey();
      api.vendors.fail({ host: 'api.twilio.com', ...fault });
      const answer = await send(manual, key);
      expect(answer.status).toBe(500);
      const { body } = await getMessage(idOf(answer));
      expect(body).toMatchObject({ status, attempts: [{ number: 1 }] });
      await send(manual, key);
    }
  });

  it('answers as documented when the model says nothing, on a replay, and later', async () => {
    await database.query('update public.senders set failures = 0, rests_until = null');
    api.model.next({ type: 'error', status: 500 });
    const failed = await send(written, newKey());
    expect(failed.status).toBe(502);
    await getMessage(idOf(failed));
    const key = newKey();
    await send(written, key);
    expect((await send(written, key)).headers.get('idempotent-replayed')).toBe('true');
    const queued = await send(written, { prefer: 'respond-async' });
    expect(queued.status).toBe(202);
    await getMessage(idOf(queued));
    await api.drain();
    await getMessage(idOf(queued));
  });

  it('answers a scheduler as documented', async () => {
    const headers = { 'x-cron-secret': demoData.cronSecret };
    expect((await ask('/jobs/sweep', { method: 'POST', headers })).status).toBe(200);
    expect((await ask('/jobs/sweep', { method: 'POST' })).status).toBe(401);
  });

  it('answers what is not allowed, and strangers, as documented', async () => {
    expect((await ask('/messages/msg_1')).status).toBe(401);
    const headers = { 'x-api-key': 'cfy_usedup0000000000000000000000000000' };
    const tooMany = await ask(`/messages/${toWireId(newMessageId())}`, { headers });
    expect({ status: tooMany.status, wait: tooMany.headers.has('retry-after') }).toEqual({
      status: 429,
      wait: true,
    });
    const refused = await api.request('/health', { method: 'POST' });
    codes.add(errorCode.parse(refused.body).error.code);
    expect(refused.headers.get('allow')).toBe('GET');
  });

  it('answers bad webhooks as documented', async () => {
    const { path, ...call } = metaCall({ what: 'is this' });
    expect((await ask(path, call)).status).toBe(400);
    const body = 'x'.repeat(4 * 1024 * 1024 + 1);
    const refused = await ask(path, { method: 'POST', body });
    expect(refused.status).toBe(413);
    expect(refused.body).toMatchObject({
      error: { message: 'The body is larger than 4096 KiB. Send a smaller body.' },
    });
    const { post } = openapiDocument.paths['/webhooks/{provider}/{connection_id}'];
    expect(post.requestBody.description).toContain('4096 KiB');
    expect(post.responses['413'].description).not.toContain('KiB');
    const nowhere = `/webhooks/meta/${randomUUID()}`;
    expect((await ask(nowhere)).status).toBe(404);
  });

  it('answers as documented when there is no room for more bodies', async () => {
    const answering = ask('/send-message', unfinishedRequest().init);
    const giveBack = await holdBodies(api);
    expect((await answering).status).toBe(503);
    await giveBack();
  });

  it.each([
    ['away', 503, Response.json({ code: 'PGRST001', message: 'x' }, { status: 503 })],
    ['odd', 500, Response.json({ outcome: 'perhaps' })],
  ] as const)('answers as documented when the database is %s', async (_, status, broken) => {
    fault = broken;
    try {
      const sms = smsCall('Hello', 'SM00000000000000000000000000000009');
      const question = challengeCall(demoData.meta.verifyToken);
      const headers = { 'x-cron-secret': demoData.cronSecret };
      const answers = [
        await send(manual),
        await getMessage(toWireId(newMessageId())),
        await ask(sms.path, sms),
        await ask(question.path, question),
        await ask('/jobs/sweep', { method: 'POST', headers }),
      ];
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => status));
    } finally {
      fault = null;
    }
  });

  it('answers as documented when it is not configured', async () => {
    const app = createUnconfiguredApp(new Error('no key'), basePath, api.deps.io);
    for (const path of ['/health', '/errors/rate_limited']) {
      const response = await app.request(`${basePath}${path}`);
      const { status, headers } = response;
      const body = await response.json();
      expectDocumented('GET', path, { status, headers, body });
      expect(status).toBe(500);
    }
  });

  it('has answered with every status that each operation documents', () => {
    const documented = operations.flatMap(({ operationId, responses }) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`),
    );
    expect([...contract.seen].sort()).toEqual(documented.sort());
  });

  it('has answered with every error code', () => {
    expect([...codes].sort()).toEqual(Object.keys(errorTable).sort());
  });
});
