import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import type { InboundInput } from '../../dev/vendors/inbound-schema.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import {
  type Captured,
  metaBody,
  resendBody,
  startWebhooks,
  twilioForm,
  type Webhooks,
} from './captured-webhooks.ts';
import { send, twilioRequest } from './vendor-requests.ts';

const { contact, twilio, meta, resend } = demoData;
const text = 'Grüße von Jane 👋';
const photo = { mimeType: 'image/jpeg', url: 'https://files.example.com/a.jpg' };
const image = { ...photo, kind: 'image' } as const;

const emailEvent = z.object({ data: z.object({ email_id: z.string() }) });

describe('a contact who writes', () => {
  let vendors: Vendors;
  let webhooks: Webhooks;
  beforeAll(async () => {
    [vendors, webhooks] = await Promise.all([startVendors(), startWebhooks()]);
    vendors.callBack(webhooks.urls);
  });
  beforeEach(() => {
    vendors.reset();
    webhooks.reset();
  });
  afterAll(async () => {
    await vendors.stop();
    await webhooks.stop();
  });

  /** The only call that the message caused. */
  const write = async (message: InboundInput) => {
    const posted = await vendors.write(message);
    expect(posted).toMatchObject({ status: 200, statuses: [200] });
    const [call, ...others] = webhooks.calls;
    if (!call) throw new Error('Expected a call.');
    expect(others).toEqual([]);
    return { call, id: posted.providerMessageId };
  };

  test('is passed on by Twilio as a signed form, on SMS', async () => {
    const { call, id } = await write({ channel: 'sms', text });
    expect(call.url).toBe(webhooks.urls.twilio);
    expect(id).toMatch(/^SM[0-9a-f]{32}$/);
    const form = twilioForm(call);
    expect(form).toMatchObject({
      MessageSid: id,
      SmsSid: id,
      SmsMessageSid: id,
      SmsStatus: 'received',
      AccountSid: twilio.accountSid,
      From: contact.phone,
      To: twilio.phoneNumber,
      Body: text,
      NumMedia: '0',
      NumSegments: '1',
      FromCity: '',
    });
    expect(form).not.toHaveProperty('OptOutType');
    expect(form).not.toHaveProperty('MessageStatus');
  });

  test('sends pictures over Twilio as media', async () => {
    const { call, id } = await write({
      channel: 'sms',
      from: '+15005550199',
      to: twilio.secondPhoneNumber,
      attachments: [image, { ...image, mimeType: 'image/png' }],
    });
    expect(id).toMatch(/^MM/);
    expect(twilioForm(call)).toMatchObject({
      From: '+15005550199',
      To: twilio.secondPhoneNumber,
      Body: '',
      NumMedia: '2',
      MediaUrl0: photo.url,
      MediaContentType0: 'image/jpeg',
      MediaUrl1: photo.url,
      MediaContentType1: 'image/png',
    });
  });

  test.each([
    ['STOP', 'STOP'],
    [' unsubscribe ', 'STOP'],
    ['Start', 'START'],
    ['help', 'HELP'],
    ['please stop', undefined],
  ])('has "%s" understood by Twilio as %s', async (word, type) => {
    const { call } = await write({ channel: 'sms', text: word });
    expect(twilioForm(call).OptOutType).toBe(type);
  });

  test('is not texted by Twilio after STOP, from that number, until START', async () => {
    const { phone } = contact;
    const text = async (number: string) =>
      (await send(vendors, twilioRequest({ To: phone, From: number, Body: 'Hello' }))).status;
    const say = (word: string) =>
      vendors.write({ channel: 'sms', text: word, to: twilio.phoneNumber });

    await say('Stop');
    expect(await text(twilio.phoneNumber)).toBe(400);
    expect(await text(twilio.secondPhoneNumber)).toBe(201);
    await say('please start');
    expect(await text(twilio.phoneNumber)).toBe(400);
    await say('START');
    expect(await text(twilio.phoneNumber)).toBe(201);

    await say('STOP');
    vendors.reset();
    expect(await text(twilio.phoneNumber)).toBe(201);
  });

  test('is passed on by Twilio on WhatsApp, with name and number, as an answer', async () => {
    const { call, id } = await write({
      channel: 'whatsapp',
      provider: 'twilio',
      text,
      name: 'Jane D',
      inReplyTo: 'SM1',
    });
    expect(call.url).toBe(webhooks.urls.twilio);
    expect(twilioForm(call)).toMatchObject({
      MessageSid: id,
      From: `whatsapp:${contact.whatsappNumber}`,
      To: `whatsapp:${twilio.phoneNumber}`,
      Body: text,
      ProfileName: 'Jane D',
      WaId: contact.whatsappNumber.slice(1),
      OriginalRepliedMessageSid: 'SM1',
    });
  });

  const whatsappValue = (call: Captured, value: object) =>
    expect(metaBody(call)).toMatchObject({
      object: 'whatsapp_business_account',
      entry: [
        {
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { phone_number_id: meta.phoneNumberId },
                ...value,
              },
            },
          ],
        },
      ],
    });
  const waId = contact.whatsappNumber.slice(1);

  test('is passed on by Meta on WhatsApp', async () => {
    const { call, id } = await write({ channel: 'whatsapp', text, inReplyTo: 'wamid.1' });
    expect(call.url).toBe(webhooks.urls.meta);
    expect(id).toMatch(/^wamid\./);
    whatsappValue(call, {
      contacts: [{ profile: { name: contact.name }, wa_id: waId }],
      messages: [
        {
          from: waId,
          id,
          timestamp: expect.stringMatching(/^\d{10}$/),
          type: 'text',
          text: { body: text },
          context: { from: meta.displayPhoneNumber, id: 'wamid.1' },
        },
      ],
    });
  });

  test('sends a picture over WhatsApp with the text as its caption', async () => {
    const { call } = await write({ channel: 'whatsapp', text, attachments: [image] });
    const media = { id: expect.any(String), mime_type: 'image/jpeg', caption: text };
    whatsappValue(call, { messages: [{ type: 'image', image: media }] });
  });

  test('can hide the number on WhatsApp behind a business-scoped id', async () => {
    const from = 'US.13491208655302741918';
    const { call } = await write({ channel: 'whatsapp', text, from });
    whatsappValue(call, {
      contacts: [{ user_id: from }],
      messages: [{ from_user_id: from, text: { body: text } }],
    });
    expect(call.body).not.toMatch(/"wa_id"|"from":/);
  });

  const messageOf = async (message: InboundInput) => {
    const { call, id } = await write(message);
    return { call, id, body: JSON.stringify(metaBody(call)) };
  };

  test.each([
    [{ type: 'sticker' }, '"type":"sticker","sticker":{"id":"'],
    [{ type: 'button' }, '"button":{"payload":"CONFIRM_17","text":"Confirm"}'],
    [{ type: 'button', of: 'message', id: 'b' }, '"button_reply":{"id":"b","title":"Confirm"}'],
    [{ type: 'button', of: 'list', description: 'With Dr. Lee' }, '"description":"With Dr. Lee"'],
    [{ type: 'order' }, '"product_retailer_id":"sku-17","quantity":2,"item_price":12.5'],
    [{ type: 'form', answers: { day: '2026-12-04' } }, '\\"flow_token\\":\\"demo\\",\\"day\\"'],
    [{ type: 'location', name: 'Home' }, '"latitude":48.137,"longitude":11.575,"name":"Home"'],
    [{ type: 'contact_card' }, '"wa_id":"12125550199"'],
    [{ type: 'unknown' }, '"type":"unsupported","errors":[{"code":131051'],
    [{ type: 'unknown', word: 'poll' }, '"type":"poll","poll":{}'],
    [{ type: 'withdrawal', providerMessageId: 'wamid.1' }, '"original_message_id":"wamid.1"'],
    [{ type: 'new_number', number: '+15005550199' }, '"wa_id":"15005550199"'],
  ] as const)('can send %o over WhatsApp', async (what, words) => {
    const { call, body } = await messageOf({ channel: 'whatsapp', what });
    expect(body).toContain(words);
    whatsappValue(call, { messages: [{ from: waId }] });
  });

  test('corrects a message on WhatsApp and Messenger', async () => {
    const what = { type: 'correction', providerMessageId: 'm_1' } as const;
    const { body } = await messageOf({ channel: 'whatsapp', text: 'Tuesday', what });
    expect(body).toContain('"original_message_id":"m_1","message":{"type":"text"');
    webhooks.reset();
    const edited = await messageOf({ channel: 'facebook', text: 'Tuesday', what });
    expect(edited.body).toContain('"message_edit":{"mid":"m_1","text":"Tuesday"');
    expect(edited.id).toBe('m_1');
  });

  test('hears from a person: in the WhatsApp Business app, or in an inbox', async () => {
    const what = { type: 'echo' } as const;
    const { call, id } = await messageOf({ channel: 'whatsapp', text: 'From Tom', what });
    const echo = { id, from: meta.displayPhoneNumber, to: waId, text: { body: 'From Tom' } };
    expect(metaBody(call)).toMatchObject({
      entry: [{ changes: [{ field: 'smb_message_echoes', value: { message_echoes: [echo] } }] }],
    });
    webhooks.reset();
    const inbox = await messageOf({ channel: 'instagram', text: 'From Lisa', what });
    expect(metaBody(inbox.call)).toMatchObject({
      entry: [
        {
          messaging: [
            {
              sender: { id: meta.instagramId },
              recipient: { id: contact.instagramUserId },
              message: { mid: inbox.id, text: 'From Lisa', is_echo: true },
            },
          ],
        },
      ],
    });
  });

  test('is passed on late with the time at which it was written, or in a group', async () => {
    const at = '2026-11-01T08:00:00.000Z';
    const { call } = await messageOf({ channel: 'whatsapp', text, at, groupId: 'G' });
    whatsappValue(call, { messages: [{ timestamp: '1793520000', group_id: 'G' }] });
    webhooks.reset();
    const late = await messageOf({ channel: 'facebook', text, at });
    expect(late.body).toContain(`"timestamp":${Date.parse(at)}`);
  });

  test('presses a button over Twilio, in words that are no word of theirs', async () => {
    const what = { type: 'button', id: 'X_17', title: 'Cancel' } as const;
    const { call } = await write({ channel: 'whatsapp', provider: 'twilio', what });
    const form = twilioForm(call);
    expect(form).toMatchObject({ Body: 'Cancel', ButtonText: 'Cancel', ButtonPayload: 'X_17' });
    expect(form).not.toHaveProperty('OptOutType');
  });

  test('answers by RCS to the messaging service', async () => {
    const messagingServiceSid = 'MG0123456789abcdef0123456789abcdef';
    const { call } = await write({ channel: 'sms', text: 'STOP', rcs: { messagingServiceSid } });
    expect(twilioForm(call)).toMatchObject({
      From: `rcs:${contact.phone}`,
      To: 'rcs:acme_dental_agent',
      MessagingServiceSid: messagingServiceSid,
      OptOutType: 'STOP',
    });
  });

  test.each([
    ['facebook', 'page', meta.pageId, contact.messengerUserId],
    ['instagram', 'instagram', meta.instagramId, contact.instagramUserId],
  ] as const)('is passed on by Meta on %s', async (channel, object, account, from) => {
    const { call, id } = await write({
      channel,
      text,
      inReplyTo: 'm_1',
      attachments: [{ ...image, kind: 'document' }],
    });
    expect(call.url).toBe(channel === 'facebook' ? webhooks.urls.meta : webhooks.urls.instagram);
    expect(metaBody(call)).toEqual({
      object,
      entry: [
        {
          id: account,
          time: expect.any(Number),
          messaging: [
            {
              sender: { id: from },
              recipient: { id: account },
              timestamp: expect.any(Number),
              message: {
                mid: id,
                text,
                attachments: [{ type: 'file', payload: { url: photo.url } }],
                reply_to: { mid: 'm_1' },
              },
            },
          ],
        },
      ],
    });
  });

  const ask = (id: string, authorization = `Bearer ${resend.apiKey}`) =>
    fetch(`${vendors.origin}/api.resend.com/emails/receiving/${id}`, {
      headers: { authorization, 'user-agent': 'crm-api-tests' },
    });

  test('is announced by Resend without the text, which Resend is asked for', async () => {
    const { call, id } = await write({
      channel: 'email',
      text,
      subject: 'Re: Your appointment',
      inReplyTo: '<a@mail.example.com>',
      autoSubmitted: 'auto-replied',
      attachments: [{ ...image, name: 'tooth.jpg' }],
    });
    expect(call.url).toBe(webhooks.urls.resend);
    const event = resendBody(call);
    expect(event).toMatchObject({
      type: 'email.received',
      data: {
        email_id: id,
        from: `${contact.name} <${contact.email}>`,
        to: [`hello@${resend.domain}`],
        subject: 'Re: Your appointment',
        attachments: [{ filename: 'tooth.jpg', content_type: 'image/jpeg' }],
      },
    });
    expect(call.body).not.toContain('Jane 👋');
    expect(emailEvent.parse(event).data).not.toHaveProperty('headers');

    const answer = await ask(id);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      object: 'email',
      id,
      from: contact.email,
      to: [`hello@${resend.domain}`],
      subject: 'Re: Your appointment',
      message_id: expect.stringMatching(/^<.+@.+>$/),
      text,
      html: `<p>${text}</p>`,
      headers: {
        'in-reply-to': '<a@mail.example.com>',
        references: '<a@mail.example.com>',
        'auto-submitted': 'auto-replied',
        'authentication-results': expect.stringMatching(
          /^amazonses\.com; spf=pass .*dmarc=pass header\.from=example\.com;$/,
        ),
      },
    });
  });

  test('can write the email of a form on a website, and one with a forged From', async () => {
    const { id } = await write({
      channel: 'email',
      text,
      replyTo: 'Visitor <one@visitors.example>',
      authentication: 'fail',
      headers: { 'list-id': '<weekly.example.com>' },
    });
    expect(await (await ask(id)).json()).toMatchObject({
      reply_to: ['Visitor <one@visitors.example>'],
      headers: {
        'reply-to': 'Visitor <one@visitors.example>',
        'list-id': '<weekly.example.com>',
        'authentication-results': expect.stringContaining('dmarc=fail'),
      },
    });
  });

  test('can write an email of HTML alone', async () => {
    const { id } = await write({ channel: 'email', html: '<p>Hello</p>' });
    expect(await (await ask(id)).json()).toMatchObject({ text: null, html: '<p>Hello</p>' });
  });

  test('has emails kept for the owner of the key alone, until the reset', async () => {
    const { id } = await write({ channel: 'email', text });
    expect((await ask(id, 'Bearer re_wrong')).status).toBe(403);
    expect((await ask('00000000-0000-4000-8000-000000000000')).status).toBe(404);
    vendors.reset();
    const answer = await ask(id);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ statusCode: 404, name: 'not_found' });
  });

  test.each([
    ['sms', 'i-twilio-idempotency-token'],
    ['email', 'svix-id'],
    ['facebook', 'x-hub-signature-256'],
  ] as const)('is passed on twice in the very same words on %s', async (channel, header) => {
    const posted = await vendors.write({ channel, text, times: 2 });
    expect(posted).toMatchObject({ status: 200, statuses: [200, 200] });
    const [first, second] = webhooks.calls;
    expect(webhooks.calls).toHaveLength(2);
    expect(first?.headers.get(header)).toMatch(/./);
    expect(second?.headers.get(header)).toBe(first?.headers.get(header));
    expect(second?.body).toBe(first?.body);
  });

  test('is told what the webhook answered', async () => {
    webhooks.answerWith(503);
    expect(await vendors.write({ channel: 'sms', text })).toMatchObject({ status: 503 });
    vendors.callBack({ twilio: 'http://127.0.0.1:1/hook' });
    expect(await vendors.write({ channel: 'sms', text })).toMatchObject({ status: null });
    await expect(vendors.write({ channel: 'email', text })).rejects.toThrow('callBack');
    vendors.callBack(webhooks.urls);
  });

  const post = (body: string) =>
    fetch(`${vendors.origin}/_control/inbound`, { method: 'POST', body });

  test('writes over the control route, too', async () => {
    const answer = await post(JSON.stringify({ channel: 'sms', text }));
    expect(answer.status).toBe(200);
    const form = twilioForm(webhooks.calls[0] ?? expect.fail('Expected a call.'));
    expect(await answer.json()).toEqual({
      status: 200,
      statuses: [200],
      providerMessageId: form.MessageSid,
    });
  });

  test.each([
    ['no JSON', 'sms', 'send a JSON object'],
    ['another channel', '{"channel":"fax","text":"a"}', 'channel'],
    ['nothing to say', '{"channel":"sms"}', 'write something'],
    ['a wrong number', '{"channel":"sms","text":"a","from":"5005550101"}', '+15005550101'],
    ['an unknown field', '{"channel":"sms","text":"a","subject":"b"}', 'subject'],
    ['a strange mailbox', '{"channel":"email","to":"a@b.example"}', resend.domain],
    [
      'two files in one WhatsApp message',
      JSON.stringify({ channel: 'whatsapp', attachments: [image, image] }),
      'once for each',
    ],
    ['an order by SMS', '{"channel":"sms","what":{"type":"order"}}', 'nothing that the vendor'],
    ['an echo of nothing', '{"channel":"facebook","what":{"type":"echo"}}', 'write something'],
    [
      'a message unsent on Messenger',
      '{"channel":"facebook","what":{"type":"withdrawal","providerMessageId":"m_1"}}',
      'nothing that the vendor',
    ],
    [
      'a time at Twilio',
      '{"channel":"whatsapp","provider":"twilio","text":"a","at":"2026-11-01T08:00:00Z"}',
      'does not say when',
    ],
    [
      'an id in place of a number at Twilio',
      '{"channel":"whatsapp","provider":"twilio","text":"a","from":"US.1"}',
      'by their number',
    ],
  ])('is refused with %s, and told what to do', async (_name, body, words) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(z.object({ error: z.string() }).parse(await answer.json()).error).toContain(words);
    expect(webhooks.calls).toEqual([]);
  });
});
