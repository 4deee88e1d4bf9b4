import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { type Stack, startStack } from '../../dev/stack.ts';
import type { InboundInput } from '../../dev/vendors/inbound-schema.ts';
import { toMessagingCall } from '../../dev/vendors/meta-webhook.ts';
import { postCall } from '../../dev/vendors/webhook.ts';
import { channels } from '../../src/ports/channel.ts';
import { watchReplies } from '../support/replies.ts';

const { agentId, connectionIds } = demoData;
const nightShiftId = 'a1b2c3d4-e5f6-7890-abcd-ef1234567891';

let stack: Stack;
const { rows, change, repliesIn, statusesIn, expectAnswers } = watchReplies(() => stack);
/** The host cannot call anybody, as if it had died after its response. */
let isDead = false;
const causes: unknown[] = [];

beforeAll(async () => {
  stack = await startStack({
    aroundFetch: (route) => async (url, init) => {
      if (isDead) throw new TypeError('fetch failed');
      return route(url, init);
    },
    log: (_level, { event, cause }) => {
      if (event === 'background' && cause !== undefined) causes.push(cause);
    },
  });
});
beforeEach(async () => {
  isDead = false;
  causes.length = 0;
  stack.vendors.reset();
  stack.model.reset();
  await change('agents?active=is.false', { active: true });
  await change('agents?active=is.true', { reply_pause_ms: 200 });
  await change('senders?active=is.true', { answering_agent_id: agentId });
});
afterAll(() => stack.stop());

let people = 0;
/** A new contact on the channel, so that no test meets the conversation of another. */
const newPerson = () => {
  people += 1;
  const digits = `${people}`.padStart(4, '0');
  return {
    sms: { channel: 'sms', from: `+1500555${digits}` },
    whatsapp: { channel: 'whatsapp', from: `+1500556${digits}` },
    facebook: { channel: 'facebook', from: `730000000000${digits}` },
    instagram: { channel: 'instagram', from: `740000000000${digits}` },
    email: { channel: 'email', from: `person-${digits}@example.com`, subject: 'A question' },
  } as const;
};

const write = async (message: InboundInput) => {
  const { statuses, providerMessageId } = await stack.vendors.write(message);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const id = encodeURIComponent(providerMessageId);
  const stored = await rows(`sender_type=eq.contact&provider_message_id=eq.${id}`);
  expect(stored).toHaveLength(1);
  const [row] = stored;
  const conversationId = row?.conversation_id ?? '';
  return { id: row?.id ?? '', conversationId, providerMessageId };
};

const asked = () => stack.model.calls().map(({ body }) => JSON.stringify(body));

const sweep = async () => {
  const headers = { 'x-cron-secret': demoData.cronSecret };
  const response = await fetch(`${stack.apiUrl}/jobs/sweep`, { method: 'POST', headers });
  return response.json();
};

describe('a contact’s message', () => {
  it.each(channels)('is answered once on %s, as a reply to it', async (channel) => {
    const text = `Do you open on Saturday? (${channel})`;
    const { id, conversationId, providerMessageId } = await write({
      ...newPerson()[channel],
      text,
    });
    await expectAnswers(conversationId, ['sent']);
    const [answer] = await repliesIn(conversationId);
    expect(answer).toMatchObject({
      replies_to_id: id,
      metadata: { message_id: providerMessageId, message_uuid: id },
    });
    const [inbound] = await rows(`id=eq.${id}`);
    // An SMS has no field for it, and an email uses another id.
    const replyTo =
      channel === 'email' ? (inbound?.metadata.email_message_id ?? 'none') : providerMessageId;
    const sent = channel === 'sms' ? { channel } : { channel, replyTo };
    expect(stack.vendors.sent()).toMatchObject([sent]);
    expect(stack.vendors.sent()[0]?.text).toContain(answer?.content);
    expect(asked()).toEqual([expect.stringContaining(text)]);
  });

  it('by email is shown to the model without what it quotes', async () => {
    const { email } = newPerson();
    const text =
      'Tuesday it is.\n\nOn Mon, 2 Nov 2026 at 09:00, Acme Dental <hello@acme-dental.example> wrote:\n> The quoted tail';
    const { id, conversationId } = await write({ ...email, text });
    await expectAnswers(conversationId, ['sent']);
    expect(asked()).toEqual([expect.stringContaining('Tuesday it is.')]);
    expect(asked()[0]).not.toContain('The quoted tail');
    expect(await rows(`id=eq.${id}`)).toMatchObject([{ content: text }]);
  });

  it.each(['sms', 'email'] as const)(
    'that %s delivers three times gets one answer',
    async (channel) => {
      const message = { ...newPerson()[channel], text: 'Hello?', times: 3 };
      const { conversationId } = await write(message);
      await expectAnswers(conversationId, ['sent']);
      expect(stack.model.calls()).toHaveLength(1);
      expect(stack.vendors.sent()).toHaveLength(1);
    },
  );

  it('is one of four in a burst that get one answer, made after the newest', async () => {
    await change(`agents?id=eq.${agentId}`, { reply_pause_ms: 3_000 });
    const { whatsapp } = newPerson();
    const texts = ['Hello', 'I broke a tooth', 'on Sunday', 'Can I come today?'];
    const written = [];
    for (const text of texts) written.push(await write({ ...whatsapp, text }));
    const { conversationId, id } = written.at(-1) ?? { conversationId: '', id: '' };
    await expectAnswers(conversationId, ['superseded', 'superseded', 'superseded', 'sent']);
    expect((await repliesIn(conversationId)).at(-1)).toMatchObject({ replies_to_id: id });
    expect(stack.vendors.sent()).toHaveLength(1);
    expect(stack.model.calls()).toHaveLength(1);
    for (const text of texts) expect(asked()[0]).toContain(text);
  });

  it('that comes while the model is thinking is what gets the answer', async () => {
    const { sms } = newPerson();
    const late = { type: 'late', ms: 2_000, text: 'Saturday at 10.' } as const;
    stack.model.next(late, { type: 'reply', text: 'Sunday at 11.' });
    const { conversationId } = await write({ ...sms, text: 'Is Saturday free?' });
    await expectAnswers(conversationId, ['composing']);
    await write({ ...sms, text: 'No, Sunday!' });
    await expectAnswers(conversationId, ['superseded', 'sent']);
    expect(stack.vendors.sent().map(({ text }) => text)).toEqual(['Sunday at 11.']);
    expect(asked()).toContainEqual(expect.stringContaining('No, Sunday!'));
  });
});

describe('an echo', () => {
  it('of our own gets no answer', async () => {
    const { conversationId } = await write({ ...newPerson().facebook, text: 'Hello?' });
    await expectAnswers(conversationId, ['sent']);
    const providerMessageId = stack.vendors.sent()[0]?.providerMessageId ?? '';
    const { status } = await stack.vendors.receipt({ providerMessageId, status: 'echo' });
    expect(status).toBe(200);
    expect(await statusesIn(conversationId)).toEqual(['sent']);
    expect(await rows(`conversation_id=eq.${conversationId}`)).toHaveLength(2);
  });

  it.each(['facebook', 'instagram'] as const)(
    'of what somebody else wrote on %s is theirs, and gets no answer',
    async (channel) => {
      const person = newPerson()[channel];
      const { conversationId } = await write({ ...person, text: 'Hello?' });
      await expectAnswers(conversationId, ['sent']);
      const connection = channel === 'facebook' ? connectionIds.meta : connectionIds.instagram;
      const { pageId, instagramId } = demoData.meta;
      const message = { mid: `mid.of.others.${channel}`, text: 'From the inbox', is_echo: true };
      const call = toMessagingCall(`${stack.apiUrl}/webhooks/meta/${connection}`, channel, {
        sender: channel === 'facebook' ? pageId : instagramId,
        recipient: person.from,
        content: { message: { ...message, app_id: 26390220302 } },
      });
      expect(await postCall(call, 2)).toEqual([200, 200]);
      expect(await statusesIn(conversationId)).toEqual(['sent']);
      expect(await rows(`conversation_id=eq.${conversationId}`)).toHaveLength(3);
      expect(await rows(`sender_type=eq.user&provider_message_id=eq.${message.mid}`)).toMatchObject(
        [{ status: 'sent', content: 'From the inbox', conversation_id: conversationId }],
      );
    },
  );
});

describe('mail that no person wrote', () => {
  it.each([
    ['says so itself', { autoSubmitted: 'auto-replied' }],
    ['is from no-reply@', { from: 'no-reply@shop.example' }],
    ['is from mailer-daemon@', { from: 'mailer-daemon@mx.example' }],
  ])('is stored and gets no answer when it %s', async (_, more) => {
    const { email } = newPerson();
    const { id, conversationId } = await write({ ...email, ...more, text: 'I am away.' });
    await expect
      .poll(async () => (await rows(`id=eq.${id}`))[0]?.content, { timeout: 15_000 })
      .toBe('I am away.');
    expect(await rows(`id=eq.${id}`)).toMatchObject([
      { status: 'received', metadata: { automatic: true } },
    ]);
    expect(await repliesIn(conversationId)).toEqual([]);
    expect(stack.model.calls()).toEqual([]);
  });

  it('does not end the answer to what the contact wrote before', async () => {
    const { email } = newPerson();
    stack.model.next({ type: 'late', ms: 2_000, text: 'Saturday at 10.' });
    const { conversationId } = await write({ ...email, text: 'Is Saturday free?' });
    await expectAnswers(conversationId, ['composing']);
    const away = await write({ ...email, text: 'I am away.', autoSubmitted: 'auto-replied' });
    expect(away.conversationId).toBe(conversationId);
    await expectAnswers(conversationId, ['sent']);
  });
});

describe('the agent that answers', () => {
  it('is the conversation’s own before the sender’s', async () => {
    const { sms } = newPerson();
    const { conversationId } = await write({ ...sms, text: 'Hello?' });
    await expectAnswers(conversationId, ['sent']);
    await change(`conversations?id=eq.${conversationId}`, { answering_agent_id: nightShiftId });
    await write({ ...sms, text: 'And at night?' });
    await expectAnswers(conversationId, ['sent', 'sent']);
    const answers = await repliesIn(conversationId);
    expect(answers.map(({ agent_id }) => agent_id)).toEqual([agentId, nightShiftId]);
    expect(stack.model.calls()[1]?.path).toContain('/v1/messages');
  });

  it('is nobody where there is none, or where it is inactive', async () => {
    await change('senders?channel=eq.sms', { answering_agent_id: null });
    const { sms } = newPerson();
    const { conversationId } = await write({ ...sms, text: 'Hello?' });
    await change('senders?channel=eq.sms', { answering_agent_id: agentId });
    await change(`agents?id=eq.${agentId}`, { active: false });
    await write({ ...sms, text: 'Anybody?' });
    expect(await repliesIn(conversationId)).toEqual([]);
    await change(`agents?id=eq.${agentId}`, { active: true });
    await write({ ...sms, text: 'And now?' });
    await expectAnswers(conversationId, ['sent']);
  });
});

describe('the sweeper', () => {
  it('sends what is due after its host has died, and not before', async () => {
    await change(`agents?id=eq.${agentId}`, { reply_pause_ms: 1_000 });
    const { conversationId } = await write({ ...newPerson().sms, text: 'Hello?' });
    isDead = true;
    const answer = `messages?conversation_id=eq.${conversationId}&replies_to_id=not.is.null`;
    await change(answer, { due_at: new Date(Date.now() + 3_600_000).toISOString() });
    await expect.poll(() => causes.length, { timeout: 20_000 }).toBe(1);
    isDead = false;
    expect(await sweep()).toMatchObject({ sent: 0, superseded: 0, failed: 0 });
    expect(await statusesIn(conversationId)).toEqual(['queued']);
    expect(stack.model.calls()).toEqual([]);
    await change(answer, { due_at: new Date(Date.now() - 1_000).toISOString() });
    expect(await sweep()).toMatchObject({ sent: 1 });
    expect(await statusesIn(conversationId)).toEqual(['sent']);
    expect(stack.vendors.sent()).toHaveLength(1);
  });
});
