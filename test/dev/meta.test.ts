import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import {
  instagramBody,
  instagramRequest,
  messengerBody,
  messengerRequest,
  send,
  whatsappBody,
  whatsappRequest,
} from './vendor-requests.ts';

const { meta } = demoData;
const messenger = messengerRequest();
const instagram = instagramRequest();
const { to: _, ...whatsappWithoutTo } = whatsappBody;
const textOf = (length: number) => ({ text: 'x'.repeat(length) });

describe("Meta's double", () => {
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors();
  });
  beforeEach(() => vendors.reset());
  afterAll(() => vendors.stop());

  test('takes a WhatsApp message, and keeps its text and our id', async () => {
    const body = { ...whatsappBody, context: { message_id: 'wamid.IN' } };
    const answer = await send(vendors, whatsappRequest(body));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      contacts: [{ input: whatsappBody.to, wa_id: whatsappBody.to }],
      messages: [{ id: vendors.sent()[0]?.providerMessageId }],
    });
    expect(vendors.sent()).toMatchObject([
      {
        vendor: 'meta',
        channel: 'whatsapp',
        to: whatsappBody.to,
        from: meta.phoneNumberId,
        text: whatsappBody.text.body,
        replyTo: 'wamid.IN',
        providerMessageId: expect.stringMatching(/^wamid\./),
        ourMessageId: 'msg_1',
      },
    ]);
  });

  test('takes a business-scoped id in place of a number', async () => {
    const body = { ...whatsappWithoutTo, recipient: 'US.1349ABC' };
    expect((await send(vendors, whatsappRequest(body))).status).toBe(200);
    expect(vendors.sent()[0]?.to).toBe('US.1349ABC');
  });

  test.each([
    ['Messenger', messenger, 'facebook', messengerBody.recipient.id],
    [
      'Messenger, by way of me',
      { ...messenger, path: messenger.path.replace(meta.pageId, 'me') },
      'facebook',
      messengerBody.recipient.id,
    ],
    ['Instagram', instagram, 'instagram', instagramBody.recipient.id],
    [
      'Instagram, by way of the page',
      messengerRequest({ ...messengerBody, recipient: instagramBody.recipient }),
      'instagram',
      instagramBody.recipient.id,
    ],
  ] as const)('takes a message on %s', async (_name, request, channel, to) => {
    const answer = await send(vendors, request);
    expect(answer.status).toBe(200);
    const message_id = vendors.sent()[0]?.providerMessageId;
    expect(await answer.json()).toEqual({ recipient_id: to, message_id });
    expect(vendors.sent()).toMatchObject([{ channel, to, text: messengerBody.message.text }]);
  });

  test.each([
    [
      '4096 characters on WhatsApp',
      whatsappRequest({ ...whatsappBody, text: { body: 'x'.repeat(4096) } }),
    ],
    ['2000 characters on Messenger', messengerRequest({ ...messengerBody, message: textOf(2000) })],
    [
      '1000 bytes on Instagram',
      instagramRequest({ ...instagramBody, message: { text: 'é'.repeat(500) } }),
    ],
    ['a reply on Messenger', messengerRequest({ ...messengerBody, reply_to: { mid: 'm_1' } })],
    [
      'the human agent tag',
      messengerRequest({ ...messengerBody, messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }),
    ],
  ])('takes %s', async (_name, request) => {
    expect((await send(vendors, request)).status).toBe(200);
  });
});
