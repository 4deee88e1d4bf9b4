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
    // Made with Twilio's own recipe from these values, independently of this code.
    expect(signTwilio('https://a.example.com/x?y=1', parameters)).toBe(
      'uHV/itqD+MvAiau1/1ewrOVu3iE=',
    );
  });

  describe('asked for a message', () => {
    const root = `/2010-04-01/Accounts/${demoData.twilio.accountSid}/Messages`;
    const ask = (file: string, authorization = good.headers.authorization ?? '') =>
      fetch(`${vendors.origin}/api.twilio.com${root}/${file}`, { headers: { authorization } });
    const sidOf = async (answer: Response) =>
      z.object({ sid: z.string() }).parse(await answer.json()).sid;

    test('tells of one that it took what it told when it took it', async () => {
      const answer = await send(vendors, good);
      const taken: unknown = await answer.clone().json();
      const asked = await ask(`${await sidOf(answer)}.json`);
      expect(asked.status).toBe(200);
      expect(await asked.json()).toEqual(taken);
      expect(taken).toMatchObject({ status: 'queued', direction: 'outbound-api', date_sent: null });
    });

    test('tells what became of it since', async () => {
      const providerMessageId = await sidOf(await send(vendors, good));
      const file = `${providerMessageId}.json`;
      await vendors.receipt({ providerMessageId, status: 'sent' });
      expect(await (await ask(file)).json()).toMatchObject({
        status: 'sent',
        error_code: null,
        date_sent: expect.stringMatching(/ \+0000$/),
      });
      await vendors.receipt({ providerMessageId, status: 'undelivered', errorCode: 30005 });
      expect(await (await ask(file)).json()).toMatchObject({
        status: 'undelivered',
        error_code: 30005,
      });
    });

    test('tells of one that a contact wrote', async () => {
      vendors.callBack({ twilio: 'http://127.0.0.1:1/hook' });
      const { providerMessageId } = await vendors.write({ channel: 'sms', text: 'Hello?' });
      expect(await (await ask(`${providerMessageId}.json`)).json()).toMatchObject({
        direction: 'inbound',
        status: 'received',
        from: demoData.contact.phone,
        body: 'Hello?',
      });
    });

    test('knows none that there is not, or that was forgotten, and tells a stranger nothing', async () => {
      const sid = await sidOf(await send(vendors, good));
      expect((await ask(`${sid}.json`, 'Basic eA==')).status).toBe(401);
      vendors.reset();
      for (const file of [`${sid}.json`, `SM${'0'.repeat(32)}.json`, 'SM1.json', sid]) {
        const answer = await ask(file);
        expect(answer.status).toBe(404);
        expect(errorSchema.parse(await answer.json())).toMatchObject({ code: 20404, status: 404 });
      }
    });

    test('meets the faults of questions', async () => {
      const sid = await sidOf(await send(vendors, good));
      vendors.fail({ host: 'api.twilio.com', on: 'read', type: 'status', status: 429 });
      expect((await ask(`${sid}.json`)).status).toBe(429);
    });
  });
});
