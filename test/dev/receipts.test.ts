import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { type Served, serveLocally } from '../../dev/serve.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import { signResend } from '../../dev/vendors/resend.ts';
import { signTwilio } from '../../dev/vendors/twilio-call.ts';
import {
  emailRequest,
  instagramRequest,
  messengerRequest,
  send,
  twilioForm,
  twilioRequest,
  whatsappRequest,
} from './vendor-requests.ts';

type Received = { readonly headers: Headers; readonly body: string };

describe("the vendors' late receipts", () => {
  let vendors: Vendors;
  let webhook: Served;
  const received: Received[] = [];

  beforeAll(async () => {
    vendors = await startVendors();
    webhook = await serveLocally({
      fetch: async (request) => {
        received.push({ headers: request.headers, body: await request.text() });
        return new Response(null, { status: 204 });
      },
      port: 0,
    });
  });
  beforeEach(() => {
    received.length = 0;
    vendors.reset();
  });
  afterAll(async () => {
    await vendors.stop();
    await webhook.stop();
  });

  const nextReceipt = async (): Promise<Received> => {
    await expect.poll(() => vendors.receipts().length).toBe(1);
    expect(vendors.receipts()).toMatchObject([{ status: 204 }]);
    const [receipt] = received;
    if (!receipt) throw new Error('Expected a receipt.');
    return receipt;
  };

  const lateReceipt = (host: 'graph.facebook.com' | 'graph.instagram.com' | 'api.resend.com') =>
    ({ host, type: 'late_receipt', webhookUrl: `${webhook.origin}/hook` }) as const;

  const expectMetaSignature = ({ headers, body }: Received) => {
    const signature = createHmac('sha256', demoData.meta.appSecret).update(body).digest('hex');
    expect(headers.get('x-hub-signature-256')).toBe(`sha256=${signature}`);
  };

  test("Twilio's goes to the StatusCallback as a signed form, although the answer was lost", async () => {
    const StatusCallback = `${webhook.origin}/hook?message_id=msg_1`;
    vendors.fail({
      host: 'api.twilio.com',
      type: 'late_receipt',
      status: 'delivered',
      afterMs: 50,
      answer: 'cut',
    });
    const call = send(vendors, twilioRequest({ ...twilioForm, StatusCallback }));
    await expect(call).rejects.toThrow('fetch failed');
    expect(vendors.sent()).toHaveLength(1);

    const { headers, body } = await nextReceipt();
    const parameters = Object.fromEntries(new URLSearchParams(body));
    expect(parameters).toMatchObject({
      MessageSid: vendors.sent()[0]?.providerMessageId,
      MessageStatus: 'delivered',
      AccountSid: demoData.twilio.accountSid,
    });
    expect(headers.get('x-twilio-signature')).toBe(signTwilio(StatusCallback, parameters));
  });

  test("WhatsApp's carries our id", async () => {
    vendors.fail({ ...lateReceipt('graph.facebook.com'), status: 'failed' });
    expect((await send(vendors, whatsappRequest())).status).toBe(200);
    const receipt = await nextReceipt();
    expectMetaSignature(receipt);
    const status = {
      id: vendors.sent()[0]?.providerMessageId,
      status: 'failed',
      biz_opaque_callback_data: 'msg_1',
      errors: [{ code: 131026 }],
    };
    expect(JSON.parse(receipt.body)).toMatchObject({
      object: 'whatsapp_business_account',
      entry: [{ changes: [{ field: 'messages', value: { statuses: [status] } }] }],
    });
  });

  test.each([
    ['graph.facebook.com', messengerRequest(), 'page', demoData.meta.pageId],
    ['graph.instagram.com', instagramRequest(), 'instagram', demoData.meta.instagramId],
  ] as const)('%s says that a message was delivered', async (host, request, object, id) => {
    vendors.fail({ ...lateReceipt(host), status: 'delivered' });
    expect((await send(vendors, request)).status).toBe(200);
    const receipt = await nextReceipt();
    expectMetaSignature(receipt);
    const mid = vendors.sent()[0]?.providerMessageId;
    expect(JSON.parse(receipt.body)).toMatchObject({
      object,
      entry: [{ id, messaging: [{ delivery: { mids: [mid] } }] }],
    });
  });

  test("Resend's is signed, and has the tags as an object", async () => {
    vendors.fail({ ...lateReceipt('api.resend.com'), status: 'bounced' });
    expect((await send(vendors, emailRequest())).status).toBe(200);
    const { headers, body } = await nextReceipt();
    expect(JSON.parse(body)).toMatchObject({
      type: 'email.bounced',
      data: { email_id: vendors.sent()[0]?.providerMessageId, tags: { message_id: 'msg_1' } },
    });
    const id = headers.get('svix-id') ?? '';
    const timestamp = headers.get('svix-timestamp') ?? '';
    expect(headers.get('svix-signature')).toBe(signResend(id, timestamp, body));
  });

  test('a reset drops the receipts that are still to come', async () => {
    const StatusCallback = `${webhook.origin}/hook?message_id=msg_1`;
    vendors.fail({ host: 'api.twilio.com', type: 'late_receipt', status: 'sent', afterMs: 50 });
    await send(vendors, twilioRequest({ ...twilioForm, StatusCallback }));
    vendors.reset();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(received).toEqual([]);
  });
});
