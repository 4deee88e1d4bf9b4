import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { resendWebhook } from '../../src/channels/resend-webhook.ts';
import { answer, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import {
  aCall,
  anInbound,
  aReceipt,
  flipBit,
  readSample,
  receivedAt,
  samplesAreHere,
  samplesTitle,
} from './webhook-call.ts';

const webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ourId = 'msg_01jdw1q5s0e9ra2zj3mcyrqz8k';
const created = '2026-04-20T11:41:58.126Z';
const at = Date.parse(created);

const parse = (type: string, data: unknown, created_at: unknown = created) =>
  resendWebhook.parse(aCall(JSON.stringify({ type, created_at, data })));

describe("Resend's signature", () => {
  const timestamp = `${receivedAt / 1000}`;
  const body = '{"type":"email.sent"}';
  const key = Buffer.from(webhookSecret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`evt_1.${timestamp}.${body}`).digest('base64');
  const headers = {
    'svix-id': 'evt_1',
    'svix-timestamp': timestamp,
    'svix-signature': `v1,${signature}`,
  };
  const call = aCall(body, { headers });

  test('is verified', async () => {
    expect(await resendWebhook.verify({ apiKey: 're_1', webhookSecret }, call)).toBe(true);
  });

  test.each([
    ['one bit flipped', { webhookSecret }, { ...call, body: flipBit(call.body, 5) }],
    ['an old time', { webhookSecret }, { ...call, receivedAt: receivedAt + 301_000 }],
    ['another secret', { webhookSecret: `whsec_${btoa('other')}` }, call],
    ['no secret', { apiKey: 're_1' }, call],
    ['no credentials', null, call],
  ])('is turned away with %s', async (_, credentials, given) => {
    expect(await resendWebhook.verify(credentials, given)).toBe(false);
  });
});

describe("Resend's receipt", () => {
  const email = { email_id: 'e1', to: ['jane@example.com'], tags: { message_id: ourId } };
  const known = { providerMessageId: 'e1', messageId: ourId, at };

  test.each([
    ['sent', 'sent'],
    ['scheduled', 'sent'],
    ['delivery_delayed', 'sent'],
    ['delivered', 'delivered'],
    ['opened', 'read'],
    ['clicked', 'read'],
  ] as const)('%s is %s, of the message that its tag names', (name, status) => {
    expect(parse(`email.${name}`, email)).toEqual([aReceipt({ ...known, status })]);
  });

  test('of a complaint is a delivery after which nothing more is sent', () => {
    expect(parse('email.complained', email)).toEqual([
      aReceipt({ ...known, status: 'delivered', consequence: 'opted_out' }),
    ]);
  });

  test.each([
    [
      'bounced',
      { bounce: { type: 'Permanent', subType: 'General', message: 'No such user' } },
      'invalid_recipient',
      'Permanent',
      'No such user',
      'invalid',
    ],
    [
      'bounced',
      { bounce: { type: 'Transient', subType: 'MailboxFull', message: 'Full' } },
      'other',
      'Transient',
      'Full',
      null,
    ],
    ['bounced', { bounce: { type: 'Undetermined' } }, 'other', 'Undetermined', null, null],
    ['bounced', {}, 'other', null, null, null],
    [
      'failed',
      { failed: { reason: 'reached_daily_quota' } },
      'quota_exceeded',
      'reached_daily_quota',
      'reached_daily_quota',
      null,
    ],
    [
      'failed',
      { failed: { reason: 'jane@example.com is odd' } },
      'other',
      null,
      'jane@example.com is odd',
      null,
    ],
    [
      'suppressed',
      { suppressed: { reason: 'previous_bounce', message: 'x' } },
      'invalid_recipient',
      'previous_bounce',
      'x',
      'invalid',
    ],
    [
      'suppressed',
      { suppressed: { reason: 'previous_complaint' } },
      'opted_out',
      'previous_complaint',
      'previous_complaint',
      'opted_out',
    ],
    [
      'suppressed',
      { suppressed: { reason: 'constructor' } },
      'other',
      'constructor',
      'constructor',
      null,
    ],
  ] as const)(
    '%s with %o fails for its reason',
    (name, more, reason, code, message, consequence) => {
      expect(parse(`email.${name}`, { ...email, ...more })).toEqual([
        aReceipt({ ...known, status: 'failed', failure: { reason, code, message }, consequence }),
      ]);
    },
  );

  test.each([
    [[{ name: 'a', value: 'b' }, null, { name: 'message_id', value: ourId }], ourId],
    [[], null],
    [{ other: 'x' }, null],
    [undefined, null],
    ['x', null],
    [{ message_id: 1 }, null],
  ])('with the tags %j is of the message %j', (tags, messageId) => {
    expect(parse('email.sent', { ...email, tags })).toEqual([
      aReceipt({ ...known, status: 'sent', messageId }),
    ]);
  });

  test.each([
    ['email.invented', email],
    ['constructor', email],
    ['contact.created', {}],
    ['email.sent', {}],
    ['email.sent', null],
  ])('%s about %o is left out', (type, data) => {
    expect(parse(type, data)).toEqual([]);
  });

  test.each(['', 'x', null, 5, '9999-01-01T00:00:00Z'])('of %j is of when it came', (createdAt) => {
    expect(parse('email.sent', email, createdAt)).toMatchObject([{ at: receivedAt }]);
  });
});

describe('an email that comes through Resend', () => {
  const email = {
    email_id: 'e2',
    from: '"Doe, Jane" <Jane@Example.com>',
    to: ['Acme <Hello@acme.example>', 'other@acme.example'],
    cc: ['hello@acme.example'],
    bcc: ['Quiet <quiet@acme.example>'],
    received_for: ['inbox@acme.example'],
    message_id: '<a@mail.example.com>',
    subject: 'Re: Your order',
    attachments: [{ id: 'f1', filename: 'a.pdf', content_type: 'application/pdf' }, null],
  };
  const expected = anInbound({
    channel: 'email',
    accounts: [
      'hello@acme.example',
      'other@acme.example',
      'quiet@acme.example',
      'inbox@acme.example',
    ],
    from: 'jane@example.com',
    name: 'Doe, Jane',
    providerMessageId: 'e2',
    at,
    textIsElsewhere: true,
    subject: 'Re: Your order',
    attachments: [
      { kind: 'document', id: 'f1', url: null, mimeType: 'application/pdf', name: 'a.pdf' },
    ],
    email: {
      messageId: '<a@mail.example.com>',
      threadIds: [],
      automatic: false,
      authenticated: null,
    },
  });

  test('is told of without its text', () => {
    expect(parse('email.received', email)).toEqual([expected]);
  });

  test.each([
    [{ from: 'jane@example.com' }, { name: null }],
    [{ from: '<jane@example.com>' }, { name: null }],
    [
      { cc: null, bcc: [], received_for: undefined, to: 'Hello@acme.example' },
      { accounts: ['hello@acme.example'] },
    ],
    [{ to: undefined, cc: 'x', bcc: null, received_for: [1, null] }, { accounts: [] }],
    [{ attachments: null }, { attachments: [] }],
    [{ subject: '' }, { subject: null }],
    [{ message_id: 'a@mail.example.com' }, {}],
    [
      { message_id: null },
      { email: { messageId: null, threadIds: [], automatic: false, authenticated: null } },
    ],
    [
      { headers: [{ name: 'In-Reply-To', value: '<b@c>' }] },
      {
        email: {
          messageId: '<a@mail.example.com>',
          threadIds: ['<b@c>'],
          automatic: false,
          authenticated: null,
        },
      },
    ],
  ])('is read with %j', (changes, differences) => {
    expect(parse('email.received', { ...email, ...changes })).toEqual([
      { ...expected, ...differences },
    ]);
  });

  test.each([
    'no-reply@shop.example',
    'Shop <NoReply@shop.example>',
    'noreply+123@shop.example',
    'do_not_reply@shop.example',
    'orders-noreply@shop.example',
    'MAILER-DAEMON@shop.example',
    'postmaster@shop.example',
    'ne-pas-repondre@shop.example',
    'nicht-antworten@shop.example',
    'shop.no-responder@shop.example',
    'nao-responda@shop.example',
    'bounces+17=jane@shop.example',
  ])('from %s was written by no person', (from) => {
    expect(parse('email.received', { ...email, from })).toMatchObject([
      { email: { automatic: true, authenticated: null } },
    ]);
  });

  test.each(['reply@shop.example', 'nora.reply@shop.example', 'jane@noreply.example'])(
    'from %s may be written by a person',
    (from) => {
      expect(parse('email.received', { ...email, from })).toMatchObject([
        { email: { automatic: false, authenticated: null } },
      ]);
    },
  );

  test.each([{ from: '' }, { from: '<>' }, { from: null }, { email_id: '' }])(
    'is left out with %o',
    (changes) => {
      expect(parse('email.received', { ...email, ...changes })).toEqual([]);
    },
  );
});

describe('whatever is called', () => {
  test.each(['', 'x', '[]', 'null', '{}', '{"type":1}'])(
    '%j is not in the format of Resend',
    (body) => {
      expect(resendWebhook.parse(aCall(body))).toBeNull();
    },
  );

  test('parsing never throws', () => {
    const type = fc.constantFrom('email.received', 'email.bounced', 'email.sent', 'x');
    const data = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom('email_id', 'from', 'to', 'tags', 'bounce', 'headers', 'attachments'),
        fc.oneof(fc.jsonValue(), fc.constant('a@b'), fc.string({ unit: 'binary' })),
      ),
    );
    fc.assert(
      fc.property(type, data, fc.string(), (name, given, createdAt) => {
        for (const event of parse(name, given, createdAt) ?? []) {
          if ('at' in event) expect(() => new Date(event.at).toISOString()).not.toThrow();
        }
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        resendWebhook.parse(aCall(body));
      }),
    );
  });
});

describe('the text of an email', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.stop());

  const fetchWith = (credentials: unknown, id = 'e2') =>
    resendWebhook.fetchText?.(credentials, id, {
      fetch: server.fetch,
      signal: AbortSignal.timeout(5000),
    });
  const fetched = async (email: unknown) => {
    server.answerWith(answer(200, email));
    return fetchWith({ apiKey: 're_1' });
  };

  test('is asked for with the key', async () => {
    server.answerWith(answer(200, { text: 'Hi' }));
    await fetchWith({ apiKey: 're_1' }, 'e/2');
    expect(server.requests).toMatchObject([
      {
        method: 'GET',
        headers: { authorization: 'Bearer re_1', 'user-agent': 'crm-api' },
      },
    ]);
    expect(server.requests[0]?.url).toBe(
      'https://api.resend.com/emails/receiving/e%2F2?html_format=cid',
    );
  });

  test.each([
    [{ text: 'Hi\r\nthere\0', html: '<p>No</p>' }, 'Hi\nthere'],
    [{ text: null, html: '<p>Hi&nbsp;there</p>' }, 'Hi there'],
    [{ text: ' \n', html: '<p>Hi</p>' }, 'Hi'],
    [{ text: '', html: null }, ''],
    [{}, ''],
  ])('of %j is %j', async (email, text) => {
    expect(await fetched(email)).toMatchObject({ fetched: { text } });
  });

  test.each([
    { 'in-reply-to': '<b@c>', References: '<a@b>\n <b@c>' },
    [{ name: 'In-Reply-To', value: '<b@c>' }, { name: 'references', value: '<a@b> <b@c>' }, null],
    { 'In-Reply-To': '<b@c>', references: ['<a@b>', '<b@c>'], other: 1 },
  ])('comes with the ids of its thread from %j', async (headers) => {
    expect(await fetched({ text: 'Hi', message_id: '<c@d>', headers })).toEqual({
      type: 'fetched',
      fetched: {
        text: 'Hi',
        email: {
          messageId: '<c@d>',
          threadIds: ['<b@c>', '<a@b>'],
          automatic: false,
          authenticated: null,
        },
      },
    });
  });

  test.each([
    [{ 'auto-submitted': 'auto-replied' }, true],
    [{ 'Auto-Submitted': 'auto-generated; x=y' }, true],
    [{ 'auto-submitted': 'No' }, false],
    [{ 'auto-submitted': '' }, false],
    [{ precedence: 'Bulk' }, true],
    [{ precedence: 'junk' }, true],
    [{ precedence: 'list' }, true],
    [{ precedence: 'auto_reply' }, true],
    [{ precedence: 'first-class' }, false],
    [{ 'x-auto-response-suppress': 'DR, OOF, AutoReply' }, true],
    [{ 'x-auto-response-suppress': 'All' }, true],
    [{ 'x-auto-response-suppress': 'None' }, false],
    [{ 'x-autoreply': 'yes' }, true],
    [{ 'X-Autorespond': '' }, true],
    [{ 'return-path': '<>' }, true],
    [{ 'return-path': '<jane@example.com>' }, false],
    [{ 'list-id': '<weekly.toothtimes.example>' }, true],
    [{ 'List-Unsubscribe': '<https://toothtimes.example/u/1>' }, true],
    [[{ name: 'List-Post', value: 'NO' }], true],
    [{ 'feedback-id': '1.eu-west-1.abc=:AmazonSES' }, false],
    [{ 'feedback-id': 'x', 'list-unsubscribe-post': 'List-Unsubscribe=One-Click' }, true],
    [{ 'x-precedence': 'auto-reply' }, true],
    [{ 'content-type': 'multipart/report; report-type=disposition-notification' }, true],
    [{ 'content-type': 'multipart/mixed; boundary=report' }, false],
    [{ 'x-failed-recipients': 'jane@example.com' }, true],
    [{ 'delivered-to': 'Autoresponder' }, true],
    [null, false],
    ['x', false],
  ])('with the headers %j was written by a machine: %j', async (headers, automatic) => {
    expect(await fetched({ text: 'Hi', headers })).toMatchObject({
      fetched: { email: { automatic } },
    });
  });

  const from = 'Jane <jane@mail.example.com>';
  const ses = (results: string) => `amazonses.com; ${results}`;
  test.each([
    [
      ses('spf=none; dkim=pass header.i=@example.com; dmarc=pass header.from=mail.example.com;'),
      true,
    ],
    [ses('spf=pass (of x) client-ip=192.0.2.1; envelope-from=a@mail.example.com; helo=x'), true],
    [ses('dkim=pass header.i=@example.com'), true],
    [ses('dkim=fail header.i=@example.com; dkim=pass header.d=example.com'), true],
    [ses('dkim=pass header.i=@other.mail.example.com'), false],
    [ses('dkim=pass header.i=@notexample.com; spf=pass; envelope-from=a@evil.example'), false],
    [ses('spf=none; dkim=none; dmarc=none'), false],
    [
      ses('spf=pass; envelope-from=a@mail.example.com; dmarc=fail header.from=mail.example.com'),
      false,
    ],
    [ses('dmarc=pass header.from=evil.example'), false],
    [ses('spf=none client-ip=192.0.2.1; envelope-from=a@evil.example; helo=x;dmarc=pass;'), false],
    [ses('spf=fail; helo=x;spf=pass;envelope-from=a@mail.example.com; dkim=none'), false],
    [ses('spf=fail (dmarc=pass header.from=mail.example.com); dmarc=none'), false],
    [ses('spf=fail; envelope-from="; dkim=pass header.d=example.com;"@evil.example'), false],
    [
      ses(
        'spf=fail; dmarc=none\nAuthentication-Results: amazonses.com; dkim=pass header.d=example.com',
      ),
      false,
    ],
    [[ses('dmarc=fail'), ses('dmarc=pass header.from=mail.example.com')], false],
    ['mx.evil.example; dmarc=pass header.from=mail.example.com', null],
    ['mx.evil.example; dmarc=fail', false],
    ['', false],
  ])('with the results %j is vouched for: %j', async (results, authenticated) => {
    const headers = { 'Authentication-Results': results };
    expect(await fetched({ from, text: 'Hi', headers })).toMatchObject({
      fetched: { email: { authenticated } },
    });
  });

  test('is judged by the topmost of its results in a list, by SPF alone, and by what was found in it', async () => {
    const judge = async (headers: unknown) => await fetched({ from, text: 'Hi', headers });
    const name = 'authentication-results';
    const own = { name, value: ses('dmarc=fail') };
    const theirs = { name, value: ses('dmarc=pass header.from=mail.example.com') };
    const not = { fetched: { email: { authenticated: false } } };
    expect(await judge([own, theirs])).toMatchObject(not);
    expect(await judge({ 'x-ses-spam-verdict': 'FAIL', [name]: theirs.value })).toMatchObject(not);
    expect(
      await judge({ 'received-spf': 'softfail (x) envelope-from=a@example.com' }),
    ).toMatchObject(not);
    expect(
      await judge({
        'Received-SPF': 'pass (x) client-ip=192.0.2.1; envelope-from=a@example.com; helo=x;',
      }),
    ).toMatchObject({ fetched: { email: { authenticated: true } } });
    expect(await judge({ 'arc-authentication-results': `i=1; ${theirs.value}` })).toMatchObject({
      fetched: { email: { authenticated: null } },
    });
  });

  test.each([
    [
      { reply_to: ['Visitor, One <One@visitors.example>'] },
      'one@visitors.example',
      'Visitor, One',
      false,
    ],
    [
      { reply_to: '"Visitor \\"One\\"" <one@visitors.example>' },
      'one@visitors.example',
      'Visitor One',
      false,
    ],
    [{ headers: { 'Reply-To': 'one@visitors.example' } }, 'one@visitors.example', null, false],
    [{ reply_to: ['no-reply@visitors.example'] }, 'no-reply@visitors.example', null, true],
    [{ reply_to: ['a@b.example'], headers: { precedence: 'bulk' } }, 'a@b.example', null, true],
  ])('with %j is its only Reply-To’s', async (given, address, name, automatic) => {
    const email = { from: 'noreply@forms.example', text: 'Hi', ...given };
    expect(await fetched(email)).toMatchObject({
      fetched: { email: { automatic: true, replyTo: { address, name, automatic } } },
    });
  });

  test.each([
    [['a@b.example', 'c@d.example']],
    [['a@b.example, c@d.example']],
    [['JANE@mail.example.com']],
    [['undisclosed']],
    [[`${'<'.repeat(500)}a@b.example`]],
    [[]],
  ])('with %j in Reply-To is From’s', async (reply_to) => {
    const { fetched: { email } = {} } = z
      .object({ fetched: z.object({ email: z.looseObject({}) }) })
      .parse(await fetched({ from, text: 'Hi', reply_to }));
    expect(email).not.toHaveProperty('replyTo');
  });

  const quoted = '<div style="mso-line-height-rule:exactly">On Monday you wrote …</div>\r\n';
  const longHtml = (bytes: number) => quoted.repeat(Math.ceil(bytes / Buffer.byteLength(quoted)));

  test.each([2, 9])('is read although its HTML has %i MB', async (megabytes) => {
    const html = longHtml(megabytes * 1000 * 1000);
    expect(await fetched({ html, text: 'Call me.' })).toMatchObject({
      fetched: { text: 'Call me.' },
    });
  });

  test('is what stands first in a long HTML', async () => {
    const html = `<p>Call me.</p>${longHtml(3 * 1000 * 1000)}`;
    expect(await fetched({ html, text: null })).toMatchObject({
      fetched: { text: expect.stringMatching(/^Call me\.\nOn Monday you wrote …\n/) },
    });
  });

  const notFetched = (
    reason: string,
    status: number | null = null,
    code: string | null = null,
  ) => ({ type: 'not_fetched', reason, status, code });

  test('is not read when the whole email is over 10 MiB', async () => {
    const html = longHtml(10 * 1024 * 1024);
    expect(await fetched({ html, text: 'Hi' })).toEqual(notFetched('too_long', 200));
  });

  const forbidden = { name: 'restricted_api_key', message: 'not for jane@example.com' };
  test.each([
    [answer(401, forbidden), 'refused', 401, 'restricted_api_key'],
    [answer(404, { name: 'not_found', message: 'Email not found' }), 'refused', 404, 'not_found'],
    [answer(403, { name: 'to jane@example.com' }), 'refused', 403, null],
    [answer(422, { name: 7 }), 'refused', 422, null],
    [answer(500, 'x'.repeat(2 * 1024 * 1024)), 'refused', 500, null],
    [answer(429, {}), 'refused', 429, null],
    [answer(302, ''), 'refused', 302, null],
    [answer(200, 'not JSON'), 'unreadable', 200, null],
    [answer(200, []), 'unreadable', 200, null],
  ])(
    'is not to be had now with the answer %#, and says why',
    async (given, reason, status, code) => {
      server.answerWith(given);
      expect(await fetchWith({ apiKey: 're_1' })).toEqual(notFetched(reason, status, code));
    },
  );

  test('is not to be had when the connection breaks, or without a key', async () => {
    const io = { fetch: () => Promise.reject(new Error('x')), signal: AbortSignal.timeout(5000) };
    expect(await resendWebhook.fetchText?.({ apiKey: 're_1' }, 'e2', io)).toEqual(
      notFetched('no_answer'),
    );
    expect(await fetchWith({})).toEqual(notFetched('misconfigured'));
    expect(server.requests).toEqual([]);
  });
});

describe.skipIf(!samplesAreHere)(samplesTitle("Resend's samples"), () => {
  test('a sent email', () => {
    expect(resendWebhook.parse(aCall(readSample('resend.sent.json')))).toEqual([
      aReceipt({
        status: 'sent',
        providerMessageId: '172c41ce-ba6d-4281-8a7a-541faa725748',
        at: Date.parse('2024-04-08T09:43:09.500Z'),
      }),
    ]);
  });
});
