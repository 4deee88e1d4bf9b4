import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resend } from '../../src/channels/resend.ts';
import type { OutboundMessage } from '../../src/ports/channel.ts';
import { answer, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { describeChannelProvider } from './conformance.ts';
import { aMessage, type DocumentedError, errorsFor } from './provider-fixture.ts';

const apiKey = 're_123456789';
const message = aMessage('email', 'Acme <hello@acme.example>', 'jane@example.com', {
  subject: 'Your order',
});

const ownMessageId = `<${message.id}@acme.example>`;

const toBody = (name: string | number) => ({ statusCode: 0, name, message: `Resend: ${name}` });

const documentedErrors: readonly DocumentedError[] = [
  ...errorsFor('other', ['validation_error'], toBody, 400),
  ...errorsFor('misconfigured', ['validation_error'], toBody, 403),
  ...errorsFor(
    'misconfigured',
    ['validation_error'],
    (name) => ({ statusCode: 400, name, message: 'API key is invalid' }),
    400,
  ),
  ...errorsFor('other', ['validation_error'], toBody, 422),
  ...errorsFor(
    'misconfigured',
    ['missing_api_key', 'restricted_api_key', 'authentication_error'],
    toBody,
    401,
  ),
  ...errorsFor('misconfigured', ['invalid_api_key', 'suspended_api_key'], toBody, 403),
  ...errorsFor('misconfigured', ['not_found'], toBody, 404),
  ...errorsFor('other', ['invalid_idempotency_key'], toBody, 400),
  ...errorsFor('content_rejected', ['invalid_attachment'], toBody, 422),
  ...errorsFor('content_rejected', ['security_error'], toBody, 451),
  ...errorsFor(
    'misconfigured',
    ['invalid_from_address', 'invalid_access', 'invalid_region'],
    toBody,
    422,
  ),
  ...errorsFor('other', ['invalid_parameter', 'missing_required_field'], toBody, 422),
  ...errorsFor('quota_exceeded', ['daily_quota_exceeded', 'monthly_quota_exceeded'], toBody, 429),
  ...errorsFor('quota_exceeded', ['email_above_quota'], toBody, 403),
  ...errorsFor('rate_limited', ['rate_limit_exceeded'], toBody, 429),
  // Words that every JavaScript object knows are not codes of Resend.
  ...errorsFor('other', ['constructor', '__proto__', 'toString'], toBody, 400),
  ...errorsFor('provider_unavailable', ['service_unavailable'], toBody, 503),
  ...[
    [409, 'concurrent_idempotent_requests'] as const,
    [409, 'resource_locked'] as const,
    [409, 'invalid_idempotent_request'] as const,
    [500, 'application_error'] as const,
    [500, 'internal_server_error'] as const,
    [503, 'application_error'] as const,
  ].map(([status, name]) => ({
    when: name,
    status,
    body: toBody(name),
    expected: 'unknown' as const,
  })),
];

describeChannelProvider({
  provider: resend,
  channel: 'email',
  credentials: { apiKey },
  secret: apiKey,
  message,
  url: 'https://api.resend.com/emails',
  accepted: {
    body: { id: '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794' },
    id: '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794',
  },
  wrongCredentials: [null, {}, { apiKey: '' }, { apiKey: `${apiKey} x` }, { key: apiKey }],
  documentedErrors,
});

describe('the request to Resend', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer();
    server.answerWith(answer(200, { id: 'e1' }));
  });
  afterEach(() => server.stop());

  const sent = async (
    changes: Partial<OutboundMessage> = {},
    credentials: unknown = { apiKey },
  ) => {
    const io = { fetch: server.fetch, signal: AbortSignal.timeout(5000) };
    await resend.send(credentials, { ...message, ...changes }, io);
    const [request] = server.requests;
    return { ...request, json: JSON.parse(request?.body ?? '') };
  };

  test('carries the text in both forms, and our id as key and as tag', async () => {
    const { json, headers } = await sent();
    expect(json).toEqual({
      from: 'Acme <hello@acme.example>',
      to: 'jane@example.com',
      subject: 'Your order',
      text: 'Your order is on its way.',
      html: '<p>Your order is on its way.</p>',
      tags: [{ name: 'message_id', value: message.id }],
      headers: { 'Message-ID': ownMessageId, References: ownMessageId },
    });
    expect(headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': message.id,
      'user-agent': 'crm-api',
    });
  });

  test('is the same for the same message, so that the key protects it', async () => {
    const first = await sent();
    await sent();
    expect(server.requests[1]?.body).toBe(first.body);
    expect(server.requests[1]?.headers['idempotency-key']).toBe(first.headers?.['idempotency-key']);
  });

  test('shows the text as it was written', async () => {
    const text = 'Hi "Jane" & co,\r\n1 < 2 > 0, it\'s\n\n\n<script>alert(1)</script>\n \nBye';
    const { json } = await sent({ content: { text } });
    expect(json.text).toBe(text);
    expect(json.html).toBe(
      '<p>Hi &quot;Jane&quot; &amp; co,<br>1 &lt; 2 &gt; 0, it&#39;s</p>\n' +
        '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n<p>Bye</p>',
    );
  });

  test('keeps its subject on one line', async () => {
    const { json } = await sent({ subject: 'Hello\r\nBcc: all@example.com\n\tx\u0000' });
    expect(json.subject).toBe('Hello Bcc: all@example.com x');
  });

  test('is threaded to the email that it answers', async () => {
    const emailMessageId = '<CAF=abc+1@mail.example.com>';
    const { json } = await sent({ replyTo: { providerMessageId: null, emailMessageId } });
    expect(json.headers).toEqual({
      'Message-ID': ownMessageId,
      'In-Reply-To': emailMessageId,
      References: `${emailMessageId} ${ownMessageId}`,
    });
  });

  test.each([
    null,
    '',
    'no-brackets@example.com',
    '<a@b.example>\r\nBcc: all@example.com',
    '<a@b.example> <c@d.example>',
  ])('is not threaded to %j, which is no Message-ID', async (emailMessageId) => {
    const { json } = await sent({ replyTo: { providerMessageId: 'x', emailMessageId } });
    expect(json.headers).toEqual({ 'Message-ID': ownMessageId, References: ownMessageId });
  });

  test('forgives a key that was pasted with its line break', async () => {
    const { headers } = await sent({}, { apiKey: `${apiKey}\n` });
    expect(headers).toMatchObject({ authorization: `Bearer ${apiKey}` });
  });
});
