import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { type Api, basePath, errorOf, manual, startApi, written } from '../support/api.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
  await api.database.query(`update public.api_keys set rate_limit = 1000000`);
});
afterAll(() => api.stop());

const runs = { numRuns: 150 };

/** A caller's mistake is answered as one, never with a 5xx. */
const expectAnswered = (status: number) => expect([200, 400, 404, 409, 413, 422]).toContain(status);

describe('POST /send-message under arbitrary input', () => {
  it('answers any JSON body with the contract’s own answers', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (body) => {
        const answer = await api.send(JSON.stringify(body));
        expect(answer.status).toBe(400);
        expect(errorOf(answer).code).toBe('invalid_request');
      }),
      runs,
    );
  });

  it('answers a valid request with any one field replaced', { timeout: 120_000 }, async () => {
    const field = fc.constantFrom(...Object.keys(written), 'message_id', 'subject', '__proto__');
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('sms', 'email', 'whatsapp', demoData.agentId, demoData.conversationId, ''),
    );
    await fc.assert(
      fc.asyncProperty(field, anything, fc.boolean(), async (name, value, ai) => {
        const { status } = await api.send({ ...(ai ? written : manual), [name]: value });
        expectAnswered(status);
      }),
      runs,
    );
  });

  it('answers any bytes as a body', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const response = await api.app.request(`${basePath}/send-message`, {
          method: 'POST',
          headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' },
          body: Uint8Array.from(bytes),
        });
        expect(response.status).toBe(400);
      }),
      runs,
    );
  });

  it('answers any headers', { timeout: 120_000 }, async () => {
    const value = fc
      .uint8Array({ maxLength: 300 })
      .map((bytes) => String.fromCharCode(...bytes).replace(/[\0\r\n]/g, ''));
    const name = fc.constantFrom(
      'idempotency-key',
      'x-request-id',
      'x-api-key',
      'content-type',
      'prefer',
      'accept',
      'content-length',
      'origin',
      'authorization',
    );
    await fc.assert(
      fc.asyncProperty(name, value, async (header, text) => {
        const { status } = await api.send(manual, { [header]: text });
        expect([200, 400, 401, 409, 413, 422]).toContain(status);
      }),
      runs,
    );
  });

  it('answers any path and method', { timeout: 120_000 }, async () => {
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD');
    const path = fc.oneof(
      fc.webPath(),
      fc.webPath().map((rest) => `/messages${rest}`),
      fc.webPath().map((rest) => `/errors${rest}`),
    );
    await fc.assert(
      fc.asyncProperty(method, path, async (verb, rest) => {
        const response = await api.app.request(`${basePath}${rest}`, { method: verb });
        expect([200, 400, 401, 404, 405]).toContain(response.status);
      }),
      runs,
    );
  });
});
