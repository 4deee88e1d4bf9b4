import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { meta } from '../../src/channels/meta.ts';
import type { OutboundMessage } from '../../src/ports/channel.ts';
import { answer, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { describeChannelProvider } from './conformance.ts';
import { instagramErrors, messengerErrors, whatsappErrors } from './meta-documented-errors.ts';
import { aMessage } from './provider-fixture.ts';

const accessToken = 'EAAGm0PX4ZCpsBA';
const shared = {
  provider: meta,
  credentials: { accessToken, appSecret: 'app', verifyToken: 'verify' },
  secret: accessToken,
  wrongCredentials: [
    7,
    [],
    { accessToken: '' },
    { accessToken: `${accessToken}\r\nX-Other: 1` },
    { accessToken, graphVersion: '../v25.0' },
    { accessToken, instagramLogin: 'yes' },
  ],
};
const whatsappMessage = aMessage('whatsapp', '106540352242922', '+1 (555) 222-9999');
const facebookMessage = aMessage('facebook', '108166285283', '7233491');
const instagramMessage = aMessage('instagram', '17841400', '90210');
const pageResponse = { recipient_id: '7233491', message_id: 'm_AG5Hz2' };

describeChannelProvider({
  ...shared,
  channel: 'whatsapp',
  message: whatsappMessage,
  url: 'https://graph.facebook.com/v25.0/106540352242922/messages',
  accepted: {
    body: {
      messaging_product: 'whatsapp',
      contacts: [{ input: '15552229999', wa_id: '15552229999' }],
      messages: [{ id: 'wamid.HBgL', message_status: 'accepted' }],
    },
    id: 'wamid.HBgL',
  },
  documentedErrors: whatsappErrors,
});

describeChannelProvider({
  ...shared,
  channel: 'facebook',
  message: facebookMessage,
  url: 'https://graph.facebook.com/v25.0/108166285283/messages',
  accepted: { body: pageResponse, id: 'm_AG5Hz2' },
  documentedErrors: messengerErrors,
});

describeChannelProvider({
  ...shared,
  channel: 'instagram',
  credentials: { accessToken, instagramLogin: true },
  message: instagramMessage,
  url: 'https://graph.instagram.com/v25.0/17841400/messages',
  accepted: { body: pageResponse, id: 'm_AG5Hz2' },
  documentedErrors: instagramErrors,
});

describe('the request to Meta', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.stop());

  const send = (message: OutboundMessage, credentials: unknown = { accessToken }) =>
    meta.send(credentials, message, { fetch: server.fetch, signal: AbortSignal.timeout(5000) });

  const sent = async (message: OutboundMessage, credentials?: unknown) => {
    await send(message, credentials);
    const [request] = server.requests;
    return { ...request, json: JSON.parse(request?.body ?? '') };
  };

  const replyTo = { providerMessageId: 'wamid.IN', emailMessageId: null };

  test('is a WhatsApp text to a number, with our own id', async () => {
    const { json, headers } = await sent(whatsappMessage);
    expect(json).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '15552229999',
      type: 'text',
      text: { body: whatsappMessage.content.text, preview_url: false },
      biz_opaque_callback_data: whatsappMessage.id,
    });
    expect(headers).toMatchObject({
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
    });
  });

  test.each(['US.13491208655302741918', 'BR.ENT.13491208655302741918'])(
    'addresses the business-scoped id %s as a recipient',
    async (to) => {
      const { json } = await sent({ ...whatsappMessage, to });
      expect(json).toMatchObject({ recipient: to });
      expect(json).not.toHaveProperty('to');
    },
  );

  test('answers a WhatsApp message', async () => {
    const { json } = await sent({ ...whatsappMessage, replyTo });
    expect(json).toMatchObject({ context: { message_id: 'wamid.IN' } });
  });

  test.each(['US.1349-12086', 'us.1349', 'jane.doe.1', 'abc', ''])(
    'is not made for the WhatsApp address %j, whose digits may be a stranger’s',
    async (to) => {
      server.answerWith(answer(200, {}));
      const outcome = await meta.send(
        { accessToken: 'token' },
        { ...whatsappMessage, to },
        { fetch: server.fetch, signal: AbortSignal.timeout(5000) },
      );
      expect(outcome).toMatchObject({ type: 'refused', reason: 'invalid_recipient' });
      expect(server.requests).toEqual([]);
    },
  );

  test('is a Messenger response', async () => {
    const { json } = await sent(facebookMessage);
    expect(json).toEqual({
      recipient: { id: '7233491' },
      messaging_type: 'RESPONSE',
      message: { text: facebookMessage.content.text, metadata: facebookMessage.id },
    });
  });

  test('is an Instagram message', async () => {
    const { json } = await sent(instagramMessage);
    expect(json).toEqual({
      recipient: { id: '90210' },
      message: { text: instagramMessage.content.text },
    });
  });

  test.each([facebookMessage, instagramMessage])(
    'answers a message on $channel',
    async (message) => {
      const { json } = await sent({ ...message, replyTo });
      expect(json).toMatchObject({ reply_to: { mid: 'wamid.IN' } });
    },
  );

  test.each([whatsappMessage, facebookMessage, instagramMessage])(
    'answers nothing on $channel when the vendor’s id is not known',
    async (message) => {
      const { json } = await sent({
        ...message,
        replyTo: { providerMessageId: null, emailMessageId: '<a@b.example>' },
      });
      expect(json).not.toHaveProperty('reply_to');
      expect(json).not.toHaveProperty('context');
    },
  );

  test.each([
    [instagramMessage, { accessToken }, 'https://graph.facebook.com/v25.0/17841400/messages'],
    [
      instagramMessage,
      { accessToken, graphVersion: 'v26.0', instagramLogin: true },
      'https://graph.instagram.com/v26.0/17841400/messages',
    ],
    [
      facebookMessage,
      { accessToken, instagramLogin: true },
      'https://graph.facebook.com/v25.0/108166285283/messages',
    ],
  ])('of %o with %o goes to %s', async (message, credentials, url) => {
    expect(await sent(message, credentials)).toMatchObject({ url });
  });

  test('is limited in bytes on Instagram', () => {
    expect(meta.carries).toEqual({
      whatsapp: { text: { max: 4096, unit: 'characters' } },
      facebook: { text: { max: 2000, unit: 'characters' } },
      instagram: { text: { max: 1000, unit: 'bytes' } },
    });
  });

  test.each([
    ['{"1":[{"type":"whatsapp","estimated_time_to_regain_access":3}]}', 180_000],
    [
      '{"1":[{"estimated_time_to_regain_access":0}],"2":[{"estimated_time_to_regain_access":5},{}]}',
      300_000,
    ],
    ['{"1":[{"estimated_time_to_regain_access":0}]}', null],
    ['not json', null],
  ])('that hit a limit waits as the usage header %s says', async (usage, retryAfterMs) => {
    const error = { error: { code: 130429, message: 'Rate limit hit' } };
    server.answerWith(answer(400, error, { 'x-business-use-case-usage': usage }));
    expect(await send(whatsappMessage)).toMatchObject({ reason: 'rate_limited', retryAfterMs });
  });
});
