import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import { signResend } from '../../dev/vendors/resend.ts';
import { emailBody, emailRequest, send, type VendorRequest } from './vendor-requests.ts';

const errorSchema = z.strictObject({
  statusCode: z.int(),
  name: z.string().min(1),
  message: z.string().min(1),
});
const idSchema = z.strictObject({ id: z.uuid() });

const { from: _from, ...withoutFrom } = emailBody;
const { to: _to, ...withoutTo } = emailBody;
const { subject: _subject, ...withoutSubject } = emailBody;
const { text: _text, html: _html, ...withoutContent } = emailBody;
const tagged = (value: string) => ({ ...emailBody, tags: [{ name: 'message_id', value }] });

describe("Resend's double", () => {
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors();
  });
  beforeEach(() => vendors.reset());
  afterAll(() => vendors.stop());

  const idOf = async (request: VendorRequest) =>
    idSchema.parse(await (await send(vendors, request)).json()).id;

  test('takes an email, and keeps its text and our id', async () => {
    const headers = { 'In-Reply-To': '<a@mail.example.com>' };
    const id = await idOf(emailRequest({ ...emailBody, headers }));
    expect(vendors.sent()).toMatchObject([
      {
        vendor: 'resend',
        channel: 'email',
        to: demoData.contact.email,
        from: demoData.resend.from,
        text: emailBody.text,
        html: emailBody.html,
        subject: emailBody.subject,
        replyTo: '<a@mail.example.com>',
        providerMessageId: id,
        ourMessageId: 'msg_1',
      },
    ]);
  });

  const good = emailRequest();
  const authorized = (authorization: string) => ({ ...good.headers, authorization });
  const { authorization: _authorization, ...unauthorized } = good.headers;

  test.each([
    ['no key', { ...good, headers: unauthorized }, 401, 'missing_api_key'],
    ['a wrong key', { ...good, headers: authorized('Bearer re_wrong') }, 403, 'invalid_api_key'],
    ['another method', { ...good, method: 'PUT' }, 405, 'method_not_allowed'],
    ['another path', { ...good, path: '/api.resend.com/email' }, 404, 'not_found'],
    [
      'a body that is not declared as JSON',
      { ...good, headers: { ...good.headers, 'content-type': 'text/plain' } },
      422,
      'missing_required_field',
    ],
    ['a body that is not JSON', { ...good, body: '{' }, 422, 'missing_required_field'],
    ['no from', emailRequest(withoutFrom), 422, 'missing_required_field'],
    ['no to', emailRequest(withoutTo), 422, 'missing_required_field'],
    ['no subject', emailRequest(withoutSubject), 422, 'missing_required_field'],
    ['neither text nor html', emailRequest(withoutContent), 422, 'validation_error'],
    [
      'a malformed from',
      emailRequest({ ...emailBody, from: 'Acme <hello>' }),
      422,
      'invalid_from_address',
    ],
    [
      'a from on a foreign domain',
      emailRequest({ ...emailBody, from: 'a@other.example' }),
      403,
      'validation_error',
    ],
    ['a malformed to', emailRequest({ ...emailBody, to: ['jane'] }), 422, 'validation_error'],
    [
      '51 recipients',
      emailRequest({ ...emailBody, to: Array.from({ length: 51 }, () => 'a@b.example') }),
      422,
      'validation_error',
    ],
    [
      'a subject of two lines',
      emailRequest({ ...emailBody, subject: 'a\nBcc: b@c.example' }),
      422,
      'validation_error',
    ],
    ['a tag with a space', emailRequest(tagged('a b')), 422, 'validation_error'],
    ['a tag over 256 characters', emailRequest(tagged('a'.repeat(257))), 422, 'validation_error'],
    [
      'a mistyped field',
      emailRequest({ ...emailBody, replyTo: 'a@b.example' }),
      422,
      'validation_error',
    ],
    [
      'an idempotency key over 256 characters',
      emailRequest(emailBody, 'k'.repeat(257)),
      400,
      'invalid_idempotency_key',
    ],
  ])('refuses %s, in its own format', async (_name, request, statusCode, name) => {
    const answer = await send(vendors, request);
    expect(answer.status).toBe(statusCode);
    expect(errorSchema.parse(await answer.json())).toMatchObject({ statusCode, name });
    expect(vendors.sent()).toEqual([]);
  });

  test('refuses a request without a User-Agent', async () => {
    const { 'user-agent': _agent, ...headers } = good.headers;
    const status = await new Promise((resolve, reject) => {
      const call = httpRequest(`${vendors.origin}${good.path}`, { method: 'POST', headers });
      call.once('response', ({ statusCode }) => resolve(statusCode)).once('error', reject);
      call.end(good.body);
    });
    expect(status).toBe(403);
  });

  test('answers the same key and body with the same id, and sends once', async () => {
    const request = emailRequest(emailBody, 'key-1');
    const id = await idOf(request);
    expect(await idOf(request)).toBe(id);
    expect(await idOf(emailRequest(emailBody, 'key-2'))).not.toBe(id);
    expect(vendors.sent()).toHaveLength(2);
  });

  test('refuses the same key with another body', async () => {
    await idOf(emailRequest(emailBody, 'key-1'));
    const answer = await send(vendors, emailRequest({ ...emailBody, text: 'Other' }, 'key-1'));
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ name: 'invalid_idempotent_request' });
    expect(vendors.sent()).toHaveLength(1);
  });

  test('refuses a key that is being worked on', async () => {
    vendors.fail({ host: 'api.resend.com', type: 'delay', ms: 300 });
    const first = idOf(emailRequest(emailBody, 'key-1'));
    await expect.poll(() => vendors.requests().length).toBe(1);
    const answer = await send(vendors, emailRequest(emailBody, 'key-1'));
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ name: 'concurrent_idempotent_requests' });
    await first;
    expect(vendors.sent()).toHaveLength(1);
  });

  test('sends once for one key although the first answer was lost', async () => {
    const request = emailRequest(emailBody, 'key-1');
    vendors.fail({ host: 'api.resend.com', type: 'take_then_cut' });
    await expect(send(vendors, request)).rejects.toThrow('fetch failed');
    expect(await idOf(request)).toBe(vendors.sent()[0]?.providerMessageId);
    expect(vendors.sent()).toHaveLength(1);
  });

  test('forgets a key whose request was refused', async () => {
    const request = emailRequest(emailBody, 'key-1');
    vendors.fail({ host: 'api.resend.com', type: 'status', status: 503 });
    expect((await send(vendors, request)).status).toBe(503);
    expect((await send(vendors, request)).status).toBe(200);
  });

  test('signs as Standard Webhooks do', () => {
    // Made with the scheme's own recipe from these values, independently of this code.
    expect(signResend('msg_1', '1614265330', '{"test": 1}')).toBe(
      'v1,NnK6Fyxanvh42yiOX1+MNv2h8+AgLzw5X8oDGCache4=',
    );
  });
});
