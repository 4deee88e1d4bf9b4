import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { type Api, manual, startApi, written } from '../support/api.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());
afterAll(() => api.stop());

const { contact, twilio, meta, resend, openai } = demoData;
const secrets = [
  demoData.apiKey,
  demoData.supabaseSecretKey,
  demoData.credentialsKey,
  contact.phone,
  contact.phone.slice(1),
  contact.email,
  contact.messengerUserId,
  twilio.authToken,
  meta.accessToken,
  meta.instagramAccessToken,
  resend.apiKey,
  openai.apiKey,
  'front desk of Acme Dental',
];

const expectNone = (text: string, more: readonly string[] = []) => {
  for (const secret of [...secrets, ...more]) expect(text).not.toContain(secret);
};

describe('logs', () => {
  it('are one line of JSON a request, without keys, addresses or texts', async () => {
    await api.send({ ...manual, content: 'The secret plan.' });
    await api.send({ ...written, content: 'Tell her the secret plan.' });
    await api.send({ ...manual, content: '' });
    api.vendors.fail({
      host: 'api.twilio.com',
      type: 'status',
      status: 400,
      code: 21211,
      message: `The 'To' number ${contact.phone} is not a valid phone number.`,
    });
    await api.send({ ...manual, content: 'The secret plan.' });
    expect(api.logs).toHaveLength(4);
    expect(api.logs[0]).toMatchObject({
      level: 'info',
      method: 'POST',
      status: 200,
      provider: 'twilio',
      outcome: 'sent',
      request_id: expect.any(String),
      message_id: expect.stringMatching(/^msg_/),
      db_ms: expect.any(Number),
      provider_ms: expect.any(Number),
      total_ms: expect.any(Number),
    });
    expectNone(JSON.stringify(api.logs), ['secret plan', 'Jane']);
  });
});

describe('errors', () => {
  it('redact what a vendor quotes, in the answer and in the row', async () => {
    const text = 'The secret plan.';
    api.vendors.fail({
      host: 'api.resend.com',
      type: 'status',
      status: 422,
      code: 'validation_error',
      message: `Cannot send "${text}" to Jane <${contact.email}> or other@example.org, call +1 (500) 555-0199, key ${resend.apiKey}`,
    });
    const answer = await api.send({ ...manual, channel: 'email', content: text });
    expect(answer.status).toBe(500);
    const body = JSON.stringify(answer.body);
    expectNone(body, [text, 'other@example.org', '555-0199']);
    expect(body).toContain('[redacted]');
    const rows = await api.database.query(
      "select error::text, (select string_agg(message, ' ') from public.message_attempts) as attempts from public.messages where status = 'failed' and channel = 'email'",
    );
    expect(rows).toHaveLength(1);
    expectNone(JSON.stringify(rows), [text, 'other@example.org']);
  });

  it('redact a long text with line ends in it, which the vendor quotes up to an ellipsis', async () => {
    const content = `Dear Jane,\r\n${'the secret plan is this.\r\n'.repeat(200)}`;
    api.vendors.fail({
      host: 'api.resend.com',
      type: 'status',
      status: 422,
      code: 'validation_error',
      message: `Cannot send "${content.slice(0, 4_000)}…"`,
    });
    const answer = await api.send({ ...manual, channel: 'email', content });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({
      error: { provider: { message: 'Cannot send "[redacted]…"' } },
    });
  });
});

describe('a vendor’s words', () => {
  it('with a NUL in them do not keep the message from being settled', async () => {
    api.vendors.fail({
      host: 'api.twilio.com',
      type: 'status',
      status: 400,
      code: 21617,
      message: 'slow\u0000down',
    });
    expect((await api.send(manual)).status).toBe(500);
    const rows = await api.database.query(
      "select status from public.messages where status = 'sending'",
    );
    expect(rows).toEqual([]);
  });
});

describe('a browser', () => {
  it('gets no CORS headers unless origins are configured', async () => {
    const { headers } = await api.send(manual, { origin: 'https://app.example.com' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may send x-api-key from a configured origin, and from no other', async () => {
    const open = await startApi({
      database: api.database,
      env: { CORS_ORIGINS: 'https://app.example.com, https://crm.example.com' },
    });
    const preflight = (origin: string) =>
      open.request('/send-message', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-api-key,content-type,idempotency-key',
        },
      });
    const allowed = await preflight('https://app.example.com');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase()).toContain(
      'x-api-key',
    );
    const other = await preflight('https://evil.example.com');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const failed = await open.send({}, { origin: 'https://app.example.com' });
    expect(failed.status).toBe(400);
    expect(failed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    await open.stop();
  });
});
