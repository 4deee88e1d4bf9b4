import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { type Stack, startStack } from '../../dev/stack.ts';
import { toAddressKey } from '../../src/lib/address-key.ts';
import { watchReplies } from '../support/replies.ts';
import { talkWith } from '../support/talk.ts';

const { agentId, connectionIds } = demoData;

let stack: Stack;
const { change, repliesIn, expectAnswers } = watchReplies(() => stack);
const talk = talkWith(() => stack);
const leftOut: unknown[] = [];

beforeAll(async () => {
  stack = await startStack({
    log: (_level, fields) => {
      if ('left_out' in fields) leftOut.push(fields.left_out);
    },
  });
});
beforeEach(async () => {
  leftOut.length = 0;
  stack.vendors.reset();
  stack.model.reset();
  await change('agents?active=is.true', { reply_pause_ms: 100 });
  await change('senders?active=is.true', { answering_agent_id: agentId });
});
afterAll(() => stack.stop());

let people = 0;
/** Somebody new. */
const newPerson = () => {
  people += 1;
  const digits = `${people}`.padStart(4, '0');
  const number = `1500557${digits}`;
  return { number, address: `+${number}`, pageUser: `750000000000${digits}` };
};

const now = () => `${Math.floor(Date.now() / 1000)}`;
const newId = (vendor: 'wamid.' | 'm_' | 'SM' = 'wamid.') => `${vendor}${randomUUID()}`;

/** One of WhatsApp's `messages[]`; returns its id. */
const whatsapp = async (number: string, content: object, id = newId()): Promise<string> => {
  const contacts = [{ wa_id: number, profile: { name: 'Jane Doe' } }];
  const message = { from: number, id, timestamp: now(), ...content };
  await talk.whatsapp({ contacts, messages: [message] });
  return id;
};
const text = (body: string) => ({ type: 'text', text: { body } });
const template = (payload: string, title: string) => ({
  type: 'button',
  context: { id: 'wamid.T' },
  button: { payload, text: title },
});

/** A message from a person or page user, and its conversation. */
const begin = async (number: string, words = 'Hello, is anybody there?') => {
  const { conversation_id } = await talk.stored(await whatsapp(number, text(words)));
  await expectAnswers(conversation_id, ['sent']);
  stack.model.reset();
  return conversation_id;
};

const addressOn = async (channel: string, address: string) =>
  (await talk.addresses(`channel=eq.${channel}`)).find((each) => each.address === address);

const prompts = () => stack.model.calls().map(({ body }) => JSON.stringify(body));
/** The model's request that has these words in it. */
const promptWith = (words: string) => prompts().find((prompt) => prompt.includes(words)) ?? '';
/** How long a reply would take if it were written. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 700));

const expectQuiet = async (conversationId: string, answers = 1) => {
  await aWhile();
  expect(await repliesIn(conversationId)).toHaveLength(answers);
};

describe('promotions that a contact stops on WhatsApp', () => {
  const stopPromotions = (number: string, value: 'stop' | 'resume', category?: string) =>
    talk.whatsapp({
      user_preferences: [
        {
          wa_id: number,
          detail: 'User requested to stop marketing messages',
          ...(category === undefined ? {} : { category }),
          value,
          timestamp: Math.floor(Date.now() / 1000),
        },
      ],
    });

  it('stop neither the agent nor a person from answering', async () => {
    const { number, address } = newPerson();
    const conversation = await begin(number);
    await stopPromotions(number, 'stop', 'marketing_messages');
    expect(await addressOn('whatsapp', address)).toMatchObject({
      opted_out_at: null,
      marketing_opted_out_at: expect.any(String),
    });
    await whatsapp(number, text('Hi, where is my order 4711? It has not arrived.'));
    await expectAnswers(conversation, ['sent', 'sent']);
    const sent = await talk.send(conversation, 'whatsapp', 'Hi Jane, it arrives today.');
    expect(sent.status).toBe(200);
    await stopPromotions(number, 'resume', 'marketing_messages');
    expect(await addressOn('whatsapp', address)).toMatchObject({ marketing_opted_out_at: null });
  });

  it('do not end a STOP when they are resumed', async () => {
    const { number } = newPerson();
    const conversation = await begin(number);
    await whatsapp(number, text('STOP'));
    await stopPromotions(number, 'resume', 'marketing_messages');
    const sent = await talk.send(conversation, 'whatsapp');
    expect(sent).toMatchObject({ status: 422, code: 'recipient_opted_out' });
  });

  it('are not all messages, whatever category is named; without one they are', async () => {
    const { number } = newPerson();
    const conversation = await begin(number);
    await stopPromotions(number, 'stop', 'reminder_messages');
    expect(leftOut).toEqual(['preference=1']);
    expect((await talk.send(conversation, 'whatsapp')).status).toBe(200);
    await stopPromotions(number, 'stop');
    expect((await talk.send(conversation, 'whatsapp')).code).toBe('recipient_opted_out');
  });

  it('are all that the error of a receipt or of a send is about', async () => {
    const { number, address } = newPerson();
    const conversation = await begin(number);
    await talk.send(conversation, 'whatsapp', 'Half price!');
    const providerMessageId = stack.vendors.sent().at(-1)?.providerMessageId ?? '';
    await stack.vendors.receipt({ providerMessageId, status: 'failed', errorCode: 131050 });
    expect(await talk.stored(providerMessageId)).toMatchObject({ status: 'failed' });
    expect(await addressOn('whatsapp', address)).toMatchObject({
      opted_out_at: null,
      marketing_opted_out_at: expect.any(String),
    });
    stack.vendors.fail({ host: 'graph.facebook.com', type: 'status', status: 400, code: 131050 });
    expect(await talk.send(conversation, 'whatsapp', 'Half price!')).toMatchObject({
      code: 'delivery_failed',
      body: { error: { provider: { code: '131050', reason: 'content_rejected' } } },
    });
    expect((await talk.send(conversation, 'whatsapp', 'It arrives today.')).status).toBe(200);
  });
});

describe('a button', () => {
  const reply = (kind: 'button_reply' | 'list_reply', title: string) => ({
    type: 'interactive',
    context: { id: 'wamid.T' },
    interactive: { type: kind, [kind]: { id: 'X_17', title } },
  });
  const twilioButton = async (number: string, title: string) => {
    const id = newId('SM');
    await talk.twilio({
      MessageSid: id,
      From: `whatsapp:+${number}`,
      To: `whatsapp:${demoData.twilio.phoneNumber}`,
      Body: title,
      ButtonText: title,
      ButtonPayload: 'X_17',
    });
    return id;
  };
  // The demo's senders are Meta's.
  const throughTwilio = async () => {
    await talk.rest('senders', {
      method: 'POST',
      body: JSON.stringify({
        sub_account_id: '5ab0acc0-0000-4000-8000-000000000001',
        connection_id: connectionIds.twilio,
        channel: 'whatsapp',
        address: demoData.twilio.phoneNumber,
        address_key: toAddressKey('whatsapp', demoData.twilio.phoneNumber),
        answering_agent_id: agentId,
      }),
    });
  };

  it.each(['CANCEL', 'End', 'STOP', 'Unsubscribe'])(
    'with the title %s opts nobody out on WhatsApp, and keeps what it means',
    async (title) => {
      const { number } = newPerson();
      const conversation = await begin(number);
      const ids = [
        await whatsapp(number, template('X_17', title)),
        await whatsapp(number, reply('button_reply', title)),
        await whatsapp(number, reply('list_reply', title)),
      ];
      for (const id of ids) {
        expect(await talk.stored(id)).toMatchObject({
          content: title,
          metadata: { details: { button: { id: 'X_17', title } } },
        });
      }
      expect((await talk.send(conversation, 'whatsapp')).status).toBe(200);
    },
  );

  it('opts nobody out that comes through Twilio', async () => {
    await throughTwilio();
    const { number } = newPerson();
    const id = await twilioButton(number, 'Stop');
    const { conversation_id: conversation, metadata } = await talk.stored(id);
    expect(metadata).toMatchObject({ details: { button: { id: 'X_17', title: 'Stop' } } });
    // When it says no more than that it is one.
    const MessageSid = newId('SM');
    const [From, To] = [`whatsapp:+${number}`, `whatsapp:${demoData.twilio.phoneNumber}`];
    await talk.twilio({ MessageSid, From, To, MessageType: 'button', Body: 'Stop' });
    expect((await talk.stored(MessageSid)).conversation_id).toBe(conversation);
    expect((await talk.send(conversation, 'whatsapp')).status).toBe(200);
  });

  it.each(['facebook', 'instagram'] as const)('opts nobody out on %s', async (channel) => {
    const { pageUser } = newPerson();
    const [pressed, replied] = [newId('m_'), newId('m_')];
    await talk.messaging(channel, pageUser, {
      postback: { mid: pressed, title: 'Stop', payload: 'STOP_17' },
    });
    await talk.messaging(channel, pageUser, {
      message: { mid: replied, text: 'Stop', quick_reply: { payload: 'STOP_18' } },
    });
    const { conversation_id: conversation, metadata } = await talk.stored(pressed);
    expect(metadata).toMatchObject({ details: { button: { id: 'STOP_17' } } });
    expect((await talk.stored(replied)).metadata).toMatchObject({
      details: { button: { id: 'STOP_18' } },
    });
    expect((await talk.send(conversation, channel)).status).toBe(200);
  });

  it('opts nobody back in', async () => {
    const { number } = newPerson();
    const conversation = await begin(number);
    await whatsapp(number, text('Stop'));
    await whatsapp(number, template('confirm-18', 'Start'));
    await whatsapp(number, template('confirm-19', 'Yes'));
    expect((await talk.send(conversation, 'whatsapp')).code).toBe('recipient_opted_out');
  });
});

describe('a message of whatever type', () => {
  const order = {
    type: 'order',
    order: {
      catalog_id: '194836987003835',
      text: 'Please deliver on Friday',
      product_items: [
        { product_retailer_id: 'sku-17', quantity: 2, item_price: 12.5, currency: 'EUR' },
      ],
    },
  };
  const forgetWindow = async (address: string) =>
    change(`contact_addresses?id=eq.${(await addressOn('whatsapp', address))?.id}`, {
      last_inbound_at: new Date(Date.now() - 30 * 3_600_000).toISOString(),
    });

  it('that is an order is kept in words and in figures, opens the window and is answered', async () => {
    const { number, address } = newPerson();
    const conversation = await begin(number);
    await forgetWindow(address);
    expect((await talk.send(conversation, 'whatsapp')).code).toBe('messaging_window_closed');
    const row = await talk.stored(await whatsapp(number, order));
    expect(row).toMatchObject({
      content: 'Please deliver on Friday\n2 × sku-17, 25.00 EUR',
      metadata: {
        details: {
          order: {
            catalogId: '194836987003835',
            items: [{ productId: 'sku-17', quantity: 2, price: 12.5, currency: 'EUR' }],
          },
        },
      },
    });
    await expectAnswers(conversation, ['sent', 'sent']);
    expect(promptWith('2 × sku-17, 25.00 EUR')).toContain('Please deliver on Friday');
    expect((await talk.send(conversation, 'whatsapp', 'Thanks for your order!')).status).toBe(200);
  });

  it.each([
    [
      { type: 'unsupported', errors: [{ code: 131051, title: 'Message type unknown' }] },
      'unsupported',
    ],
    [{ type: 'poll', poll: { question: 'Which cake?' } }, 'poll'],
    [{ type: 'constructor' }, 'constructor'],
  ])('such as %o is kept and opens the window, and no agent answers it', async (content, type) => {
    const { number, address } = newPerson();
    const conversation = await begin(number);
    await forgetWindow(address);
    expect(await talk.stored(await whatsapp(number, content))).toMatchObject({
      content: `[message of a type that is not known: ${type}]`,
      metadata: { details: { unknownType: type } },
    });
    await expectQuiet(conversation);
    expect((await talk.send(conversation, 'whatsapp', 'What was that?')).status).toBe(200);
  });

  it.each(['facebook', 'instagram'] as const)('that %s cannot show is kept', async (channel) => {
    const { pageUser } = newPerson();
    const mid = newId('m_');
    await talk.messaging(channel, pageUser, { message: { mid, is_unsupported: true } });
    const { conversation_id: conversation, content } = await talk.stored(mid);
    expect(content).toBe('[message of a type that is not known: unsupported]');
    await expectQuiet(conversation, 0);
    expect((await talk.send(conversation, channel)).status).toBe(200);
  });

  it('that Twilio has no words for is kept', async () => {
    const { address } = newPerson();
    const MessageSid = newId('SM');
    await talk.twilio({
      MessageSid,
      From: address,
      To: demoData.twilio.phoneNumber,
      Body: '',
      MessageType: 'order',
    });
    const { conversation_id: conversation, metadata } = await talk.stored(MessageSid);
    expect(metadata).toMatchObject({ details: { unknownType: 'order' } });
    await expectQuiet(conversation, 0);
  });

  it('is no reaction and no note of the vendor’s: those are left out, and the log says so', async () => {
    const { number } = newPerson();
    const conversation = await begin(number);
    await whatsapp(number, { type: 'reaction', reaction: { message_id: 'wamid.0', emoji: '👍' } });
    await whatsapp(number, { type: 'system', system: { type: 'customer_identity_changed' } });
    expect(
      await talk.rows(`conversation_id=eq.${conversation}&sender_type=eq.contact`),
    ).toHaveLength(1);
    expect(leftOut).toEqual(['reaction=1', 'note=1']);
    await expectQuiet(conversation);
  });
});

describe('a file', () => {
  it('that is spoken is answered as what it is', async () => {
    const { number } = newPerson();
    const conversation = await begin(number, 'Do you have time on Monday?');
    const audio = { id: '1000000001', mime_type: 'audio/ogg; codecs=opus', voice: true };
    const row = await talk.stored(await whatsapp(number, { type: 'audio', audio }));
    expect(row.metadata).toMatchObject({ attachments: [{ kind: 'voice', id: '1000000001' }] });
    await expectAnswers(conversation, ['sent', 'sent']);
    expect(promptWith('[voice message]')).toContain('Do you have time on Monday?');
  });

  it('that shows nothing is kept, and no agent answers it', async () => {
    const { number, pageUser } = newPerson();
    const conversation = await begin(number);
    await whatsapp(number, text('\u2800\n'));
    await whatsapp(number, text('\u200b\u3164'));
    await expectQuiet(conversation);

    const MessageSid = newId('SM');
    const To = demoData.twilio.phoneNumber;
    await talk.twilio({ MessageSid, From: `+${number}`, To, Body: ' \n' });
    const mid = newId('m_');
    await talk.messaging('facebook', pageUser, { message: { mid, text: '\u2800' } });
    for (const id of [MessageSid, mid]) {
      const { conversation_id, metadata } = await talk.stored(id);
      expect(metadata).toMatchObject({ unanswerable: true });
      await expectQuiet(conversation_id, 0);
    }
  });

  it('that is a sticker or a like is kept, and no agent answers it', async () => {
    const { number, pageUser } = newPerson();
    const conversation = await begin(number);
    const sticker = { id: '9', mime_type: 'image/webp' };
    const stored = await talk.stored(await whatsapp(number, { type: 'sticker', sticker }));
    expect(stored.metadata).toMatchObject({ attachments: [{ kind: 'sticker', id: '9' }] });
    await expectQuiet(conversation);

    const mid = newId('m_');
    const payload = { sticker_id: 369239263222822, url: 'https://files.example.com/thumb.png' };
    const attachments = ['image', 'sticker'].map((type) => ({ type, payload }));
    await talk.messaging('facebook', pageUser, { message: { mid, attachments } });
    const like = await talk.stored(mid);
    expect(like.metadata.attachments).toMatchObject([{ kind: 'sticker', id: '369239263222822' }]);
    await expectQuiet(like.conversation_id, 0);
  });
});

describe('what a person writes outside this API', () => {
  it('in the WhatsApp Business app is theirs: the agent keeps quiet', async () => {
    const { number } = newPerson();
    const conversation = await begin(number);
    const id = newId();
    const said = text('This is Tom from the shop. I keep one aside until six.');
    const message_echoes = [{ from: '15005550007', to: number, id, timestamp: now(), ...said }];
    await talk.whatsapp({ message_echoes }, 'smb_message_echoes');
    await talk.whatsapp({ message_echoes }, 'smb_message_echoes');
    expect(await talk.stored(id)).toMatchObject({
      conversation_id: conversation,
      sender_type: 'user',
      status: 'sent',
      content: 'This is Tom from the shop. I keep one aside until six.',
    });
    await whatsapp(number, text('Great, thank you Tom'));
    await expectQuiet(conversation);
  });

  it.each(['facebook', 'instagram'] as const)(
    'in the inbox of %s is theirs, too',
    async (channel) => {
      const { pageUser } = newPerson();
      const [asked, mid, thanks] = [newId('m_'), newId('m_'), newId('m_')];
      await talk.messaging(channel, pageUser, {
        message: { mid: asked, text: 'Is my dog welcome?' },
      });
      const { conversation_id: conversation } = await talk.stored(asked);
      await expectAnswers(conversation, ['sent']);
      stack.model.reset();
      const message = {
        mid,
        text: 'Small dogs are welcome. Lisa',
        is_echo: true,
        app_id: 26390203743090,
      };
      await talk.messaging(channel, pageUser, { message }, true);
      expect(await talk.stored(mid)).toMatchObject({ sender_type: 'user', status: 'sent' });
      await talk.messaging(channel, pageUser, { message: { mid: thanks, text: 'Thanks Lisa!' } });
      await expectQuiet(conversation);
    },
  );

  it.each(['facebook', 'instagram'] as const)(
    'is not what this API sent on %s, also where the echo is faster than the answer or all that comes',
    async (channel) => {
      const { pageUser } = newPerson();
      const mid = newId('m_');
      await talk.messaging(channel, pageUser, { message: { mid, text: 'Hello' } });
      const { conversation_id: conversation } = await talk.stored(mid);
      await expectAnswers(conversation, ['sent']);
      const host = channel === 'facebook' ? 'graph.facebook.com' : 'graph.instagram.com';
      for (const answer of ['normal', 'cut'] as const) {
        stack.vendors.fail({ host, type: 'late_receipt', afterMs: 0, status: 'echo', answer });
        await talk.send(conversation, channel, `We are open (${answer}).`);
        const written = `conversation_id=eq.${conversation}&sender_type=eq.user&order=created_at`;
        await expect
          .poll(async () => (await talk.rows(written)).at(-1), { timeout: 5_000 })
          .toMatchObject({ status: 'sent', content: `We are open (${answer}).` });
        const told = answer === 'normal' ? 1 : 2;
        await expect.poll(() => stack.vendors.receipts().length, { timeout: 5_000 }).toBe(told);
        const id = stack.vendors.sent().at(-1)?.providerMessageId ?? '';
        expect((await talk.stored(id)).metadata).not.toHaveProperty('echo');
      }
      expect(
        await talk.rows(`conversation_id=eq.${conversation}&sender_type=eq.user`),
      ).toHaveLength(2);
    },
  );
});

describe('a message that is not for us alone', () => {
  it('is not taken for a private one: a WhatsApp group', async () => {
    const { number, address } = newPerson();
    const inGroup = { group_id: 'Y2FwaV9ncm91cDox', ...text('Guys, who brings the cake?') };
    await whatsapp(number, inGroup);
    expect(leftOut).toEqual(['group=1']);
    expect(await addressOn('whatsapp', address)).toBeUndefined();
    await aWhile();
    expect(stack.vendors.sent().map(({ to }) => to)).not.toContain(number);

    const message_echoes = [{ to: 'Y2FwaV9ncm91cDox', id: newId(), ...inGroup }];
    await talk.whatsapp({ message_echoes }, 'smb_message_echoes');
    expect(leftOut).toEqual(['group=1', 'group=1']);
  });

  it('does not lose those beside it', async () => {
    const { number } = newPerson();
    const contacts = [{ wa_id: number, profile: { name: 'Jane Doe' } }];
    const [inGroup, alone] = [newId(), newId()];
    const message = { from: number, timestamp: now(), ...text('Hi') };
    await talk.whatsapp({
      contacts,
      messages: [
        { ...message, id: inGroup, group_id: 'G' },
        { ...message, id: alone },
      ],
    });
    expect(await talk.stored(alone)).toMatchObject({ content: 'Hi' });
    expect(await talk.rows(`provider_message_id=eq.${inGroup}`)).toEqual([]);
  });
});

describe('what stands beside the text', () => {
  it('of a form is kept by field, and read by the agent', async () => {
    const { number } = newPerson();
    const nfm_reply = {
      name: 'flow',
      body: 'Sent',
      response_json: '{"flow_token":"t1","day":"2026-12-04","reason":"toothache"}',
    };
    const interactive = { type: 'nfm_reply', nfm_reply };
    const id = await whatsapp(number, {
      type: 'interactive',
      context: { id: 'wamid.q' },
      interactive,
    });
    const { conversation_id: conversation, content, metadata } = await talk.stored(id);
    expect(content).toBe('day: 2026-12-04\nreason: toothache');
    expect(metadata.details).toEqual({ form: { day: '2026-12-04', reason: 'toothache' } });
    await expectAnswers(conversation, ['sent']);
    expect(promptWith('reason: toothache')).toContain('day: 2026-12-04');
    expect(promptWith('flow_token')).toBe('');
  });

  it.each([
    [
      {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'Dr. Lee' },
            phones: [{ phone: '+1 212 555 0199', wa_id: '12125550199' }],
          },
        ],
      },
      { attachments: [{ kind: 'contact', name: 'Dr. Lee', url: 'tel:+12125550199' }] },
      '[contact card: Dr. Lee, +12125550199]',
    ],
    [
      {
        ...text('Hi'),
        referral: {
          source_type: 'ad',
          source_id: '120210',
          headline: 'Whitening 50% off',
          ctwa_clid: 'ARAkLkA8',
        },
      },
      {
        details: {
          referral: {
            type: 'ad',
            id: '120210',
            headline: 'Whitening 50% off',
            clickId: 'ARAkLkA8',
          },
        },
      },
      'Whitening 50% off',
    ],
    [
      {
        ...text('Is this one available in blue?'),
        context: { referred_product: { catalog_id: 'c1', product_retailer_id: 'sku-17' } },
      },
      { details: { product: { id: 'sku-17', catalogId: 'c1' } } },
      '[asks about product sku-17]',
    ],
    [
      {
        type: 'interactive',
        interactive: {
          type: 'list_reply',
          list_reply: {
            id: 'slot-2026-12-04T09',
            title: '09:00',
            description: 'Friday, with Dr. Lee',
          },
        },
      },
      { details: { button: { id: 'slot-2026-12-04T09', title: '09:00' } } },
      '09:00 (Friday, with Dr. Lee)',
    ],
  ])('such as in %o is kept, and told to the agent', async (content, metadata, told) => {
    const { number } = newPerson();
    const row = await talk.stored(await whatsapp(number, content));
    expect(row.metadata).toMatchObject(metadata);
    await expectAnswers(row.conversation_id, ['sent']);
    expect(promptWith(told)).toContain('<contact_message>');
  });

  it('on Instagram is the story that the contact answers', async () => {
    const { pageUser } = newPerson();
    const mid = newId('m_');
    const story = { id: '17900000000000001', url: 'https://cdn.example.com/story.jpg' };
    const message = { mid, text: 'Is this still available?', reply_to: { story } };
    await talk.messaging('instagram', pageUser, { message });
    const row = await talk.stored(mid);
    expect(row.metadata).toMatchObject({ attachments: [{ kind: 'story', ...story }] });
    await expectAnswers(row.conversation_id, ['sent']);
    expect(promptWith('[reply to our story]')).toContain('Is this still available?');
  });

  it('on Messenger is where the contact comes from', async () => {
    const { pageUser } = newPerson();
    const mid = newId('m_');
    const referral = { source: 'ADS', ad_id: '120210', ads_context_data: { ad_title: '50% off' } };
    const postback = { mid, title: 'Get started', payload: 'START', referral };
    await talk.messaging('facebook', pageUser, { postback });
    expect((await talk.stored(mid)).metadata).toMatchObject({
      details: { button: { id: 'START' }, referral: { id: '120210', headline: '50% off' } },
    });
  });
});

describe('a contact who moves to a new number on WhatsApp', () => {
  it('is still the same: history and window go on, and messages go to the new number', async () => {
    const [{ number }, moved] = [newPerson(), newPerson()];
    const conversation = await begin(number);
    const system = {
      type: 'user_changed_number',
      body: `User Jane changed from ${number} to ${moved.number}`,
      wa_id: moved.number,
    };
    await talk.whatsapp({
      messages: [{ from: number, id: newId(), timestamp: now(), type: 'system', system }],
    });
    expect((await talk.send(conversation, 'whatsapp', 'Is this you?')).status).toBe(200);
    expect(stack.vendors.sent().at(-1)?.to).toBe(moved.number);
    const row = await talk.stored(await whatsapp(moved.number, text('Yes, it is me')));
    expect(row.conversation_id).toBe(conversation);
  });

  it('is still the same where the new number wrote first, and a STOP goes along', async () => {
    const [{ number }, moved] = [newPerson(), newPerson()];
    const conversation = await begin(number);
    const other = await begin(moved.number);
    await whatsapp(number, text('STOP'));
    const system = { type: 'user_changed_number', new_wa_id: moved.number };
    await talk.whatsapp({
      messages: [{ from: number, id: newId(), timestamp: now(), type: 'system', system }],
    });
    for (const each of [conversation, other]) {
      expect((await talk.send(each, 'whatsapp')).code).toBe('recipient_opted_out');
    }
  });
});

describe('what is answered by RCS', () => {
  const messagingServiceSid = 'MG0123456789abcdef0123456789abcdef';
  const byRcs = async (address: string, Body: string) => {
    const MessageSid = newId('SM');
    const To = 'rcs:acme_dental_agent';
    const from = { From: `rcs:${address}`, To, MessagingServiceSid: messagingServiceSid };
    await talk.twilio({ MessageSid, Body, ...from });
    return MessageSid;
  };
  beforeAll(async () => {
    await talk.rest('senders', {
      method: 'POST',
      body: JSON.stringify({
        sub_account_id: '5ab0acc0-0000-4000-8000-000000000001',
        connection_id: connectionIds.twilio,
        channel: 'sms',
        address: messagingServiceSid,
        address_key: toAddressKey('sms', messagingServiceSid),
      }),
    });
  });

  it('to an SMS is in the SMS conversation, and STOP in it stops SMS', async () => {
    const { address } = newPerson();
    const MessageSid = newId('SM');
    await talk.twilio({ MessageSid, From: address, To: demoData.twilio.phoneNumber, Body: 'Hi' });
    const { conversation_id: conversation } = await talk.stored(MessageSid);
    await expectAnswers(conversation, ['sent']);
    expect(await talk.stored(await byRcs(address, 'And on Sunday?'))).toMatchObject({
      conversation_id: conversation,
      content: 'And on Sunday?',
    });
    await byRcs(address, 'STOP');
    expect((await talk.send(conversation, 'sms')).code).toBe('recipient_opted_out');
  });

  it('is not what comes over another of Twilio’s channels: that is left out, and the log says so', async () => {
    await talk.twilio({
      MessageSid: newId('SM'),
      From: 'messenger:1',
      To: 'messenger:2',
      Body: 'Hi',
    });
    expect(leftOut).toEqual(['channel=1']);
  });
});

describe('a message that its writer takes back or corrects', () => {
  const secret = 'my card number is 4111 1111 1111 1111';

  it('on Instagram is not kept, not shown to the model and not answered', async () => {
    await change('agents?active=is.true', { reply_pause_ms: 600 });
    const { pageUser } = newPerson();
    const mid = newId('m_');
    await talk.messaging('instagram', pageUser, { message: { mid, text: secret } });
    const { conversation_id: conversation } = await talk.stored(mid);
    await talk.messaging('instagram', pageUser, { message: { mid, is_deleted: true } });
    await aWhile();
    await aWhile();
    expect((await talk.stored(mid)).content).toBeNull();
    expect(JSON.stringify(await talk.rows(`conversation_id=eq.${conversation}`))).not.toContain(
      '4111',
    );
    expect(promptWith('4111')).toBe('');
    expect(await repliesIn(conversation)).not.toContainEqual(
      expect.objectContaining({ status: 'sent' }),
    );
  });

  it('on WhatsApp is not kept either', async () => {
    await change('agents?active=is.true', { reply_pause_ms: 600 });
    const { number } = newPerson();
    const id = await whatsapp(number, text(secret));
    await whatsapp(number, { type: 'revoke', revoke: { original_message_id: id } });
    expect((await talk.stored(id)).content).toBeNull();
    await aWhile();
    await aWhile();
    expect(promptWith('4111')).toBe('');
  });

  it('on Messenger and WhatsApp is answered as it stands now', async () => {
    await change('agents?active=is.true', { reply_pause_ms: 600 });
    const { number, pageUser } = newPerson();
    const mid = newId('m_');
    await talk.messaging('facebook', pageUser, { message: { mid, text: 'Monday at 9, please' } });
    await talk.messaging('facebook', pageUser, {
      message_edit: { mid, text: 'Tuesday at 9, please', num_edit: 1 },
    });
    const id = await whatsapp(number, text('Monday at 9, please'));
    const message = { type: 'text', text: { body: 'Tuesday at 9, please' } };
    await whatsapp(number, { type: 'edit', edit: { original_message_id: id, message } });
    for (const each of [mid, id]) {
      const { conversation_id: conversation, content } = await talk.stored(each);
      expect(content).toBe('Tuesday at 9, please');
      await expectAnswers(conversation, ['sent']);
    }
    expect(promptWith('Tuesday at 9')).toContain('<contact_message>');
    expect(promptWith('Monday at 9')).toBe('');
  });
});
