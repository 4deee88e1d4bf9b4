import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { type Stack, startStack } from '../../dev/stack.ts';
import { type InboundInput, inboundSchema } from '../../dev/vendors/inbound-schema.ts';
import { watchReplies } from '../support/replies.ts';
import { metaCall } from '../support/webhook-requests.ts';

const { agentId, meta, apiKey } = demoData;
const monday = 'Do you have time on Monday?';

let stack: Stack;
const { rows, change, repliesIn, expectAnswers } = watchReplies(() => stack);

beforeAll(async () => {
  stack = await startStack();
  // WhatsApp through Twilio, beside Meta's.
  await stack.database.query(`
    insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority)
    select sub_account_id, connection_id, 'whatsapp', address, address_key, 200 from public.senders where channel = 'sms'`);
});
beforeEach(async () => {
  stack.vendors.reset();
  stack.model.reset();
  const agent = { reply_pause_ms: 50, person_pause_hours: 12, max_unanswered: 9 };
  await change(`agents?id=eq.${agentId}`, agent);
  await change('senders?active=is.true', { answering_agent_id: agentId });
});
afterAll(() => stack.stop());

let people = 0;
/** A new contact on every channel. */
const newPerson = () => {
  people += 1;
  const digits = `${people}`.padStart(4, '0');
  return {
    sms: { channel: 'sms', from: `+1500557${digits}` },
    whatsapp: { channel: 'whatsapp', from: `+1500558${digits}` },
    twilio: { channel: 'whatsapp', provider: 'twilio', from: `+1500559${digits}` },
    facebook: { channel: 'facebook', from: `750000000000${digits}` },
    instagram: { channel: 'instagram', from: `760000000000${digits}` },
    email: { channel: 'email', from: `trouble-${digits}@example.com`, subject: 'Re: Monday' },
  } as const;
};

const write = async (message: InboundInput) => {
  const { statuses, providerMessageId } = await stack.vendors.write(message);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const id = encodeURIComponent(providerMessageId);
  const [stored] = await rows(`provider_message_id=eq.${id}`);
  return { stored, providerMessageId, conversationId: stored?.conversation_id ?? '' };
};

/** The contact asked something and got a reply. */
const startTalk = async (person: InboundInput) => {
  const { conversationId } = await write({ ...person, text: monday });
  await expectAnswers(conversationId, ['sent']);
  return conversationId;
};

const said = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
});

/** The words of all turns, at each call of the model. */
const asked = (): string[] =>
  stack.model.calls().map(({ body }) =>
    said
      .parse(body)
      .messages.filter(({ role }) => role !== 'system' && role !== 'developer')
      .map(({ content }) => content)
      .join('\n'),
  );
const lastAsked = (): string => asked().at(-1) ?? '';

const send = async (conversationId: string, channel: string) => {
  const response = await fetch(`${stack.apiUrl}/send-message`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      content: 'Hi, it arrives today.',
      ai: false,
      conversation_id: conversationId,
      channel,
    }),
  });
  const body = z.object({ error: z.object({ code: z.string() }).optional() });
  return body.parse(await response.json()).error?.code ?? response.status;
};

/** A reply is queued in the transaction that stores the message, so none comes later. */
const expectQuiet = async (conversationId: string, answers: number) => {
  expect(await repliesIn(conversationId)).toHaveLength(answers);
  expect(stack.model.calls()).toHaveLength(answers);
};

const image = { kind: 'image', mimeType: 'image/jpeg' } as const;
const voice = { kind: 'audio', mimeType: 'audio/ogg' } as const;
const card = { kind: 'document', mimeType: 'application/pdf', name: 'card.pdf' } as const;

describe('what came without words', () => {
  it.each([
    ['[picture]', 'sms', { attachments: [image] }],
    ['[picture]', 'whatsapp', { attachments: [image] }],
    ['[voice message]', 'whatsapp', { attachments: [voice] }],
    ['[PDF card.pdf]', 'whatsapp', { attachments: [card] }],
    ['[picture]', 'twilio', { attachments: [image] }],
    ['[picture]', 'facebook', { attachments: [image] }],
    ['[voice message]', 'instagram', { attachments: [voice] }],
    ['[PDF card.pdf]', 'email', { attachments: [card] }],
    ['[location: Home]', 'whatsapp', { what: { type: 'location', name: 'Home' } }],
    ['[contact card: Dr. Lee, +12125550199]', 'whatsapp', { what: { type: 'contact_card' } }],
  ] as const)('is in its place before the agent answers: %s on %s', async (words, by, sent) => {
    const person = newPerson()[by];
    const conversationId = await startTalk(person);
    const [first] = await repliesIn(conversationId);
    await write(inboundSchema.parse({ ...person, ...sent }));
    await expectAnswers(conversationId, ['sent', 'sent']);
    const history = lastAsked();
    expect(history).toContain(words);
    expect(history.indexOf(words)).toBeGreaterThan(history.indexOf(first?.content ?? 'none'));
  });

  it.each(['sms', 'email'] as const)(
    'as the first that somebody sends is all that the agent has to go by (%s)',
    async (by) => {
      const { conversationId } = await write({ ...newPerson()[by], attachments: [image] });
      await expectAnswers(conversationId, ['sent']);
      expect(lastAsked()).toContain('[picture');
    },
  );

  it('is answered by its subject where an email has nothing else', async () => {
    const mail = { ...newPerson().email, subject: 'Please call me back' };
    const { conversationId } = await write(mail);
    await expectAnswers(conversationId, ['sent']);
    expect(lastAsked()).toContain('Please call me back');
  });

  it.each(['whatsapp', 'twilio', 'facebook', 'instagram'] as const)(
    'and says nothing gets no answer, and ends none: a sticker on %s',
    async (by) => {
      const person = newPerson()[by];
      await change(`agents?id=eq.${agentId}`, { reply_pause_ms: 500 });
      const { conversationId } = await write({ ...person, text: monday });
      const { stored } = await write({ ...person, what: { type: 'sticker' } });
      expect(stored).toMatchObject({ status: 'received', metadata: { unanswerable: true } });
      await expectAnswers(conversationId, ['sent']);
      await expectQuiet(conversationId, 1);
      expect(lastAsked()).toMatch(/\[(?:sticker|like heart)\]/);
    },
  );
});

describe('what a contact sends of another kind', () => {
  const closeWindow = (address: string) => {
    const last = new Date(Date.now() - 30 * 3_600_000).toISOString();
    return change(`contact_addresses?address=like.*${address.replace('+', '')}`, {
      last_inbound_at: last,
    });
  };

  it('is stored, and opens the window: an order, with its note and its items', async () => {
    const { whatsapp } = newPerson();
    const conversationId = await startTalk(whatsapp);
    await closeWindow(whatsapp.from);
    expect(await send(conversationId, 'whatsapp')).toBe('messaging_window_closed');
    const text = 'Please deliver on Friday';
    const { stored } = await write({ ...whatsapp, text, what: { type: 'order' } });
    expect(stored?.content).toContain(text);
    expect(stored?.content).toContain('2 × sku-17');
    await expectAnswers(conversationId, ['sent', 'sent']);
    expect(lastAsked()).toContain('2 × sku-17');
    expect(await send(conversationId, 'whatsapp')).toBe(200);
  });

  it.each(['whatsapp', 'facebook', 'instagram'] as const)(
    'is stored and never answered where nobody knows what it is, and opens the window (%s)',
    async (by) => {
      const person = newPerson()[by];
      const conversationId = await startTalk(person);
      await closeWindow(person.from);
      expect(await send(conversationId, person.channel)).toBe('messaging_window_closed');
      const { stored } = await write({ ...person, what: { type: 'unknown' } });
      expect(stored).toMatchObject({
        conversation_id: conversationId,
        metadata: { unanswerable: true, details: { unknownType: 'unsupported' } },
      });
      await expectQuiet(conversationId, 1);
      expect(await send(conversationId, person.channel)).toBe(200);
    },
  );

  it('is told to the agent with what stands beside its text', async () => {
    const { whatsapp } = newPerson();
    const row = { type: 'button', of: 'list', id: 'slot-9', title: '09:00' } as const;
    const description = 'Friday, with Dr. Lee';
    const { stored, conversationId } = await write({ ...whatsapp, what: { ...row, description } });
    expect(stored).toMatchObject({
      content: '09:00',
      metadata: { details: { button: { id: 'slot-9', title: '09:00', description } } },
    });
    await expectAnswers(conversationId, ['sent']);
    expect(lastAsked()).toContain('09:00 (Friday, with Dr. Lee)');
  });

  it('is told with the ad that brought the contact and the product that they ask about', async () => {
    const { whatsapp } = newPerson();
    const message = {
      from: whatsapp.from.slice(1),
      id: 'wamid.FROM_AN_AD',
      timestamp: `${Math.floor(Date.now() / 1000)}`,
      type: 'text',
      text: { body: 'Is this one available in blue?' },
      referral: { source_type: 'ad', source_id: '120210', headline: 'Whitening 50% off' },
      context: { referred_product: { catalog_id: '1', product_retailer_id: 'sku-17' } },
    };
    await callMeta('messages', { messages: [message] });
    const [stored] = await rows(`provider_message_id=eq.${message.id}`);
    await expectAnswers(stored?.conversation_id ?? '', ['sent']);
    expect(lastAsked()).toContain('[came from the ad: Whitening 50% off]');
    expect(lastAsked()).toContain('[asks about product sku-17]');
  });
});

const callMeta = async (field: string, value: object) => {
  const metadata = { phone_number_id: meta.phoneNumberId };
  const changes = [{ field, value: { metadata, ...value } }];
  const call = metaCall({ object: 'whatsapp_business_account', entry: [{ id: '1', changes }] });
  const { method, headers, body } = call;
  const response = await fetch(`${stack.apiUrl}${call.path}`, { method, headers, body });
  expect(response.status).toBe(200);
};

describe('who wants to hear less', () => {
  it('and turns WhatsApp’s promotions off is answered, and can be written to', async () => {
    const { whatsapp } = newPerson();
    const conversationId = await startTalk(whatsapp);
    const preference = {
      wa_id: whatsapp.from.slice(1),
      detail: 'User requested to stop marketing messages',
      category: 'marketing_messages',
      value: 'stop',
      timestamp: Math.floor(Date.now() / 1000),
    };
    await callMeta('user_preferences', { user_preferences: [preference] });
    await write({ ...whatsapp, text: 'Where is my order 4711? It has not arrived.' });
    await expectAnswers(conversationId, ['sent', 'sent']);
    expect(await send(conversationId, 'whatsapp')).toBe(200);
  });

  it.each(['whatsapp', 'twilio', 'facebook'] as const)(
    'is not who presses a button that the business called Cancel or Stop (%s)',
    async (by) => {
      const person = newPerson()[by];
      const press = (title: string) =>
        write({ ...person, what: { type: 'button', id: `${title}_17`, title } });
      const { conversationId } = await press('Cancel');
      await expectAnswers(conversationId, ['sent']);
      expect(lastAsked()).toContain('Cancel [button Cancel_17]');
      await press('STOP');
      await expectAnswers(conversationId, ['sent', 'sent']);
      expect(await send(conversationId, person.channel)).toBe(200);
    },
  );

  it('and has said STOP is not brought back by a button called Yes or Start', async () => {
    const { whatsapp } = newPerson();
    await write({ ...whatsapp, text: 'STOP' });
    for (const title of ['Yes', 'Start']) {
      await write({ ...whatsapp, what: { type: 'button', id: 'confirm-18', title } });
    }
    const { conversationId } = await write({ ...whatsapp, text: 'yes' });
    expect(await send(conversationId, 'whatsapp')).toBe('recipient_opted_out');
    await write({ ...whatsapp, text: 'START' });
    expect(await send(conversationId, 'whatsapp')).toBe(200);
  });

  it.each([
    ['sms', 'ARRET'],
    ['sms', 'Arrêt'],
    ['sms', 'REMOVE'],
    ['sms', 'cancel'],
    ['sms', 'ＳＴＯＰ'],
    ['sms', 'Stop please'],
    ['sms', 'STOP\nSent from my iPhone'],
    ['whatsapp', 'Unsubscribe me'],
    ['twilio', 'stop'],
    ['facebook', 'STOP'],
    ['instagram', 'Please stop'],
  ] as const)('says so on %s: %j', async (by, text) => {
    const person = newPerson()[by];
    const { conversationId } = await write({ ...person, text });
    expect(await send(conversationId, person.channel)).toBe('recipient_opted_out');
    await expectQuiet(conversationId, 0);
  });

  it.each([
    ['sms', 'Stop by at 5 please'],
    ['whatsapp', 'Cancel'],
    ['whatsapp', 'End'],
    ['twilio', 'Remove'],
  ] as const)('does not say so on %s: %j', async (by, text) => {
    const person = newPerson()[by];
    const { conversationId } = await write({ ...person, text });
    await expectAnswers(conversationId, ['sent']);
    expect(await send(conversationId, person.channel)).toBe(200);
  });
});

describe('a person who answers on the phone or in the page’s inbox', () => {
  it.each(['whatsapp', 'facebook', 'instagram'] as const)(
    'keeps the agent quiet, is never answered, and is read by it later (%s)',
    async (by) => {
      const person = newPerson()[by];
      const conversationId = await startTalk(person);
      const text = 'This is Tom. I keep one aside until six.';
      const { stored } = await write({ ...person, text, what: { type: 'echo' } });
      expect(stored).toMatchObject({ conversation_id: conversationId, status: 'sent' });
      await write({ ...person, text: 'Great, thank you Tom' });
      await expectQuiet(conversationId, 1);
      await change(`agents?id=eq.${agentId}`, { person_pause_hours: 0 });
      await write({ ...person, text: 'Until six, right?' });
      await expectAnswers(conversationId, ['sent', 'sent']);
      expect(lastAsked()).toContain(text);
    },
  );

  it('ends an answer that waits, or is being written', async () => {
    const { whatsapp } = newPerson();
    stack.model.next({ type: 'late', ms: 1_000, text: 'At nine.' });
    const { conversationId } = await write({ ...whatsapp, text: monday });
    await expectAnswers(conversationId, ['composing']);
    await write({ ...whatsapp, text: 'At ten. Tom', what: { type: 'echo' } });
    await expectAnswers(conversationId, ['superseded']);
    expect(stack.vendors.sent()).toEqual([]);
  });
});

describe('a contact who has second thoughts', () => {
  const pause = () => change(`agents?id=eq.${agentId}`, { reply_pause_ms: 1_000 });

  it('and unsends a message on Instagram before it is answered has it forgotten', async () => {
    await pause();
    const { instagram } = newPerson();
    const text = 'my card number is 4111 1111 1111 1111';
    const { providerMessageId, conversationId } = await write({ ...instagram, text });
    await write({ ...instagram, what: { type: 'withdrawal', providerMessageId } });
    const id = encodeURIComponent(providerMessageId);
    expect(await rows(`provider_message_id=eq.${id}`)).toMatchObject([
      { content: null, metadata: { withdrawn: true } },
    ]);
    await expectAnswers(conversationId, ['superseded']);
    expect(stack.model.calls()).toEqual([]);
    await write({ ...instagram, text: 'Sorry, wrong chat' });
    await expectAnswers(conversationId, ['superseded', 'sent']);
    expect(lastAsked()).not.toContain('4111');
  });

  it.each(['whatsapp', 'facebook', 'instagram'] as const)(
    'and corrects it on %s is answered as corrected, also while the model writes',
    async (by) => {
      const person = newPerson()[by];
      stack.model.next({ type: 'late', ms: 1_000, text: 'Monday it is.' });
      const text = 'Please book me for Monday';
      const { providerMessageId, conversationId } = await write({ ...person, text });
      await expectAnswers(conversationId, ['composing']);
      const what = { type: 'correction', providerMessageId } as const;
      await write({ ...person, text: 'Please book me for Tuesday', what });
      await expectAnswers(conversationId, ['superseded', 'sent']);
      const corrected = asked().filter((turns) => turns.includes('Tuesday'));
      expect(corrected).toHaveLength(1);
      expect(corrected[0]).not.toContain('Monday');
      expect(stack.vendors.sent()).toHaveLength(1);
    },
  );
});

describe('a message that its vendor brings late', () => {
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

  it.each(['whatsapp', 'facebook', 'instagram'] as const)(
    'is read in its place, and not answered as the newest (%s)',
    async (by) => {
      const person = newPerson()[by];
      await change(`agents?id=eq.${agentId}`, { reply_pause_ms: 700 });
      const meant = 'Sorry, I meant Tuesday';
      const { conversationId } = await write({ ...person, text: meant, at: ago(4_000) });
      const text = 'Please book me for Monday';
      await write({ ...person, text, at: ago(10_000) });
      await expectAnswers(conversationId, ['sent']);
      const history = lastAsked();
      expect(history.indexOf(text)).toBeGreaterThan(-1);
      expect(history.indexOf(text)).toBeLessThan(history.indexOf(meant));
    },
  );

  it('has an answer that is being written without it written anew', async () => {
    const { whatsapp } = newPerson();
    stack.model.next({ type: 'late', ms: 1_000, text: 'Tuesday: what for?' });
    const meant = 'Sorry, I meant Tuesday';
    const { conversationId } = await write({ ...whatsapp, text: meant, at: ago(4_000) });
    await expectAnswers(conversationId, ['composing']);
    await write({ ...whatsapp, text: 'Please book me for Monday', at: ago(10_000) });
    await expectAnswers(conversationId, ['superseded', 'sent']);
    expect(asked().filter((turns) => turns.includes('Monday'))).toHaveLength(1);
    expect(stack.vendors.sent()).toHaveLength(1);
  });

  it('after the answer has gone out is stored, and answered with the next', async () => {
    const { whatsapp } = newPerson();
    const conversationId = await startTalk(whatsapp);
    const { stored } = await write({ ...whatsapp, text: 'It is for two', at: ago(60_000) });
    expect(stored?.conversation_id).toBe(conversationId);
    await expectQuiet(conversationId, 1);
    await write({ ...whatsapp, text: 'So?' });
    await expectAnswers(conversationId, ['sent', 'sent']);
    expect(lastAsked()).toContain('It is for two');
  });
});

describe('a reaction that a phone sends as an SMS', () => {
  it('is stored, and gets no answer', async () => {
    const { sms } = newPerson();
    const ours = 'Your appointment is tomorrow at 10.\nSee you then!';
    stack.model.next({ type: 'reply', text: ours });
    const conversationId = await startTalk(sms);
    const [answer] = await repliesIn(conversationId);
    for (const text of [
      `Liked “${answer?.content}”`,
      `\u200a👍\u200b to “\u200a${answer?.content}\u200a”`,
      'Loved “Your appointment is tomorrow…”',
      `Le gustó “${answer?.content}”`,
    ]) {
      const { stored } = await write({ ...sms, text });
      expect(stored).toMatchObject({ content: text, metadata: { reaction: true } });
    }
    await expectQuiet(conversationId, 1);
  });

  it('is a text like any other where it repeats nothing of ours', async () => {
    const { sms } = newPerson();
    const conversationId = await startTalk(sms);
    await write({ ...sms, text: 'Liked “The Great Gatsby”' });
    await expectAnswers(conversationId, ['sent', 'sent']);
  });
});

it('a text without end is kept in part, and that it was longer', async () => {
  const text = '🦷'.repeat(50_000);
  const { stored } = await write({ ...newPerson().whatsapp, text });
  expect(stored?.content).toHaveLength(65_536);
  expect(stored?.content?.endsWith('🦷')).toBe(true);
  expect(stored?.metadata).toMatchObject({ text_length: 100_000 });
});
