import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { twilio } from '../../src/channels/twilio.ts';
import type { OutboundMessage } from '../../src/ports/channel.ts';
import { answer, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { describeChannelProvider } from './conformance.ts';
import {
  aMessage,
  type DocumentedError,
  errorsFor,
  type ProviderFixture,
} from './provider-fixture.ts';

const accountSid = 'AC0123456789abcdef0123456789abcdef';
const authToken = 'f00dfeedf00dfeedf00dfeedf00dfeed';
const serviceSid = 'MG0123456789abcdef0123456789abcdef';

const toBody = (code: string | number) => ({
  code: Number(code),
  message: `Twilio says ${code}`,
  more_info: `https://www.twilio.com/docs/errors/${code}`,
  status: 400,
});

const permanent = { laterMayHelp: false, otherSenderMayHelp: false };
const documentedErrors: readonly DocumentedError[] = [
  ...errorsFor('invalid_recipient', [21211, 21614, 30005, 30006, 63003, 63014, 63024], toBody),
  ...errorsFor('misconfigured', [21408, 21606, 21601, 21608, 21266, 30002, 30034], toBody),
  ...errorsFor('misconfigured', [20003], toBody, 401),
  ...errorsFor('opted_out', [21610, 30004], toBody),
  ...errorsFor('content_rejected', [21617, 30007, 63019, 63021], toBody),
  ...errorsFor('rate_limited', [20429], toBody, 429),
  ...errorsFor('rate_limited', [30001, 63018], toBody),
  ...errorsFor('window_closed', [63016], toBody),
  ...errorsFor('other', [11200, 63032, 63049], toBody),
  {
    when: 'code 21612, this To from this From',
    status: 400,
    body: toBody(21612),
    expected: { reason: 'other', laterMayHelp: false, otherSenderMayHelp: true },
  },
  ...[30003, 30008].map((code) => ({
    when: `code ${code}, which may pass`,
    status: 400,
    body: toBody(code),
    expected: { reason: 'other', laterMayHelp: true, otherSenderMayHelp: false } as const,
  })),
  {
    when: 'a 21xxx that is not known yet',
    status: 400,
    body: toBody(21999),
    expected: {
      reason: 'other',
      code: '21999',
      message: 'Twilio says 21999',
      retryAfterMs: null,
      ...permanent,
    },
  },
  {
    when: 'a 21xxx that is not known yet',
    status: 403,
    body: toBody(21998),
    expected: { reason: 'other', ...permanent },
  },
  { when: 'a 500 with a code', status: 500, body: toBody(20500), expected: 'unknown' },
];

const fixtureFor = (channel: 'sms' | 'whatsapp'): ProviderFixture => ({
  provider: twilio,
  channel,
  credentials: { accountSid, authToken },
  secret: authToken,
  message: aMessage(channel, '+15550001111', '+15552229999'),
  url: `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages.json`,
  accepted: { body: { sid: 'SM0123', status: 'queued', error_code: null }, id: 'SM0123' },
  wrongCredentials: [
    null,
    'text',
    {},
    { accountSid, token: authToken },
    { accountSid, authToken: `${authToken}\nX-Other: 1` },
    { accountSid: 7, authToken },
  ],
  documentedErrors,
});

describeChannelProvider(fixtureFor('sms'));
describeChannelProvider(fixtureFor('whatsapp'));

describe('the request to Twilio', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer();
    server.answerWith(answer(201, { sid: 'SM0123' }));
  });
  afterEach(() => server.stop());

  const sent = async (
    message: OutboundMessage,
    credentials: unknown = { accountSid, authToken },
  ) => {
    const io = { fetch: server.fetch, signal: AbortSignal.timeout(5000) };
    await twilio.send(credentials, message, io);
    const [request] = server.requests;
    return { ...request, form: Object.fromEntries(new URLSearchParams(request?.body)) };
  };

  test('carries the text as it is and where to report', async () => {
    const message = aMessage('sms', '+15550001111', '+15552229999', {
      content: { text: 'Ünï & co = 100 % 🎉\n+1' },
    });
    const { form, headers } = await sent(message);
    expect(form).toEqual({
      From: '+15550001111',
      To: '+15552229999',
      Body: 'Ünï & co = 100 % 🎉\n+1',
      StatusCallback: message.receiptUrl,
    });
    expect(headers?.['content-type']).toBe('application/x-www-form-urlencoded');
    expect(headers?.authorization).toBe(`Basic ${btoa(`${accountSid}:${authToken}`)}`);
  });

  test('names WhatsApp in both addresses', async () => {
    const { form } = await sent(aMessage('whatsapp', '+15550001111', '+15552229999'));
    expect(form).toMatchObject({ From: 'whatsapp:+15550001111', To: 'whatsapp:+15552229999' });
  });

  test.each([
    ['sms', '+15552229999'],
    ['whatsapp', 'whatsapp:+15552229999'],
  ] as const)('names a messaging service instead of a number on %s', async (channel, to) => {
    const { form } = await sent(aMessage(channel, serviceSid, '+15552229999'));
    expect(form).toMatchObject({ MessagingServiceSid: serviceSid, To: to });
    expect(form).not.toHaveProperty('From');
  });

  test('takes an alphanumeric sender that begins with MG for a sender', async () => {
    const { form } = await sent(aMessage('sms', 'MGMOTORS', '+15552229999'));
    expect(form).toMatchObject({ From: 'MGMOTORS' });
  });

  test('goes to no other path, whatever the account is called', async () => {
    const { url } = await sent(aMessage('sms', '+1555', '+1556'), {
      accountSid: '../../Calls?x=',
      authToken,
    });
    expect(url).toContain('/Accounts/..%2F..%2FCalls%3Fx%3D/Messages.json');
  });

  test('is not made with credentials that lack a field, and the field is named', async () => {
    const io = { fetch: server.fetch, signal: AbortSignal.timeout(5000) };
    const outcome = await twilio.send({ accountSid }, aMessage('sms', '+1555', '+1556'), io);
    expect(outcome).toMatchObject({
      message: "The connection's credentials are missing or malformed: authToken.",
    });
  });

  test('is not made for a WhatsApp user without a phone number', async () => {
    const io = { fetch: server.fetch, signal: AbortSignal.timeout(5000) };
    const message = aMessage('whatsapp', '+15550001111', 'US.13491208655302741918');
    const outcome = await twilio.send({ accountSid, authToken }, message, io);
    expect(outcome).toMatchObject({ type: 'refused', reason: 'invalid_recipient' });
    expect(server.requests).toEqual([]);
  });
});
