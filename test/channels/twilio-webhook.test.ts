import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { twilio } from '../../src/channels/twilio.ts';
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

const { webhook } = twilio;
const authToken = '12345';
const address = 'https://crm.example.com/webhooks/twilio/1';
const messageId = 'msg_01jdw1q5s0e9ra2zj3mcyrqz8k';

const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString();
const callOf = (fields: Readonly<Record<string, string>>, url = address) =>
  aCall(form({ AccountSid: 'AC1', MessageSid: 'SM1', ...fields }), { url });

describe("Twilio's signature", () => {
  // A public test vector of Twilio's documentation.
  const url = 'https://mycompany.com/myapp';
  const signature = '3KI2uRuYyAdhZIJXcpU0izDUzWI=';
  const body = form({
    To: '+18005551212',
    Digits: '1234',
    CallSid: 'CA1234567890ABCDE',
    Caller: '+12349013030',
    From: '+12349013030',
  });
  const signed = (given: string, at: string, value = signature) =>
    aCall(given, { url: at, headers: { 'x-twilio-signature': value } });
  const sign = (text: string) => createHmac('sha1', authToken).update(text).digest('base64');

  test('is verified, in whatever order the fields come', async () => {
    expect(await webhook.verify({ authToken }, signed(body, url))).toBe(true);
  });

  test('is turned away with one bit of the body flipped', async () => {
    const call = signed(body, url);
    for (let at = 0; at < call.body.length; at += 1) {
      const flipped = { ...call, body: flipBit(call.body, at) };
      expect(await webhook.verify({ authToken }, flipped)).toBe(false);
    }
  });

  test.each([
    ['another secret', { authToken: '12346' }, signed(body, url)],
    ['no secret', { accountSid: 'AC1' }, signed(body, url)],
    ['an empty secret', { authToken: '' }, signed(body, url)],
    ['no credentials', null, signed(body, url)],
    ['another address', { authToken }, signed(body, `${url}?a=b`)],
    ['one more field', { authToken }, signed(`${body}&a=b`, url)],
    ['no signature', { authToken }, aCall(body, { url })],
    ['a signature that is no base64', { authToken }, signed(body, url, '%%%')],
    ['an empty signature', { authToken }, signed(body, url, '')],
    ['an address that is none', { authToken }, signed(body, 'x')],
  ])('is turned away with %s', async (_, credentials, call) => {
    expect(await webhook.verify(credentials, call)).toBe(false);
  });

  test.each([
    ['https://mycompany.com/myapp', 'https://mycompany.com:443/myapp'],
    ['http://mycompany.com/myapp?a=b', 'http://mycompany.com:80/myapp?a=b'],
    ['https://mycompany.com:8443/myapp', 'https://mycompany.com/myapp'],
    ['https://mycompany.com:443/myapp', 'https://mycompany.com/myapp'],
    ['https://mycompany.com/myapp?a=%20é', 'https://mycompany.com/myapp?a=%20é'],
  ])('of %s is verified when Twilio has signed %s', async (known, signedUrl) => {
    const call = signed('a=b', known, sign(`${signedUrl}ab`));
    expect(await webhook.verify({ authToken }, call)).toBe(true);
  });

  test('counts each value of a field once, in order', async () => {
    const call = signed('b=2&a=z&b=1&b=2&A=x', url, sign(`${url}Axazb1b2`));
    expect(await webhook.verify({ authToken }, call)).toBe(true);
  });

  describe('of a JSON body', () => {
    const json = '{"MessageSid":"SM1","From":"+15550001111","Body":"Hi","NumMedia":0}';
    const digest = createHash('sha256').update(json).digest('hex');
    const jsonUrl = `${url}?bodySHA256=${digest}`;

    test('is over the address, which has the digest of the body', async () => {
      const call = signed(json, jsonUrl, sign(jsonUrl));
      expect(await webhook.verify({ authToken }, call)).toBe(true);
      expect(webhook.parse(call)).toEqual([
        anInbound({ channel: 'sms', from: '+15550001111', providerMessageId: 'SM1', text: 'Hi' }),
      ]);
    });

    test('is turned away with another body', async () => {
      const call = signed(`${json} `, jsonUrl, sign(jsonUrl));
      expect(await webhook.verify({ authToken }, call)).toBe(false);
    });
  });
});

describe("Twilio's receipt", () => {
  const url = `${address}?message_id=${messageId}`;

  test.each([
    ['accepted', 'sent'],
    ['scheduled', 'sent'],
    ['queued', 'sent'],
    ['sending', 'sent'],
    ['sent', 'sent'],
    ['partially_delivered', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
  ] as const)('%s is %s, of the message that the address names', (word, status) => {
    expect(webhook.parse(callOf({ MessageStatus: word, SmsStatus: word }, url))).toEqual([
      aReceipt({ status, providerMessageId: 'SM1', messageId }),
    ]);
  });

  test.each([
    ['undelivered', '30003', 'other', null],
    ['undelivered', '30005', 'invalid_recipient', 'invalid'],
    ['failed', '21610', 'opted_out', 'opted_out'],
    ['failed', '30007', 'content_rejected', null],
    ['failed', '63016', 'window_closed', null],
    ['failed', '21999', 'other', null],
    ['failed', '99999', 'other', null],
    ['failed', 'x', 'other', null],
    ['canceled', null, 'other', null],
  ] as const)('%s with code %s fails for %s', (word, code, reason, consequence) => {
    const fields = { MessageStatus: word, ...(code === null ? {} : { ErrorCode: code }) };
    expect(webhook.parse(callOf(fields))).toEqual([
      aReceipt({
        status: 'failed',
        providerMessageId: 'SM1',
        failure: { reason, code, message: null },
        consequence,
      }),
    ]);
  });

  test('has the words of WhatsApp', () => {
    const fields = { MessageStatus: 'failed', ErrorCode: '63024', ChannelStatusMessage: 'Nobody' };
    expect(webhook.parse(callOf(fields))).toMatchObject([{ failure: { message: 'Nobody' } }]);
  });

  test.each(['constructor', 'processing', '__proto__'])('%s is left out', (MessageStatus) => {
    expect(webhook.parse(callOf({ MessageStatus }))).toEqual([]);
  });
});

describe('a message that comes through Twilio', () => {
  test('by SMS is read', () => {
    const fields = {
      From: '+15550001111',
      To: '+15552229999',
      MessagingServiceSid: 'MG1',
      Body: 'Hello\r\nthere\0',
      SmsStatus: 'received',
      NumMedia: '0',
    };
    expect(webhook.parse(callOf(fields))).toEqual([
      anInbound({
        channel: 'sms',
        accounts: ['+15552229999', 'MG1'],
        from: '+15550001111',
        providerMessageId: 'SM1',
        text: 'Hello\nthere',
      }),
    ]);
  });

  test('by WhatsApp has a name, files, a place, and the message that it answers', () => {
    const fields = {
      From: 'whatsapp:+15550001111',
      To: 'whatsapp:+15552229999',
      Body: '',
      ProfileName: 'Jane',
      NumMedia: '2',
      MediaUrl0: 'https://api.twilio.com/1',
      MediaContentType0: 'image/jpeg',
      MediaUrl1: 'https://api.twilio.com/2',
      MediaContentType1: 'application/pdf',
      Latitude: '48.1',
      Longitude: '11.5',
      Label: 'Office',
      OriginalRepliedMessageSid: 'SM0',
    };
    const file = { id: null, name: null };
    expect(webhook.parse(callOf(fields))).toEqual([
      anInbound({
        channel: 'whatsapp',
        accounts: ['+15552229999'],
        from: '+15550001111',
        name: 'Jane',
        providerMessageId: 'SM1',
        repliedProviderMessageId: 'SM0',
        attachments: [
          { ...file, kind: 'image', url: 'https://api.twilio.com/1', mimeType: 'image/jpeg' },
          {
            ...file,
            kind: 'document',
            url: 'https://api.twilio.com/2',
            mimeType: 'application/pdf',
          },
          { ...file, kind: 'location', url: 'geo:48.1,11.5', mimeType: null, name: 'Office' },
        ],
      }),
    ]);
  });

  test.each([
    ['STOP', 'opted_out'],
    ['START', 'opted_in'],
    ['HELP', null],
    ['constructor', null],
  ])('says what Twilio understood: %s', (OptOutType, preference) => {
    const call = callOf({ From: '+15550001111', OptOutType });
    expect(webhook.parse(call)).toMatchObject([{ type: 'inbound', preference }]);
  });

  test.each([{}, { From: '' }, { From: '+1', MessageSid: '' }])('is none with %o', (fields) => {
    expect(webhook.parse(callOf(fields))).toEqual([]);
  });

  test.each([
    [{ From: 'messenger:1' }, 'channel'],
    [{ From: 'constructor:1' }, 'channel'],
    [{ From: '+15550001111', OtherRecipients0: '+15550001112' }, 'group'],
    [{ From: 'whatsapp:+15550001111', MessageType: 'reaction' }, 'reaction'],
  ])('is left out with %o', (fields, what) => {
    expect(webhook.parse(callOf(fields))).toEqual([{ type: 'left_out', what }]);
  });

  const sms = { channel: 'sms', from: '+15550001111', providerMessageId: 'SM1' } as const;
  const whatsapp = { ...sms, channel: 'whatsapp' } as const;

  test('by RCS is an SMS of the messaging service', () => {
    const fields = {
      From: 'rcs:+15550001111',
      To: 'rcs:acme_dental_agent',
      MessagingServiceSid: 'MG1',
      Body: 'STOP',
    };
    const accounts = ['rcs:acme_dental_agent', 'MG1'];
    expect(webhook.parse(callOf(fields))).toEqual([anInbound({ ...sms, accounts, text: 'STOP' })]);
  });

  const from = 'whatsapp:+15550001111';
  test.each([
    [{ Body: 'Cancel', ButtonText: 'Cancel', ButtonPayload: 'C_17' }, 'C_17', 'Cancel', null],
    [{ Body: 'Cancel', ButtonPayload: 'C_17' }, 'C_17', 'Cancel', null],
    [{ ButtonText: 'Cancel' }, null, 'Cancel', null],
    [
      { ListId: 's9', ListTitle: '09:00', ListDescription: 'With Dr. Lee' },
      's9',
      '09:00',
      'With Dr. Lee',
    ],
  ])('with %o is pressed, not typed', (fields, id, title, description) => {
    const details = { button: { id, title, description } };
    expect(webhook.parse(callOf({ From: from, ...fields }))).toEqual([
      anInbound({ ...whatsapp, text: title, typed: false, details }),
    ]);
  });

  test('keeps the ad that brought its writer', () => {
    const fields = {
      From: from,
      Body: 'Hi',
      ReferralNumMedia: '0',
      ReferralSourceType: 'ad',
      ReferralSourceId: '120210',
      ReferralSourceUrl: 'https://fb.me/1',
      ReferralHeadline: '50% off',
      ReferralCtwaClid: 'ARAkLkA8',
    };
    const referral = {
      type: 'ad',
      id: '120210',
      headline: '50% off',
      url: 'https://fb.me/1',
      clickId: 'ARAkLkA8',
    };
    expect(webhook.parse(callOf(fields))).toEqual([
      anInbound({ ...whatsapp, text: 'Hi', details: { referral } }),
    ]);
  });

  test.each([
    ['sticker', 'image/webp', 'sticker', false],
    ['contacts', 'text/vcard', 'contact', true],
    [undefined, 'text/x-vcard', 'contact', true],
    ['audio', 'audio/ogg', 'audio', true],
    [undefined, 'constructor', 'document', true],
  ])('that is a %s of %s is a %s', (word, MediaContentType0, kind, answerable) => {
    const fields = { From: from, MediaUrl0: 'https://api.twilio.com/1', MediaContentType0 };
    const typed = word === undefined ? {} : { MessageType: word };
    expect(webhook.parse(callOf({ ...fields, ...typed }))).toMatchObject([
      { answerable, attachments: [{ kind }] },
    ]);
  });

  test('of a type that is not known has a placeholder, and nobody answers it', () => {
    expect(webhook.parse(callOf({ From: from, MessageType: 'order', Body: '' }))).toEqual([
      anInbound({
        ...whatsapp,
        text: '[message of a type that is not known: order]',
        typed: false,
        answerable: false,
        details: { unknownType: 'order' },
      }),
    ]);
    expect(webhook.parse(callOf({ From: '+15550001111', Body: '' }))).toEqual([
      anInbound({ ...sms, answerable: false }),
    ]);
  });
});

describe('whatever is called', () => {
  test.each(['', '{"a":1}', 'a=b'])('%j is not in the format of Twilio', (body) => {
    expect(webhook.parse(aCall(body))).toBeNull();
  });

  test('parsing never throws', () => {
    const name = fc.constantFrom('AccountSid', 'MessageStatus', 'From', 'MediaUrl0', 'ErrorCode');
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('failed', 'delivered'));
    const fields = fc
      .array(fc.tuple(name, value))
      .map((all) => new URLSearchParams(all).toString());
    const body = fc.oneof(fc.string(), fc.json(), fields);
    const url = fc.constantFrom(address, `${address}?bodySHA256=1`, `${address}?message_id=x`, 'x');
    fc.assert(
      fc.property(body, url, (given, at) => {
        const events = webhook.parse(aCall(given, { url: at }));
        expect(events === null || Array.isArray(events)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('it is answered in TwiML that says nothing', () => {
    expect(webhook.answer).toEqual({ contentType: 'text/xml', body: '<Response/>' });
  });
});

describe.skipIf(!samplesAreHere)(samplesTitle("Twilio's samples"), () => {
  test('a delivery', () => {
    expect(webhook.parse(aCall(readSample('twilio.status-delivered.form.txt')))).toEqual([
      aReceipt({
        status: 'delivered',
        providerMessageId: 'SM4262411b90e5464b98a4f66a49c57a97',
        at: receivedAt,
      }),
    ]);
  });
});
