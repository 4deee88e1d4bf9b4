import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import {
  type Captured,
  metaBody,
  resendBody,
  startWebhooks,
  twilioForm,
  type Webhooks,
} from './captured-webhooks.ts';
import {
  emailBody,
  emailRequest,
  instagramRequest,
  messengerBody,
  messengerRequest,
  send,
  twilioForm as smsForm,
  twilioRequest,
  type VendorRequest,
  whatsappRequest,
} from './vendor-requests.ts';

const { twilio, contact, meta } = demoData;

const whatsappStatus = z
  .object({
    entry: z.tuple([
      z.object({
        changes: z.tuple([
          z.object({
            value: z.object({ statuses: z.tuple([z.looseObject({ status: z.string() })]) }),
          }),
        ]),
      }),
    ]),
  })
  .transform(
    ({
      entry: [
        {
          changes: [{ value }],
        },
      ],
    }) => value.statuses[0],
  );

const messagingEvent = z
  .object({ entry: z.tuple([z.object({ messaging: z.tuple([z.looseObject({})]) })]) })
  .transform(({ entry: [{ messaging }] }) => messaging[0]);

const resendEvent = z.object({ type: z.string(), data: z.looseObject({}) });

const emailType = (call: Captured) => resendEvent.parse(resendBody(call)).type;
const messagingKind = (call: Captured) => {
  const keys = Object.keys(messagingEvent.parse(metaBody(call)));
  return keys.find((key) => ['message', 'delivery', 'read'].includes(key));
};
const twilioStatus = (call: Captured) => twilioForm(call).MessageStatus;

describe('the receipts that follow by themselves', () => {
  let vendors: Vendors;
  let webhooks: Webhooks;
  beforeAll(async () => {
    [vendors, webhooks] = await Promise.all([
      startVendors({ receipts: { afterMs: 5 } }),
      startWebhooks(),
    ]);
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

  const sms = () =>
    twilioRequest({ ...smsForm, StatusCallback: `${webhooks.at('twilio/1')}?message_id=msg_1` });
  const twilioWhatsapp = () =>
    twilioRequest({
      To: `whatsapp:${contact.whatsappNumber}`,
      From: `whatsapp:${twilio.phoneNumber}`,
      Body: 'Hello Jane 👋',
      StatusCallback: `${webhooks.at('twilio/1')}?message_id=msg_1`,
    });

  /** The first calls, up to that many, after a check that no more come for a while. */
  const calls = async (count: number): Promise<readonly Captured[]> => {
    await expect.poll(() => webhooks.calls.length, { timeout: 5000 }).toBeGreaterThanOrEqual(count);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(webhooks.calls).toHaveLength(count);
    expect(vendors.receipts().map(({ status }) => status)).toEqual(Array(count).fill(200));
    return webhooks.calls;
  };

  const sent = async (request: VendorRequest, count: number) => {
    expect((await send(vendors, request)).ok).toBe(true);
    const [message, ...others] = vendors.sent();
    if (!message) throw new Error('Expected a message.');
    expect(others).toEqual([]);
    return { id: message.providerMessageId, calls: await calls(count) };
  };

  test('say on SMS that Twilio sent and delivered', async () => {
    const { id, calls } = await sent(sms(), 2);
    expect(calls.map(twilioStatus)).toEqual(['sent', 'delivered']);
    for (const call of calls) {
      expect(call.url).toBe(`${webhooks.at('twilio/1')}?message_id=msg_1`);
      expect(twilioForm(call)).toMatchObject({ MessageSid: id, SmsSid: id, To: contact.phone });
    }
    const tokens = calls.map(({ headers }) => headers.get('i-twilio-idempotency-token'));
    expect(new Set(tokens).size).toBe(2);
  });

  test('say at Twilio on WhatsApp that the contact read, too', async () => {
    const { calls } = await sent(twilioWhatsapp(), 3);
    expect(calls.map(twilioStatus)).toEqual(['sent', 'delivered', 'read']);
    expect(calls.map((call) => twilioForm(call).EventType)).toEqual([
      undefined,
      'DELIVERED',
      'READ',
    ]);
  });

  test('do not come from Twilio without a StatusCallback', async () => {
    const { StatusCallback: _, ...form } = smsForm;
    await sent(twilioRequest(form), 0);
  });

  test('say on WhatsApp that Meta sent, delivered, and that the contact read', async () => {
    const { id, calls } = await sent(whatsappRequest(), 3);
    const statuses = calls.map((call) => whatsappStatus.parse(metaBody(call)));
    expect(statuses).toMatchObject(
      ['sent', 'delivered', 'read'].map((status) => ({
        id,
        status,
        biz_opaque_callback_data: 'msg_1',
      })),
    );
    expect(calls.every(({ url }) => url === webhooks.urls.meta)).toBe(true);
  });

  test('echo on Messenger with our metadata, then tell of delivery and reading', async () => {
    const message = { ...messengerBody.message, metadata: 'msg_1' };
    const { id, calls } = await sent(messengerRequest({ ...messengerBody, message }), 3);
    const [echo, delivery, read] = calls.map((call) => messagingEvent.parse(metaBody(call)));
    expect(echo).toMatchObject({
      sender: { id: meta.pageId },
      recipient: { id: contact.messengerUserId },
      message: { mid: id, is_echo: true, metadata: 'msg_1', text: message.text },
    });
    const fromJane = { sender: { id: contact.messengerUserId }, recipient: { id: meta.pageId } };
    const now = { watermark: expect.any(Number) };
    expect(delivery).toMatchObject({ ...fromJane, delivery: { mids: [id], ...now } });
    expect(read).toMatchObject({ ...fromJane, read: now });
    expect(calls.every(({ url }) => url === webhooks.urls.meta)).toBe(true);
  });

  test('echo on Instagram, then tell of reading alone', async () => {
    const { id, calls } = await sent(instagramRequest(), 2);
    const [echo, read] = calls.map((call) => messagingEvent.parse(metaBody(call)));
    expect(echo).toMatchObject({
      sender: { id: meta.instagramId },
      message: { mid: id, is_echo: true },
    });
    expect(read).toMatchObject({ sender: { id: contact.instagramUserId }, read: { mid: id } });
    expect(calls.every(({ url }) => url === webhooks.urls.instagram)).toBe(true);
  });

  test('say that Resend sent, delivered, and that the contact opened', async () => {
    const { id, calls } = await sent(emailRequest(emailBody, 'key-1'), 3);
    expect(calls.map(emailType)).toEqual(['email.sent', 'email.delivered', 'email.opened']);
    for (const call of calls) {
      const data = { email_id: id, tags: { message_id: 'msg_1' } };
      expect(resendBody(call)).toMatchObject({ data });
    }
    expect(new Set(calls.map(({ headers }) => headers.get('svix-id'))).size).toBe(3);
  });

  test('do not come again for a send that Resend knows by its key', async () => {
    await sent(emailRequest(emailBody, 'key-1'), 3);
    await sent(emailRequest(emailBody, 'key-1'), 3);
  });

  test.each(['take_then_cut', 'take_then_hang', 'take_then_truncate'] as const)(
    'come although the send met %s',
    async (type) => {
      vendors.fail({ host: 'api.twilio.com', type });
      const lost = async () =>
        (await send(vendors, sms(), { signal: AbortSignal.timeout(200) })).text();
      await expect(lost()).rejects.toThrow();
      expect((await calls(2)).map(twilioStatus)).toEqual(['sent', 'delivered']);
    },
  );

  test('do not come where the vendor took nothing', async () => {
    vendors.fail({ host: 'api.twilio.com', type: 'status', status: 500 });
    expect((await send(vendors, sms())).status).toBe(500);
    await calls(0);
  });

  test('come twice, each pair in the very same words', async () => {
    vendors.autoReceipts({ afterMs: 0, times: 2 });
    const { calls } = await sent(sms(), 4);
    expect(calls.map(twilioStatus)).toEqual(['sent', 'sent', 'delivered', 'delivered']);
    const tokens = calls.map(({ headers }) => headers.get('i-twilio-idempotency-token'));
    expect(tokens[1]).toBe(tokens[0]);
    expect(tokens[3]).toBe(tokens[2]);
    expect(new Set(tokens).size).toBe(2);
    expect(calls[1]?.body).toBe(calls[0]?.body);
  });

  const orders = async (shuffle: number) => {
    vendors.reset();
    webhooks.reset();
    vendors.autoReceipts({ afterMs: 0, times: 2, shuffle });
    await send(vendors, emailRequest());
    const first = (await calls(6)).map(emailType);
    await send(vendors, emailRequest());
    return [first, (await calls(12)).slice(6).map(emailType)];
  };

  test('come in an order that the seed chooses, twice and none left out', async () => {
    const [first = [], second = []] = await orders(1);
    const usual = ['email.sent', 'email.delivered', 'email.opened'].flatMap((type) => [type, type]);
    for (const order of [first, second]) {
      expect([...order].sort()).toEqual([...usual].sort());
      expect(order).not.toEqual(usual);
    }
    expect(await orders(1)).toEqual([first, second]);
    expect(await orders(2)).not.toEqual([first, second]);
  });

  test('have a Messenger message read before it was delivered, when shuffled', async () => {
    vendors.autoReceipts({ afterMs: 0, shuffle: 6 });
    const { calls } = await sent(messengerRequest(), 3);
    expect(calls.map(messagingKind)).toEqual(['read', 'delivery', 'message']);
  });

  test('tell only of the steps that are asked for, in the vendor’s words', async () => {
    vendors.autoReceipts({ afterMs: 0, steps: ['failed'] });
    expect((await sent(sms(), 1)).calls.map(twilioForm)).toMatchObject([
      { MessageStatus: 'undelivered', ErrorCode: '30003' },
    ]);
    await send(vendors, emailRequest());
    await expect.poll(() => webhooks.calls.length).toBe(2);
    expect(webhooks.calls.slice(1).map(emailType)).toEqual(['email.bounced']);
  });

  test('wait as long as they are told before each', async () => {
    vendors.autoReceipts({ afterMs: 150 });
    const start = performance.now();
    await sent(sms(), 2);
    expect(performance.now() - start).toBeGreaterThan(290);
  });

  test('can be turned off, and are on again after a reset, as at the start', async () => {
    vendors.autoReceipts(null);
    await sent(sms(), 0);
    vendors.reset();
    await sent(sms(), 2);
  });

  test('end with a reset', async () => {
    vendors.autoReceipts({ afterMs: 60 });
    await send(vendors, sms());
    await expect.poll(() => webhooks.calls.length).toBe(1);
    vendors.reset();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(webhooks.calls).toHaveLength(1);
  });

  const put = (body: string) =>
    fetch(`${vendors.origin}/_control/receipts/auto`, { method: 'PUT', body });

  test('are set over the control route, too', async () => {
    expect((await put('null')).status).toBe(204);
    await sent(sms(), 0);
    vendors.reset();
    expect((await put('{"afterMs":0,"steps":["delivered"]}')).status).toBe(204);
    expect((await sent(sms(), 1)).calls.map(twilioStatus)).toEqual(['delivered']);
    const refused = await put('{"afterMs":0,"steps":["opened"]}');
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('delivered');
    expect((await put('{}')).status).toBe(400);
  });
});

test('no receipt follows by itself unless it is asked for', async () => {
  const [vendors, webhooks] = await Promise.all([startVendors(), startWebhooks()]);
  vendors.callBack(webhooks.urls);
  await send(vendors, emailRequest());
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(webhooks.calls).toEqual([]);
  await vendors.stop();
  await webhooks.stop();
});
