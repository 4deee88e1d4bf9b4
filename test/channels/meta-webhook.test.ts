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
      { answerable: false, attachments: [{ ...file, kind: 'sticker', id: '9' }] },
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
      {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'Dr. Lee' },
            phones: [{ phone: '+1 212 555 0199', wa_id: '12125550199' }, { phone: '030 / 123' }],
            emails: [{ email: 'lee@example.com' }],
          },
        ],
      },
      {
        attachments: ['tel:+12125550199', 'tel:030123', 'mailto:lee@example.com'].map((url) => ({
          ...file,
          kind: 'contact',
          name: 'Dr. Lee',
          url,
        })),
      },
    ],
    [
      { type: 'audio', audio: { id: '9', mime_type: 'audio/ogg; codecs=opus', voice: true } },
      { attachments: [{ ...file, kind: 'voice', id: '9', mimeType: 'audio/ogg; codecs=opus' }] },
    ],
    [
      { type: 'audio', audio: { id: '9', voice: false } },
      { attachments: [{ ...file, kind: 'audio', id: '9' }] },
    ],
    [
      { type: 'text', text: { body: 'Re' }, context: { id: 'wamid.0' } },
      { text: 'Re', repliedProviderMessageId: 'wamid.0' },
    ],
    [
      {
        type: 'text',
        text: { body: 'In blue?' },
        context: { referred_product: { catalog_id: 'c1', product_retailer_id: 'sku-17' } },
      },
      { text: 'In blue?', details: { product: { id: 'sku-17', catalogId: 'c1' } } },
    ],
    [
      {
        type: 'text',
        text: { body: 'Hi' },
        referral: {
          source_type: 'ad',
          source_id: '120210',
          source_url: 'https://fb.me/1',
          headline: 'Whitening 50% off',
          ctwa_clid: 'ARAkLkA8',
        },
      },
      {
        text: 'Hi',
        details: {
          referral: {
            type: 'ad',
            id: '120210',
            headline: 'Whitening 50% off',
            url: 'https://fb.me/1',
            clickId: 'ARAkLkA8',
          },
        },
      },
    ],
    [{ type: 'text', text: { body: '' } }, { answerable: false }],
    [{ type: 'text', text: 'x' }, { answerable: false }],
  ])('%o is read', (content, expected) => {
    expect(parse(whatsapp({ contacts, messages: [{ ...aMessage, ...content }] }))).toEqual([
      anInbound({ ...jane, ...expected }),
    ]);
  });

  const read = (content: object) =>
    parse(whatsapp({ contacts, messages: [{ ...aMessage, ...content }] }));

  test.each([
    [{ type: 'reaction', reaction: { message_id: 'wamid.0', emoji: '👍' } }, 'reaction'],
    [{ type: 'system', system: { type: 'customer_identity_changed', wa_id: '1' } }, 'note'],
    [{ type: 'system', system: 'x' }, 'note'],
    [{ type: 'request_welcome' }, 'note'],
    [{ type: 'text', text: { body: 'Hi' }, group_id: 'Y2FwaV9ncm91cDox' }, 'group'],
    [{ type: 'order', group_id: 7 }, 'group'],
  ])('%o is left out, and said to be', (content, what) => {
    expect(read(content)).toEqual([{ type: 'left_out', what }]);
  });

  test.each([
    [{ button: { text: 'Cancel', payload: 'C_17' } }, 'Cancel', 'C_17', 'Cancel', null],
    [{ button: { payload: 'C_17' } }, 'C_17', 'C_17', null, null],
    [{ interactive: { button_reply: { id: 'b', title: 'Yes' } } }, 'Yes', 'b', 'Yes', null],
    [
      { interactive: { list_reply: { id: 's9', title: '09:00', description: 'With Dr. Lee' } } },
      '09:00',
      's9',
      '09:00',
      'With Dr. Lee',
    ],
  ])('%o is pressed, not typed', (content, text, id, title, description) => {
    expect(read({ type: 'interactive', ...content })).toEqual([
      anInbound({ ...jane, text, typed: false, details: { button: { id, title, description } } }),
    ]);
  });

  test('that is an order has its note and a line for each product', () => {
    const item = { product_retailer_id: 'sku-17', quantity: 2, item_price: 12.5, currency: 'EUR' };
    const bare = { product_retailer_id: 'sku-18' };
    const priced = { ...bare, item_price: '7' };
    const product_items = [item, bare, priced, {}, null];
    const order = { catalog_id: '194', text: 'On Friday, please', product_items };
    expect(read({ type: 'order', order })).toEqual([
      anInbound({
        ...jane,
        text: 'On Friday, please\n2 × sku-17, 25.00 EUR\nsku-18\nsku-18, 7.00',
        typed: false,
        details: {
          order: {
            catalogId: '194',
            items: [
              { productId: 'sku-17', quantity: 2, price: 12.5, currency: 'EUR' },
              { productId: 'sku-18', quantity: null, price: null, currency: null },
              { productId: 'sku-18', quantity: null, price: 7, currency: null },
            ],
          },
        },
      }),
    ]);
  });

  const flow = (response_json: string | undefined, name = 'flow', body = 'Sent') => ({
    type: 'interactive',
    interactive: { type: 'nfm_reply', nfm_reply: { name, body, response_json } },
  });
  const deep = JSON.stringify({ a: { b: { c: { d: { e: { f: 1 } } } } } });
  test.each([
    [
      flow('{"flow_token":"t1","day":"2026-12-04","teeth":[14,15],"ok":true,"at":{"h":9}}'),
      'day: 2026-12-04\nteeth: 14, 15\nok: true\nat: {"h":9}',
      { day: '2026-12-04', teeth: [14, 15], ok: true, at: { h: 9 } },
    ],
    [flow('{"n\\u0000ame":"Jo\\u0000e"}'), 'name: Joe', { name: 'Joe' }],
    [flow('{"day":'), 'response: {"day":', { response: '{"day":' }],
    [flow('[1]'), 'response: [1]', { response: '[1]' }],
    [flow(deep), `response: ${deep}`, { response: deep }],
    [flow('{"flow_token":"t1"}'), 'Sent', {}],
    [flow(undefined), 'Sent', {}],
    [flow('{"zip":"1"}', 'address_message', 'Street 1'), 'Street 1\nzip: 1', { zip: '1' }],
  ])('that is the form %o has a line for each answer', (content, text, form) => {
    expect(read(content)).toEqual([anInbound({ ...jane, text, typed: false, details: { form } })]);
  });

  test.each([
    [{ type: 'unsupported', errors: [{ code: 131051 }] }, 'unsupported'],
    [{ type: 'unsupported', unsupported: { type: 'poll' } }, 'poll'],
    [{ type: 'poll', poll: { name: 'Cake?' } }, 'poll'],
    [{ type: 'ephemeral' }, 'ephemeral'],
    [{ type: 'image', image: 'x' }, 'image'],
    [{ type: 'order', order: { product_items: [] } }, 'order'],
    [{ type: 'x'.repeat(500) }, 'x'.repeat(60)],
  ])('%o is stored with a placeholder, and nobody answers it', (content, unknownType) => {
    expect(read(content)).toEqual([
      anInbound({
        ...jane,
        text: `[message of a type that is not known: ${unknownType}]`,
        typed: false,
        answerable: false,
        details: { unknownType },
      }),
    ]);
  });

  test('that was edited or taken back says so of the message before', () => {
    const mark = {
      channel: 'whatsapp',
      accounts: ['106'],
      providerMessageId: 'wamid.0',
      at: sentAt,
    };
    const original_message_id = 'wamid.0';
    const edit = (message: object) => ({ type: 'edit', edit: { original_message_id, message } });
    expect(read(edit({ type: 'text', text: { body: 'Tuesday' } }))).toEqual([
      { type: 'correction', ...mark, text: 'Tuesday' },
    ]);
    expect(read(edit({ type: 'image', image: { id: '9', caption: 'My tooth' } }))).toEqual([
      { type: 'correction', ...mark, text: 'My tooth' },
    ]);
    expect(read({ type: 'revoke', revoke: { original_message_id } })).toEqual([
      { type: 'withdrawal', ...mark },
    ]);
    for (const broken of [
      edit({ type: 'poll' }),
      { type: 'edit' },
      { type: 'revoke', revoke: {} },
    ]) {
      expect(read(broken)).toEqual([]);
    }
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

  test.each([[{ wa_id: '15550000000', user_id: 'US.2' }], [{ wa_id: undefined, user_id: 'US.2' }]])(
    'takes nothing from the only contact beside it when that is another: %j',
    (ids) => {
      const beside = [{ ...ids, profile: { name: 'Joe' } }];
      const messages = [{ ...aMessage, ...text, from_user_id: scoped }];
      expect(parse(whatsapp({ contacts: beside, messages }))).toEqual([
        anInbound({ ...jane, text: 'Hi', name: null, otherAddress: scoped }),
      ]);
    },
  );

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
    const broken = [null, 1, {}, { id: 1 }, [], { ...good, id: '' }];
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
    [131050, 'content_rejected', 'marketing_opted_out'],
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
  ])('%s of promotions is %s for promotions alone', (value, preference) => {
    const user_preferences = [
      { wa_id: from, category: 'marketing_messages', value, timestamp: stamp },
    ];
    expect(parse(whatsapp({ user_preferences }))).toEqual([
      {
        type: 'preference',
        scope: 'marketing',
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
      addresses.map((address) => ({ address, scope: 'all' })),
    );
  });

  test('of a category that is not known is about no message that is sent from here', () => {
    const user_preferences = [{ wa_id: from, category: 'reminders', value: 'stop' }];
    expect(parse(whatsapp({ user_preferences }))).toEqual([
      { type: 'left_out', what: 'preference' },
    ]);
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

describe('a WhatsApp person with a new number or id', () => {
  const scoped = 'US.13491208655302741918';
  const newScoped = 'US.24817305912873645029';
  const change = (previous: string, current: string) => ({
    type: 'address_change',
    channel: 'whatsapp',
    previous,
    current,
  });
  test.each([
    [{ type: 'user_changed_number', wa_id: '15557654321' }, {}, [['+15551234567', '+15557654321']]],
    [
      { type: 'user_changed_number', new_wa_id: '15557654321' },
      {},
      [['+15551234567', '+15557654321']],
    ],
    [
      { type: 'user_changed_number', wa_id: '15557654321', user_id: newScoped },
      { from_user_id: scoped },
      [
        ['+15551234567', '+15557654321'],
        [scoped, newScoped],
      ],
    ],
    [
      { type: 'user_changed_user_id', user_id: newScoped },
      { from: undefined, from_user_id: scoped },
      [[scoped, newScoped]],
    ],
  ])('by %o has it as the address', (system, who, pairs) => {
    const messages = [{ ...aMessage, type: 'system', system, ...who }];
    expect(parse(whatsapp({ messages }))).toEqual(
      pairs.map(([previous = '', current = '']) => change(previous, current)),
    );
  });

  test.each([
    [{ type: 'user_changed_number', wa_id: from }, {}],
    [{ type: 'user_changed_number' }, {}],
    [{ type: 'user_changed_number', wa_id: 'Y2FwaV9ncm91cDox' }, {}],
    [{ type: 'user_changed_user_id', user_id: newScoped }, { from: undefined }],
    [{ type: 'group_joined', wa_id: '15557654321' }, {}],
  ])('by %o of %o stays who they are', (system, who) => {
    const messages = [{ ...aMessage, type: 'system', system, ...who }];
    expect(parse(whatsapp({ messages }))).toEqual([{ type: 'left_out', what: 'note' }]);
  });
});

describe('what somebody wrote in the WhatsApp Business app', () => {
  const echo = { from: '15550000007', to: from, id: 'wamid.E1', timestamp: stamp };
  const said = { type: 'text', text: { body: 'I keep one aside. Tom' } };
  const aEcho = {
    type: 'echo',
    channel: 'whatsapp',
    accounts: ['106'],
    to: '+15551234567',
    otherAddress: null,
    scopedToSender: false,
    watermarks: false,
    providerMessageId: 'wamid.E1',
    at: sentAt,
    text: null,
    attachments: [],
  };
  const read = (changes: object) =>
    parse(whatsapp({ message_echoes: [null, { ...echo, ...changes }] }));

  test.each([
    [said, { text: 'I keep one aside. Tom' }],
    [{ type: 'image', image: { id: '9' } }, { attachments: [{ ...file, kind: 'image', id: '9' }] }],
    [{ type: 'poll' }, { text: '[message of a type that is not known: poll]' }],
    [
      { ...said, to: undefined, to_user_id: 'US.13491208655302741918' },
      { to: 'US.13491208655302741918', text: 'I keep one aside. Tom' },
    ],
  ])('%o is an echo', (content, expected) => {
    expect(read(content)).toEqual([{ ...aEcho, ...expected }]);
  });

  test.each([
    [{ ...said, group_id: 'Y2FwaV9ncm91cDox' }, ['group']],
    [{ ...said, recipient_type: 'group', to: 'Y2FwaV9ncm91cDox' }, ['group']],
    [{ type: 'reaction' }, ['reaction']],
    [{ type: 'edit' }, ['note']],
    [{ type: 'revoke' }, ['note']],
    [{ ...said, to: 'Y2FwaV9ncm91cDox' }, []],
  ])('%o is left out', (content, words) => {
    expect(read(content)).toEqual(words.map((what) => ({ type: 'left_out', what })));
  });
});

const messaging = (object: 'page' | 'instagram', ...events: readonly unknown[]) => ({
  object,
  entry: [{ id: '100', time: sentAt, messaging: events }],
});
const anEvent = { sender: { id: '200' }, recipient: { id: '100' }, timestamp: sentAt };
const person = { accounts: ['100'], from: '200', scopedToSender: true, at: sentAt } as const;

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

  test('that is a button has its title and what it means, and an id also where Meta gives none', () => {
    const postback = { title: 'Track order', payload: 'TRACK' };
    const button = { id: 'TRACK', title: 'Track order', description: null };
    const known = { ...person, channel, text: 'Track order', typed: false, details: { button } };
    const withId = { ...anEvent, postback: { ...postback, mid: 'm_1' } };
    expect(parse(messaging(object, withId))).toEqual([
      anInbound({ ...known, providerMessageId: 'm_1' }),
    ]);
    const made = anInbound({ ...known, providerMessageId: `postback.200.${sentAt}` });
    expect(parse(messaging(object, { ...anEvent, postback }))).toEqual([made]);
    expect(parse(messaging(object, { ...anEvent, postback }))).toEqual([made]);
  });

  const read = (content: object) => parse(messaging(object, { ...anEvent, ...content }));
  const known = { ...person, channel, providerMessageId: 'm_1' } as const;

  test('that is a button without a title has its payload for a text', () => {
    const button = { id: 'GET_STARTED', title: null, description: null };
    expect(read({ postback: { payload: 'GET_STARTED', mid: 'm_1' } })).toEqual([
      anInbound({ ...known, text: 'GET_STARTED', typed: false, details: { button } }),
    ]);
  });

  test('that is a quick reply is pressed, not typed', () => {
    const button = { id: 'STOP_17', title: 'Stop', description: null };
    expect(
      read({ message: { mid: 'm_1', text: 'Stop', quick_reply: { payload: 'STOP_17' } } }),
    ).toEqual([anInbound({ ...known, text: 'Stop', typed: false, details: { button } })]);
  });

  test.each([
    [
      {
        referral: {
          source: 'ADS',
          ad_id: 120210,
          ref: 'may',
          ads_context_data: { ad_title: '50% off', product_id: '7' },
        },
      },
      {
        referral: { type: 'ADS', id: '120210', headline: '50% off', url: null, clickId: 'may' },
        product: { id: '7', catalogId: null },
      },
    ],
    [{ referral: { product: { id: '7' } } }, { product: { id: '7', catalogId: null } }],
    [{ referral: { product: {} } }, {}],
    [{ referral: 'x' }, {}],
  ])('that has %o keeps where the contact comes from', (message, details) => {
    expect(read({ message: { mid: 'm_1', text: 'In blue?', ...message } })).toEqual([
      anInbound({ ...known, text: 'In blue?', details }),
    ]);
    const button = { id: null, title: 'Start', description: null };
    expect(read({ postback: { mid: 'm_1', title: 'Start', ...message } })).toEqual([
      anInbound({ ...known, text: 'Start', typed: false, details: { ...details, button } }),
    ]);
  });

  test('that shows a product keeps its id', () => {
    const product = { elements: [{ id: '7', retailer_id: 'sku-17', title: 'Brush' }] };
    const attachments = [{ type: 'template', payload: { product } }];
    expect(read({ message: { mid: 'm_1', attachments } })).toMatchObject([
      { answerable: true, details: { product: { id: 'sku-17' } } },
    ]);
  });

  test.each([
    [[{ type: 'sticker', payload: { sticker_id: 369239263222822, url: 'https://a.example/1' } }]],
    [
      [
        { type: 'image', payload: { sticker_id: '369239263222822', url: 'https://a.example/1' } },
        { type: 'sticker', payload: { sticker_id: 369239263222822 } },
      ],
    ],
  ])('that is the sticker %j is kept once, and nobody answers it', (attachments) => {
    const sticker = { ...file, kind: 'sticker', id: '369239263222822' };
    expect(read({ message: { mid: 'm_1', attachments } })).toEqual([
      anInbound({
        ...known,
        answerable: false,
        attachments: [{ ...sticker, url: 'https://a.example/1' }],
      }),
    ]);
  });

  test.each(['like_heart', 'ephemeral', 'something_new'])(
    'that is nothing but %s is not answered',
    (type) => {
      expect(read({ message: { mid: 'm_1', attachments: [{ type }] } })).toMatchObject([
        { text: null, answerable: false, attachments: [{ kind: type }] },
      ]);
    },
  );

  test.each([
    ['https://cdn.example/v/1/Card%20.PDF?x=1', 'Card%20.PDF', 'application/pdf'],
    ['https://cdn.example/v/1/card.docx', 'card.docx', null],
    ['https://cdn.example/v/1', null, null],
    ['x', null, null],
    [undefined, null, null],
  ])('that is the file %s has its name', (url, name, mimeType) => {
    const attachments = [{ type: 'file', payload: { url } }];
    expect(read({ message: { mid: 'm_1', attachments } })).toMatchObject([
      { attachments: [{ kind: 'file', name, mimeType }] },
    ]);
  });

  test('that shows a place has its coordinates', () => {
    const payload = { coordinates: { lat: 48.1, long: 11.5 } };
    expect(
      read({
        message: { mid: 'm_1', attachments: [{ type: 'location', title: 'Home', payload }] },
      }),
    ).toMatchObject([
      { answerable: true, attachments: [{ kind: 'location', url: 'geo:48.1,11.5', name: 'Home' }] },
    ]);
  });

  test('of a type that is not known has a placeholder, and nobody answers it', () => {
    expect(read({ message: { mid: 'm_1', is_unsupported: true } })).toEqual([
      anInbound({
        ...known,
        text: '[message of a type that is not known: unsupported]',
        typed: false,
        answerable: false,
        details: { unknownType: 'unsupported' },
      }),
    ]);
    expect(read({ message: { mid: 'm_1', text: '' } })).toEqual([
      anInbound({ ...known, answerable: false }),
    ]);
  });

  test('that takes a message back, or corrects it, says so', () => {
    const mark = { channel, accounts: ['100'], at: sentAt, providerMessageId: 'm_1' };
    expect(read({ message: { mid: 'm_1', is_deleted: true } })).toEqual([
      { type: 'withdrawal', ...mark },
    ]);
    expect(read({ message_edit: { mid: 'm_1', text: 'Tuesday', num_edit: '1' } })).toEqual([
      { type: 'correction', ...mark, text: 'Tuesday' },
    ]);
  });

  test('that another app is answering is kept, for no agent to answer', () => {
    const message = { mid: 'm_1', text: 'STOP' };
    const entry = [{ id: '100', standby: [{ ...anEvent, message }] }];
    expect(parse({ object, entry })).toMatchObject([
      { type: 'inbound', channel, text: 'STOP', typed: true, answerable: false },
    ]);
  });

  test('that is an echo of ours says that Meta has the message', () => {
    const message = { mid: 'm_1', text: 'Hi', is_echo: true, metadata: ourId };
    expect(parse(messaging(object, { ...anEvent, message }))).toEqual([
      aReceipt({ status: 'sent', providerMessageId: 'm_1', messageId: ourId, at: sentAt }),
    ]);
  });

  test.each([undefined, 'other', 'msg_1', 'toString'])(
    'that is an echo with the mark %j was written by a person',
    (metadata) => {
      const message = { mid: 'm_1', text: 'Hi', is_echo: true, app_id: 26390203743090, metadata };
      const event = { sender: { id: '100' }, recipient: { id: '200' }, timestamp: sentAt, message };
      expect(parse(messaging(object, event))).toEqual([
        {
          type: 'echo',
          channel,
          accounts: ['100'],
          to: '200',
          otherAddress: null,
          scopedToSender: true,
          watermarks: true,
          providerMessageId: 'm_1',
          at: sentAt,
          text: 'Hi',
          attachments: [],
        },
      ]);
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
    [{ reaction: { mid: 'm_1', action: 'react', emoji: '❤' } }, ['reaction']],
    [{ message: { mid: 'm_1', text: 'Note to self', is_self: true } }, ['self']],
    [{ message: { mid: 'm_1', text: 'Note to self' }, sender: anEvent.recipient }, ['self']],
    [{ message: { mid: 'm_1', is_echo: true, is_deleted: true } }, ['note']],
    [{ message: { text: 'x' } }, []],
    [{ message_edit: { mid: 'm_1' } }, []],
    [{ postback: {} }, []],
    [{ optin: {} }, []],
    [{ referral: { ref: 'x', source: 'SHORTLINK' } }, []],
    [{}, []],
  ])('that is %o is left out', (content, words) => {
    expect(parse(messaging(object, { ...anEvent, ...content }))).toEqual(
      words.map((what) => ({ type: 'left_out', what })),
    );
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
            'message_echoes',
            'statuses',
            'status',
            'interactive',
            'nfm_reply',
            'order',
            'product_items',
            'system',
            'attachments',
            'payload',
            'type',
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
        if (event.type === 'echo') return `echo ${event.text}`;
        if (event.type === 'left_out') return `left out: ${event.what}`;
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
      ['left out: reaction'],
      ['echo Your order is on the way.'],
    ]);
  });

  test('of Messenger', () => {
    expect(outlines('messenger.vercel-dm-replay.json').slice(2)).toEqual([
      ['200000000000001 What is Vercel?'],
      ['200000000000001 Tell me more'],
      ['delivered m_SENT_MSG_001', 'delivered 1772998034000'],
      ['read 1772998044000'],
      ['left out: reaction'],
      ['left out: reaction'],
      ['200000000000001 Say Hello'],
      ['200000000000001 Get Started'],
      ['200000000000001 null'],
      ['echo Bot response'],
    ]);
  });

  test('of WhatsApp', () => {
    const wamid = 'wamid.HBgNMTU1NTEyMzQ1NjcVAgASGBQzQUYwMDAwMDAwMDAwMDAwMDAA';
    expect(outlines('whatsapp.samples.json')).toEqual([
      ['+15551234567 Hello, bot!'],
      ['+15551234567 Check this out'],
      ['left out: reaction'],
      ['+15551234567 Approve'],
      ['+15551234567 Hello from a username user'],
      ['address_change'],
      ['left out: note'],
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
