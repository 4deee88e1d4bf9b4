import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import type { ReceiptInput } from '../../dev/vendors/receipt-schema.ts';
import {
  metaBody,
  resendBody,
  startWebhooks,
  twilioForm,
  type Webhooks,
} from './captured-webhooks.ts';
import {
  emailRequest,
  instagramRequest,
  messengerRequest,
  send,
  twilioForm as smsForm,
  twilioRequest,
  type VendorRequest,
  whatsappRequest,
} from './vendor-requests.ts';

const contracts = join(import.meta.dirname, '../../../shared/vendors/contracts');

describe('a receipt that is asked for', () => {
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

  const sms = () => twilioRequest({ ...smsForm, StatusCallback: `${webhooks.at('twilio/1')}?a=b` });

  const take = async (request: VendorRequest): Promise<string> => {
    expect((await send(vendors, request)).ok).toBe(true);
    return vendors.sent().at(-1)?.providerMessageId ?? '';
  };

  const tell = async (receipt: ReceiptInput) => {
    const { providerMessageId } = receipt;
    expect(await vendors.receipt(receipt)).toEqual({
      providerMessageId,
      status: 200,
      statuses: [200],
    });
    return webhooks.calls.at(-1) ?? expect.fail('Expected a call.');
  };

  test('tells at Twilio why a message was not delivered', async () => {
    const id = await take(sms());
    const call = await tell({ providerMessageId: id, status: 'undelivered', errorCode: 30005 });
    expect(call.url).toBe(`${webhooks.at('twilio/1')}?a=b`);
    expect(twilioForm(call)).toMatchObject({
      MessageSid: id,
      MessageStatus: 'undelivered',
      SmsStatus: 'undelivered',
      ErrorCode: '30005',
      RawDlrDoneDate: expect.stringMatching(/^\d{10}$/),
    });
  });

  test('tells on WhatsApp why a message failed', async () => {
    const id = await take(whatsappRequest());
    const call = await tell({
      providerMessageId: id,
      status: 'failed',
      errorCode: 131047,
      errorMessage: 'Re-engagement message',
    });
    const failed = {
      id,
      status: 'failed',
      errors: [{ code: 131047, title: 'Re-engagement message' }],
    };
    expect(metaBody(call)).toMatchObject({
      entry: [{ changes: [{ value: { statuses: [failed] } }] }],
    });
  });

  const messaging = (event: object) => ({ entry: [{ messaging: [event] }] });

  test('tells on Messenger up to when messages were delivered and read', async () => {
    const providerMessageId = await take(messengerRequest());
    const watermark = 1_772_998_034_000;
    const delivery = await tell({ providerMessageId, status: 'delivery', watermark });
    expect(metaBody(delivery)).toMatchObject(
      messaging({ delivery: { mids: [providerMessageId], watermark } }),
    );
    const read = await tell({ providerMessageId, status: 'read', watermark });
    expect(metaBody(read)).toMatchObject(messaging({ read: { watermark } }));
    const unnamed = await tell({ providerMessageId, status: 'delivery', withoutMids: true });
    expect(metaBody(unnamed)).toMatchObject(
      messaging({ delivery: { watermark: expect.any(Number) } }),
    );
    expect(unnamed.body).not.toContain('mids');
  });

  test('tells on Instagram which message was read', async () => {
    const mid = await take(instagramRequest());
    const call = await tell({ providerMessageId: mid, status: 'read' });
    expect(metaBody(call)).toMatchObject(messaging({ read: { mid } }));
  });

  test.each([
    ['bounced', 'Transient', { bounce: { type: 'Transient', subType: 'General' } }],
    ['email.failed', 'reached_monthly_quota', { failed: { reason: 'reached_monthly_quota' } }],
    ['suppressed', 'previous_complaint', { suppressed: { reason: 'previous_complaint' } }],
  ])('tells at Resend why an email was %s', async (status, errorCode, details) => {
    const providerMessageId = await take(emailRequest());
    const call = await tell({ providerMessageId, status, errorCode });
    expect(resendBody(call)).toMatchObject({
      type: `email.${status.replace('email.', '')}`,
      data: { email_id: providerMessageId, ...details },
    });
  });

  test('goes out as often as it is asked for, in the very same words', async () => {
    const receipt = { providerMessageId: await take(sms()), status: 'delivered', times: 3 };
    expect(await vendors.receipt(receipt)).toMatchObject({ statuses: [200, 200, 200] });
    expect(webhooks.calls).toHaveLength(3);
    const tokens = webhooks.calls.map(({ headers }) => headers.get('i-twilio-idempotency-token'));
    expect(new Set(tokens).size).toBe(1);
    expect(new Set(webhooks.calls.map(({ body }) => body)).size).toBe(1);
    expect(vendors.receipts()).toHaveLength(3);
  });

  test('comes for a message whose answer was lost', async () => {
    vendors.fail({ host: 'api.twilio.com', type: 'take_then_cut' });
    await expect(send(vendors, sms())).rejects.toThrow('fetch failed');
    const [message] = vendors.sent();
    const call = await tell({
      providerMessageId: message?.providerMessageId ?? '',
      status: 'delivered',
    });
    expect(twilioForm(call).MessageStatus).toBe('delivered');
  });

  test('is told what the webhook answered', async () => {
    webhooks.answerWith(401);
    const receipt = { providerMessageId: await take(sms()), status: 'sent' };
    expect(await vendors.receipt(receipt)).toMatchObject({ status: 401 });
    expect(vendors.receipts()).toMatchObject([{ status: 401, event: 'sent' }]);
  });

  const post = (body: object) =>
    fetch(`${vendors.origin}/_control/receipts`, { method: 'POST', body: JSON.stringify(body) });

  test('is asked for over the control route, too', async () => {
    const providerMessageId = await take(sms());
    const answer = await post({ providerMessageId, status: 'delivered' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ providerMessageId, status: 200, statuses: [200] });
    expect(webhooks.calls).toHaveLength(1);
  });

  const { StatusCallback: _, ...withoutCallback } = smsForm;
  test.each([
    ['an SMS that was read', smsForm, 'read', 'delivered'],
    ['a word of another vendor', smsForm, 'email.sent', 'delivered'],
    ['a message without a StatusCallback', withoutCallback, 'sent', 'StatusCallback'],
  ])('is refused for %s, and says what to do', async (_name, form, status, words) => {
    const providerMessageId = await take(twilioRequest(form));
    const answer = await post({ providerMessageId, status });
    expect(answer.status).toBe(400);
    expect(z.object({ error: z.string() }).parse(await answer.json()).error).toContain(words);
    expect(webhooks.calls).toEqual([]);
  });

  test('is refused for a message that no double took', async () => {
    const answer = await post({ providerMessageId: 'SM1', status: 'sent' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('GET /_control/sent');
    await expect(vendors.receipt({ providerMessageId: 'SM1', status: 'sent' })).rejects.toThrow(
      'No double took SM1',
    );
  });

  test.skipIf(!existsSync(contracts))(
    'fits the contract of Resend, as an inbound email does',
    async () => {
      const file = 'resend.emails.json';
      const ajv = addFormats.default(new Ajv2020({ strict: false, logger: false }));
      ajv.addSchema(JSON.parse(readFileSync(join(contracts, file), 'utf8')), file);
      const expectFit = (schema: string) => {
        const validate = ajv.compile({ $ref: `${file}#/components/schemas/${schema}` });
        validate(resendBody(webhooks.calls.at(-1) ?? expect.fail('Expected a call.')));
        expect({ schema, errors: validate.errors }).toEqual({ schema, errors: null });
      };
      const providerMessageId = await take(emailRequest());
      for (const [status, schema] of [
        ['sent', 'EmailSentEvent'],
        ['delivered', 'EmailDeliveredEvent'],
        ['opened', 'EmailOpenedEvent'],
        ['clicked', 'EmailClickedEvent'],
        ['bounced', 'EmailBouncedEvent'],
        ['failed', 'EmailFailedEvent'],
        ['suppressed', 'EmailSuppressedEvent'],
        ['complained', 'EmailComplainedEvent'],
      ] as const) {
        await tell({ providerMessageId, status });
        expectFit(schema);
      }
      const attachments = [{ kind: 'image', mimeType: 'image/png' }] as const;
      await vendors.write({ channel: 'email', text: 'Hello', attachments: [...attachments] });
      expectFit('EmailReceivedEvent');
    },
  );
});
