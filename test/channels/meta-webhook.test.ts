import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metaWebhook } from '../../src/channels/meta-webhook.ts';
import {
  aCall,
  anInbound,
  aReceipt,
  flipBit,
  readSamples,
  receivedAt,
  samplesAreHere,
  samplesTitle,
} from './webhook-call.ts';

const appSecret = 'f00dfeedf00dfeed';
const ourId = 'msg_01jdw1q5s0e9ra2zj3mcyrqz8k';
const sentAt = 1_772_998_024_000;
const stamp = `${sentAt / 1000}`;

const parse = (body: unknown) => metaWebhook.parse(aCall(JSON.stringify(body)));

describe("Meta's signature", () => {
  const body = '{"object":"page","entry":[{"text":"C\\u00f3rdoba 👋"}]}';
  const sign = (text: string, secret = appSecret) =>
    `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
  const signed = (signature: string, text = body) =>
    aCall(text, { headers: { 'x-hub-signature-256': signature } });

  test('is verified over the bytes as they came', async () => {
    expect(await metaWebhook.verify({ appSecret }, signed(sign(body)))).toBe(true);
  });

  test('is turned away with one bit of the body flipped', async () => {
    const call = signed(sign(body));
    for (let at = 0; at < call.body.length; at += 1) {
      const flipped = { ...call, body: flipBit(call.body, at) };
      expect(await metaWebhook.verify({ appSecret }, flipped)).toBe(false);
    }
  });

  test.each([
    ['another secret', { appSecret }, signed(sign(body, 'other'))],
    ['no secret', { accessToken: 'EAAG' }, signed(sign(body))],
    ['no credentials', undefined, signed(sign(body))],
    ['no signature', { appSecret }, aCall(body)],
    ['the old signature', { appSecret }, signed(`sha1=${sign(body).slice(7)}`)],
    ['a cut signature', { appSecret }, signed(sign(body).slice(0, -2))],
    ['a signature that is no hexadecimal', { appSecret }, signed(`sha256=${'z'.repeat(64)}`)],
    ['an empty signature', { appSecret }, signed('sha256=')],
  ])('is turned away with %s', async (_, credentials, call) => {
    expect(await metaWebhook.verify(credentials, call)).toBe(false);
  });
});

describe("Meta's question whether the address is ours", () => {
  const ask = (query: string, credentials: unknown = { verifyToken: 'open' }) =>
    metaWebhook.challenge?.(credentials, new URLSearchParams(query));
  const good = 'hub.mode=subscribe&hub.verify_token=open&hub.challenge=1158201444';

  test('is answered with what it asks for', async () => {
    expect(await ask(good)).toBe('1158201444');
  });

  test.each([
    ['another token', good.replace('open', 'opem'), undefined],
    ['no token', good.replace('hub.verify_token=open', ''), undefined],
    ['another mode', good.replace('subscribe', 'unsubscribe'), undefined],
    ['no challenge', good.replace('hub.challenge', 'challenge'), undefined],
    ['a connection without a token', good.replace('open', ''), {}],
    ['a connection with an empty token', good.replace('open', ''), { verifyToken: '' }],
  ])('is not answered with %s', async (_, query, credentials) => {
    expect(await ask(query, credentials)).toBeNull();
  });
});

const whatsapp = (...values: readonly object[]) => ({
  object: 'whatsapp_business_account',
  entry: values.map((value) => ({
    id: '1',
    changes: [{ field: 'messages', value: { metadata: { phone_number_id: '106' }, ...value } }],
  })),
});
const contacts = [{ profile: { name: 'Jane' }, wa_id: '15551234567' }];
const from = '15551234567';
const aMessage = { from, id: 'wamid.1', timestamp: stamp };
const jane = {
  channel: 'whatsapp',
  accounts: ['106'],
  from: '+15551234567',
  name: 'Jane',
  providerMessageId: 'wamid.1',
  at: sentAt,
} as const;
const file = { id: null, url: null, mimeType: null, name: null };

describe('a WhatsApp message', () => {
  test.each([
    [{ type: 'text', text: { body: 'Hi\0 there' } }, { text: 'Hi there' }],
    [{ type: 'button', button: { text: 'Yes', payload: 'y' } }, { text: 'Yes' }],
    [
      { type: 'interactive', interactive: { type: 'list_reply', list_reply: { title: 'Two' } } },
      { text: 'Two' },
    ],
    [
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { title: 'B' } } },
      { text: 'B' },
    ],
    [
      {
        type: 'document',
        document: { id: '9', mime_type: 'application/pdf', filename: 'a.pdf', caption: 'See' },
      },
      {
        text: 'See',
        attachments: [
          { ...file, kind: 'document', id: '9', mimeType: 'application/pdf', name: 'a.pdf' },
        ],
      },
    ],
    [
      { type: 'sticker', sticker: { id: '9' } },
      { attachments: [{ ...file, kind: 'sticker', id: '9' }] },
    ],
    [
      { type: 'location', location: { latitude: 48.1, longitude: 11.5, address: 'Street 1' } },
      { attachments: [{ ...file, kind: 'location', url: 'geo:48.1,11.5', name: 'Street 1' }] },
    ],
    [
      { type: 'contacts', contacts: [{ name: { formatted_name: 'Joe' } }, {}] },
      {
        attachments: [
          { ...file, kind: 'contact', name: 'Joe' },
          { ...file, kind: 'contact' },
        ],
      },
    ],
    [
      { type: 'text', text: { body: 'Re' }, context: { id: 'wamid.0' } },
      { text: 'Re', repliedProviderMessageId: 'wamid.0' },
    ],
  ])('%o is read', (content, expected) => {
    expect(parse(whatsapp({ contacts, messages: [{ ...aMessage, ...content }] }))).toEqual([
      anInbound({ ...jane, ...expected }),
    ]);
  });

  test.each([
    { type: 'reaction', reaction: { message_id: 'wamid.0', emoji: '👍' } },
    { type: 'system', system: { body: 'changed', wa_id: '1' } },
    { type: 'unsupported', errors: [{ code: 131051 }] },
    { type: 'order', order: { text: 'x', product_items: [] } },
    { type: 'text', text: { body: '' } },
    { type: 'text', text: 'x' },
  ])('%o is left out', (content) => {
    expect(parse(whatsapp({ contacts, messages: [{ ...aMessage, ...content }] }))).toEqual([]);
  });

  const text = { type: 'text', text: { body: 'Hi' } };
  const scoped = 'US.13491208655302741918';
  test.each([
    ['both', { from, from_user_id: scoped }, '+15551234567', scoped],
    ['no number', { from: undefined, from_user_id: scoped }, scoped, null],
    ['an id in place of the number', { from: scoped }, scoped, null],
    ['a number with a plus', { from: '+1 555 123 4567' }, '+15551234567', null],
  ])('of a person with %s has that for an address', (_, changes, address, otherAddress) => {
    const message = { ...aMessage, ...text, ...changes };
    expect(parse(whatsapp({ messages: [message] }))).toEqual([
      anInbound({ ...jane, text: 'Hi', name: null, from: address, otherAddress }),
    ]);
  });

  test('of nobody is left out', () => {
    const messages = [{ ...aMessage, ...text, from: undefined }];
    expect(parse(whatsapp({ messages }))).toEqual([]);
  });

  test('has the address that only the contact beside it has', () => {
    const beside = [{ wa_id: from, user_id: scoped, profile: { name: 'Jane' } }];
    const messages = [{ ...aMessage, ...text, from: undefined, from_user_id: scoped }];
    expect(parse(whatsapp({ contacts: beside, messages }))).toEqual([
      anInbound({ ...jane, text: 'Hi', otherAddress: scoped }),
    ]);
  });

  test('has the other address that only the contact beside it has, and the name of its own contact', () => {
    const beside = [
      { wa_id: '15557654321', user_id: 'US.2', profile: { name: 'Joe' } },
      { wa_id: from, user_id: scoped, profile: { name: 'Jane' } },
    ];
    const messages = [
      { ...aMessage, ...text },
      { ...aMessage, ...text, from: '15550000000' },
    ];
    expect(parse(whatsapp({ contacts: beside, messages }))).toEqual([
      anInbound({ ...jane, text: 'Hi', otherAddress: scoped }),
      anInbound({ ...jane, text: 'Hi', from: '+15550000000', name: null }),
    ]);
  });

  test.each(['', 'x', '-1', '99999999999999', null, {}])(
    'that was sent at %j was sent when it came',
    (timestamp) => {
      const messages = [{ ...aMessage, ...text, timestamp }];
      expect(parse(whatsapp({ contacts, messages }))).toEqual([
        anInbound({ ...jane, text: 'Hi', at: receivedAt }),
      ]);
    },
  );

  test('is not lost because another part of the call is malformed', () => {
    const good = { ...aMessage, ...text };
    const broken = [null, 1, {}, { id: 1 }, { ...good, text: 1 }, [], { ...good, id: '' }];
    const statuses = [null, { id: 'wamid.9' }, { id: 'wamid.9', status: 'sent', timestamp: stamp }];
    const body = whatsapp(
      { contacts: 'x', messages: 'x', statuses: 'x' },
      { contacts: [null, ...contacts], messages: [...broken, good, ...broken], statuses },
      { contacts, messages: [{ ...good, id: 'wamid.2' }] },
    );
    const entry = [null, { changes: null }, { changes: [null, { value: null }] }, ...body.entry];
    expect(parse({ ...body, entry })).toEqual([
      anInbound({ ...jane, text: 'Hi' }),
      aReceipt({ status: 'sent', providerMessageId: 'wamid.9', at: sentAt }),
      anInbound({ ...jane, text: 'Hi', providerMessageId: 'wamid.2' }),
    ]);
  });
});

describe('a WhatsApp receipt', () => {
  const status = { id: 'wamid.1', timestamp: stamp, recipient_id: from };

  test.each([
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
    ['played', 'read'],
  ] as const)('%s is %s, of the message that it carries', (word, expected) => {
    const statuses = [{ ...status, status: word, biz_opaque_callback_data: ourId }];
    expect(parse(whatsapp({ statuses }))).toEqual([
      aReceipt({ status: expected, providerMessageId: 'wamid.1', messageId: ourId, at: sentAt }),
    ]);
  });

  test.each([
    [131026, 'invalid_recipient', 'invalid'],
    [131047, 'window_closed', null],
    [131050, 'opted_out', 'opted_out'],
    [131049, 'quota_exceeded', null],
    [131000, 'other', null],
    [42, 'other', null],
  ] as const)('failed with code %i fails for its reason', (code, reason, consequence) => {
    const errors = [{ code, title: 'No', message: 'No', error_data: { details: 'Really.' } }];
    expect(parse(whatsapp({ statuses: [{ ...status, status: 'failed', errors }] }))).toEqual([
      aReceipt({
        status: 'failed',
        providerMessageId: 'wamid.1',
        at: sentAt,
        failure: { reason, code: `${code}`, message: 'No Really.' },
        consequence,
      }),
    ]);
  });

  test.each([[undefined], [[]], [[{}]], [['x']]])('failed with the errors %j fails', (errors) => {
    const failure = { reason: 'other', code: null, message: null };
    const statuses = [{ ...status, status: 'failed', errors }];
    expect(parse(whatsapp({ statuses }))).toMatchObject([{ status: 'failed', failure }]);
  });

  test.each(['deleted', 'constructor', 1])('%j is left out', (word) => {
    expect(parse(whatsapp({ statuses: [{ ...status, status: word }] }))).toEqual([]);
  });
});

describe('a WhatsApp preference', () => {
  test.each([
    ['stop', 'opted_out'],
    ['resume', 'opted_in'],
  ])('%s is %s', (value, preference) => {
    const user_preferences = [
      { wa_id: from, category: 'marketing_messages', value, timestamp: stamp },
    ];
    expect(parse(whatsapp({ user_preferences }))).toEqual([
      {
        type: 'preference',
        scope: 'all',
        channel: 'whatsapp',
        accounts: ['106'],
        address: '+15551234567',
        preference,
        at: sentAt,
      },
    ]);
  });

  test.each([
    [{ user_id: 'US.13491208655302741918' }, ['US.13491208655302741918']],
    [
      { wa_id: from, user_id: 'US.13491208655302741918' },
      ['+15551234567', 'US.13491208655302741918'],
    ],
  ])('of %j is of every address of that person', (who, addresses) => {
    const user_preferences = [{ ...who, value: 'stop', timestamp: stamp }];
    expect(parse(whatsapp({ user_preferences }))).toMatchObject(
      addresses.map((address) => ({ address })),
    );
  });

  test.each([{ value: 'stop' }, { wa_id: from, value: 'maybe' }, null])('%o is left out', (one) => {
    expect(parse(whatsapp({ user_preferences: [one] }))).toEqual([]);
  });
});

test('a new id of a WhatsApp person replaces the one before, and half a change is left out', () => {
  const user_id = { previous: 'US.1', current: 'US.2' };
  const user_id_update = [null, { user_id: { previous: 'US.1' } }, { wa_id: from, user_id }];
  expect(parse(whatsapp({ user_id_update }))).toEqual([
    { type: 'address_change', channel: 'whatsapp', ...user_id },
  ]);
});

const messaging = (object: 'page' | 'instagram', ...events: readonly unknown[]) => ({
  object,
  entry: [{ id: '100', time: sentAt, messaging: events }],
});
const anEvent = { sender: { id: '200' }, recipient: { id: '100' }, timestamp: sentAt };
const person = { accounts: ['100'], from: '200', at: sentAt } as const;

describe.each([
  ['page', 'facebook'],
  ['instagram', 'instagram'],
] as const)('an event of %s', (object, channel) => {
  test('that is a message is read', () => {
    const message = {
      mid: 'm_1',
      text: 'Hi',
      reply_to: { mid: 'm_0' },
      attachments: [
        { type: 'image', payload: { url: 'https://a.example/1' } },
        null,
        { type: 'x' },
      ],
    };
    expect(parse(messaging(object, { ...anEvent, message }))).toEqual([
      anInbound({
        ...person,
        channel,
        providerMessageId: 'm_1',
        text: 'Hi',
        repliedProviderMessageId: 'm_0',
        attachments: [
          { ...file, kind: 'image', url: 'https://a.example/1' },
          { ...file, kind: 'x' },
        ],
      }),
    ]);
  });

  test('that is a button has its title, and an id also where Meta gives none', () => {
    const postback = { title: 'Track order', payload: 'x' };
    const known = { ...person, channel, text: 'Track order' };
    const withId = { ...anEvent, postback: { ...postback, mid: 'm_1' } };
    expect(parse(messaging(object, withId))).toEqual([
      anInbound({ ...known, providerMessageId: 'm_1' }),
    ]);
    const made = anInbound({ ...known, providerMessageId: `postback.200.${sentAt}` });
    expect(parse(messaging(object, { ...anEvent, postback }))).toEqual([made]);
    expect(parse(messaging(object, { ...anEvent, postback }))).toEqual([made]);
  });

  test('that is an echo of ours says that Meta has the message', () => {
    const message = { mid: 'm_1', text: 'Hi', is_echo: true, metadata: ourId };
    expect(parse(messaging(object, { ...anEvent, message }))).toEqual([
      aReceipt({ status: 'sent', providerMessageId: 'm_1', messageId: ourId, at: sentAt }),
    ]);
  });

  test.each([undefined, 'other', 'msg_1', 'toString'])(
    'that is an echo with the mark %j is left out',
    (metadata) => {
      const message = { mid: 'm_1', text: 'Hi', is_echo: true, metadata };
      expect(parse(messaging(object, { ...anEvent, message }))).toEqual([]);
    },
  );

  test('that is a delivery reaches the messages that it names, and all before', () => {
    const delivery = { mids: ['m_1', null, 'm_2'], watermark: sentAt };
    const mark = { type: 'watermark', channel, accounts: ['100'], address: '200' };
    expect(parse(messaging(object, { ...anEvent, delivery }))).toEqual([
      aReceipt({ status: 'delivered', providerMessageId: 'm_1', at: sentAt }),
      aReceipt({ status: 'delivered', providerMessageId: 'm_2', at: sentAt }),
      { ...mark, status: 'delivered', until: sentAt },
    ]);
    const { timestamp: _, ...timeless } = anEvent;
    expect(parse(messaging(object, { ...timeless, delivery: { watermark: 5 } }))).toEqual([
      { ...mark, status: 'delivered', until: 5 },
    ]);
  });

  test('that is a reading is of a moment or of a message', () => {
    const mark = { type: 'watermark', channel, accounts: ['100'], address: '200' };
    const events = [
      { ...anEvent, read: { watermark: sentAt } },
      { ...anEvent, read: { mid: 'm_1' } },
      { ...anEvent, read: { watermark: 1e300 } },
    ];
    expect(parse(messaging(object, ...events))).toEqual([
      { ...mark, status: 'read', until: sentAt },
      aReceipt({ status: 'read', providerMessageId: 'm_1', at: sentAt }),
    ]);
  });

  test.each([
    { reaction: { mid: 'm_1', action: 'react', emoji: '❤' } },
    { message: { mid: 'm_1', is_deleted: true } },
    { message: { mid: 'm_1', text: '' } },
    { message: { text: 'x' } },
    { postback: { payload: 'x' } },
    { optin: {} },
    {},
  ])('that is %o is left out', (content) => {
    expect(parse(messaging(object, { ...anEvent, ...content }))).toEqual([]);
  });

  test('is not lost because another one is malformed', () => {
    const message = { mid: 'm_1', text: 'Hi' };
    const good = { ...anEvent, message };
    const broken = [null, 1, [], { ...good, sender: null }, { ...good, recipient: {} }];
    const body = messaging(object, ...broken, good, ...broken);
    const entry = [null, {}, { id: '1', messaging: 1 }, ...body.entry, ...body.entry];
    const expected = anInbound({ ...person, channel, providerMessageId: 'm_1', text: 'Hi' });
    expect(parse({ object, entry })).toEqual([expected, expected]);
  });
});

describe('whatever is called', () => {
  test.each([
    '',
    'x',
    '[]',
    'null',
    '{}',
    '{"object":"page"}',
    '{"entry":[]}',
    '['.repeat(100_000),
  ])('%j is not in the format of Meta', (body) => {
    expect(metaWebhook.parse(aCall(body.slice(0, 100_000)))).toBeNull();
  });

  test('an object that is not served is left out', () => {
    expect(parse({ object: 'user', entry: [{ id: '1' }] })).toEqual([]);
  });

  test('parsing never throws', () => {
    const object = fc.constantFrom('whatsapp_business_account', 'page', 'instagram');
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'failed'));
    const { leaf } = fc.letrec((tie) => ({
      leaf: fc.oneof({ maxDepth: 4 }, text, fc.double(), fc.constant(null), tie('node')),
      node: fc.oneof(
        fc.array(tie('leaf'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            'id',
            'value',
            'messages',
            'statuses',
            'status',
            'timestamp',
            'text',
            'sender',
            'recipient',
            'message',
            'mid',
            'read',
            'errors',
            'contacts',
            'metadata',
          ),
          tie('leaf'),
        ),
      ),
    }));
    const shaped = fc
      .array(leaf)
      .map((all) => [
        { id: '1', messaging: all, changes: all.map((value) => ({ field: 'messages', value })) },
      ]);
    const entry = fc.oneof(fc.jsonValue(), shaped);
    fc.assert(
      fc.property(object, entry, (name, given) => {
        for (const event of parse({ object: name, entry: given }) ?? []) {
          if ('at' in event) expect(() => new Date(event.at).toISOString()).not.toThrow();
          if ('until' in event) expect(() => new Date(event.until).toISOString()).not.toThrow();
        }
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        metaWebhook.parse(aCall(body));
      }),
    );
  });
});

describe.skipIf(!samplesAreHere)(samplesTitle("Meta's samples"), () => {
  const outlines = (file: string) =>
    Object.values(readSamples(file)).map((body) =>
      (parse(body) ?? []).map((event) => {
        if (event.type === 'receipt') return `${event.status} ${event.providerMessageId}`;
        if (event.type === 'inbound') return `${event.from} ${event.text}`;
        return event.type === 'watermark' ? `${event.status} ${event.until}` : event.type;
      }),
    );

  test('of Instagram', () => {
    expect(outlines('instagram.samples.json')).toEqual([
      ['200000000000001 Do you ship to Córdoba?'],
      ['200000000000001 null'],
      ['200000000000001 Is this still available?'],
      ['200000000000001 null'],
      ['200000000000001 Yes'],
      ['200000000000001 Track order'],
      [],
      [],
    ]);
  });

  test('of Messenger', () => {
    expect(outlines('messenger.vercel-dm-replay.json').slice(2)).toEqual([
      ['200000000000001 What is Vercel?'],
      ['200000000000001 Tell me more'],
      ['delivered m_SENT_MSG_001', 'delivered 1772998034000'],
      ['read 1772998044000'],
      [],
      [],
      ['200000000000001 Say Hello'],
      ['200000000000001 Get Started'],
      ['200000000000001 null'],
      [],
    ]);
  });

  test('of WhatsApp', () => {
    const wamid = 'wamid.HBgNMTU1NTEyMzQ1NjcVAgASGBQzQUYwMDAwMDAwMDAwMDAwMDAA';
    expect(outlines('whatsapp.samples.json')).toEqual([
      ['+15551234567 Hello, bot!'],
      ['+15551234567 Check this out'],
      [],
      ['+15551234567 Approve'],
      ['+15551234567 Hello from a username user'],
      [],
      [],
      ['address_change'],
      [`delivered ${wamid}`],
    ]);
  });

  test("of WhatsApp's statuses", () => {
    for (const [name, body] of Object.entries(readSamples('whatsapp.pywa-message-status.json'))) {
      expect(parse(body), name).toMatchObject([{ type: 'receipt' }]);
    }
  });
});
