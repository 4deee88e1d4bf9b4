import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import { signTwilio } from '../../dev/vendors/twilio-call.ts';
import { send, twilioForm, twilioRequest } from './vendor-requests.ts';

const errorSchema = z.strictObject({
  code: z.int(),
  message: z.string().min(1),
  more_info: z.url(),
  status: z.int(),
});

describe("Twilio's double", () => {
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors();
  });
  beforeEach(() => vendors.reset());
  afterAll(() => vendors.stop());

  const good = twilioRequest();
  const form = (changes: Record<string, string>) => twilioRequest({ ...twilioForm, ...changes });
  const without = (name: string) =>
    twilioRequest(Object.fromEntries(Object.entries(twilioForm).filter(([key]) => key !== name)));

  test('takes a message, and keeps its text and our id', async () => {
    const answer = await send(vendors, good);
    expect(answer.status).toBe(201);
    const { sid } = z.object({ sid: z.string() }).parse(await answer.json());
    expect(sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(vendors.sent()).toEqual([
      {
        vendor: 'twilio',
        channel: 'sms',
        to: demoData.contact.phone,
        from: demoData.twilio.phoneNumber,
        text: twilioForm.Body,
        providerMessageId: sid,
        ourMessageId: 'msg_1',
        receivedAt: expect.any(String),
      },
    ]);
  });

  test('takes WhatsApp messages between channel addresses', async () => {
    const { phoneNumber } = demoData.twilio;
    const request = form({ To: 'whatsapp:+15005550101', From: `whatsapp:${phoneNumber}` });
    expect((await send(vendors, request)).status).toBe(201);
    expect(vendors.sent()[0]?.channel).toBe('whatsapp');
  });

  test.each([
    [
      'no credentials',
      { ...good, headers: { 'content-type': good.headers['content-type'] } },
      401,
      20003,
    ],
    [
      'a wrong token',
      { ...good, headers: { ...good.headers, authorization: `Basic ${btoa('AC1:x')}` } },
      401,
      20003,
    ],
    [
      'another account in the path',
      { ...good, path: good.path.replace(/AC\w+/, 'AC00000000000000000000000000000000') },
      404,
      20404,
    ],
    [
      'another API version',
      { ...good, path: good.path.replace('2010-04-01', '2008-08-01') },
      404,
      20404,
    ],
    ['another method', { ...good, method: 'PUT' }, 405, 20004],
    [
      'JSON in place of a form',
      { ...good, headers: { ...good.headers, 'content-type': 'application/json' } },
      400,
      21604,
    ],
    ['no To', without('To'), 400, 21604],
    ['no From', without('From'), 400, 21603],
    ['no Body', without('Body'), 400, 21602],
    ['an empty Body', form({ Body: '' }), 400, 21602],
    ['a To that is not E.164', form({ To: '5005550101' }), 400, 21211],
    ['a From that is not E.164', form({ From: 'hello' }), 400, 21212],
    ['a From that is not ours', form({ From: '+15005550099' }), 400, 21606],
    [
      'a WhatsApp From that is not ours',
      form({ To: 'whatsapp:+15005550101', From: 'whatsapp:+15005550099' }),
      400,
      63007,
    ],
    ['SMS to WhatsApp', form({ To: 'whatsapp:+15005550101' }), 400, 21910],
    ['To that equals From', form({ To: demoData.twilio.phoneNumber }), 400, 21266],
    ['1601 characters', form({ Body: 'x'.repeat(1601) }), 400, 21617],
    ['a StatusCallback without a host', form({ StatusCallback: 'crm.example.com' }), 400, 21609],
    [
      'a StatusCallback with an underscore',
      form({ StatusCallback: 'https://my_crm.example.com/' }),
      400,
      21609,
    ],
    [
      'a StatusCallback on localhost',
      form({ StatusCallback: 'http://localhost:8787/' }),
      400,
      21609,
    ],
    [
      'an unknown Messaging Service',
      form({ MessagingServiceSid: `MG${'0'.repeat(32)}` }),
      400,
      21701,
    ],
    ['a malformed Messaging Service', form({ MessagingServiceSid: 'MG1' }), 400, 20001],
    ['a ValidityPeriod out of range', form({ ValidityPeriod: '36001' }), 400, 20001],
    ['a parameter that Twilio does not know', form({ IdempotencyKey: '1' }), 400, 20001],
    ['To twice', { ...good, body: `${good.body}&To=%2B15005550102` }, 400, 20001],
  ])('refuses %s, in its own format', async (_, request, status, code) => {
    const answer = await send(vendors, request);
    expect(answer.status).toBe(status);
    expect(errorSchema.parse(await answer.json())).toMatchObject({ status, code });
    expect(vendors.sent()).toEqual([]);
    expect(vendors.requests()).toHaveLength(1);
  });

  test('takes 1600 characters', async () => {
    expect((await send(vendors, form({ Body: 'x'.repeat(1600) }))).status).toBe(201);
  });

  test('signs as Twilio does', () => {
    const parameters = { MessageSid: 'SM1', MessageStatus: 'delivered', AccountSid: 'AC1' };
    // Made with Twilio's own recipe on these values, apart from this code.
    expect(signTwilio('https://a.example.com/x?y=1', parameters)).toBe(
      'uHV/itqD+MvAiau1/1ewrOVu3iE=',
    );
  });
});
