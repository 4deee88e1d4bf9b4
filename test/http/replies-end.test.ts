import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { type Stack, startStack } from '../../dev/stack.ts';
import type { InboundInput } from '../../dev/vendors/inbound-schema.ts';
import { toWireId } from '../../src/lib/message-id.ts';
import { watchReplies } from '../support/replies.ts';

const { agentId } = demoData;
/** Milliseconds. The sweeper is needed after such a long pause, so the test decides when it is over. */
const longPause = 60_000;

let stack: Stack;
const { rows, change, repliesIn, statusesIn, expectAnswers } = watchReplies(() => stack);
beforeAll(async () => {
  stack = await startStack();
  await change('senders?active=is.true', { answering_agent_id: agentId });
});
beforeEach(async () => {
  stack.vendors.reset();
  stack.model.reset();
  await setAgent({
    reply_pause_ms: 200,
    person_pause_hours: 12,
    max_unanswered: 3,
    max_replies_per_hour: 20,
    daily_token_limit: null,
  });
});
afterAll(() => stack.stop());

const setAgent = (values: object) => change(`agents?id=eq.${agentId}`, values);

let people = 0;
/** A new contact on the channel, so that no test meets the conversation of another. */
const newPerson = (channel: 'sms' | 'whatsapp' = 'sms') => {
  people += 1;
  return { channel, from: `+1500557${`${people}`.padStart(4, '0')}` };
};

/** The contact writes; returns the conversation. */
const write = async (message: InboundInput): Promise<string> => {
  const { status, providerMessageId } = await stack.vendors.write(message);
  expect(status).toBe(200);
  const [row] = await rows(`provider_message_id=eq.${encodeURIComponent(providerMessageId)}`);
  return row?.conversation_id ?? '';
};

const headers = { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' };
const send = async (conversationId: string, more: object = {}) => {
  const content = 'This is Ann: I see to it.';
  const body = { conversation_id: conversationId, channel: 'sms', ai: false, content, ...more };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${stack.apiUrl}/send-message`, init);
  return { status: response.status, body: await response.json() };
};
const written = { ai: true, agent_id: agentId, content: 'Ask how she is.' };

/** The pause before the reply is over, and the sweeper comes. */
const sweepWhenDue = async (conversationId: string) => {
  const waiting = `messages?conversation_id=eq.${conversationId}&status=eq.queued`;
  await change(waiting, { due_at: new Date(Date.now() - 1_000).toISOString() });
  const init = { method: 'POST', headers: { 'x-cron-secret': demoData.cronSecret } };
  return (await fetch(`${stack.apiUrl}/jobs/sweep`, init)).json();
};

const textsSent = () => stack.vendors.sent().map(({ text }) => text);
const reportOf = async (conversationId: string) => {
  const [answer] = await repliesIn(conversationId);
  const path = `/messages/${toWireId(answer?.id ?? '')}`;
  return (await fetch(`${stack.apiUrl}${path}`, { headers })).json();
};

describe('a person who writes', () => {
  it('before the pause is over ends the answer, and no model is asked', async () => {
    await setAgent({ reply_pause_ms: longPause });
    const conversationId = await write({ ...newPerson(), text: 'Is anybody there?' });
    expect(await send(conversationId)).toMatchObject({ status: 200 });
    expect(await sweepWhenDue(conversationId)).toMatchObject({ superseded: 1, sent: 0 });
    expect(await reportOf(conversationId)).toMatchObject({ status: 'superseded', error: null });
    expect(stack.model.calls()).toEqual([]);
    expect(textsSent()).toEqual(['This is Ann: I see to it.']);
  });

  it('while the model is thinking ends the answer, which no vendor sees', async () => {
    stack.model.next({ type: 'late', ms: 1_500, text: 'Never to be sent.' });
    const conversationId = await write({ ...newPerson(), text: 'Is anybody there?' });
    await expectAnswers(conversationId, ['composing']);
    expect(await send(conversationId)).toMatchObject({ status: 200 });
    await expectAnswers(conversationId, ['superseded']);
    expect(await reportOf(conversationId)).toMatchObject({
      status: 'superseded',
      error: null,
      attempts: [],
    });
    expect(stack.model.calls()).toHaveLength(1);
    expect(textsSent()).toEqual(['This is Ann: I see to it.']);
    expect(stack.vendors.requests()).toHaveLength(1);
  });

  it('in vain, because no provider took it, leaves the contact to the agent', async () => {
    const person = newPerson();
    const conversationId = await write({ ...person, text: 'Is anybody there?' });
    await expectAnswers(conversationId, ['sent']);
    stack.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 400, code: 21211 });
    expect(await send(conversationId)).toMatchObject({ status: 500 });
    await write({ ...person, text: 'Hello?' });
    await expectAnswers(conversationId, ['sent', 'sent']);
  });

  it('after the answer changes nothing of it, and keeps the agent quiet for its hours', async () => {
    const person = newPerson();
    const conversationId = await write({ ...person, text: 'Is anybody there?' });
    await expectAnswers(conversationId, ['sent']);
    expect(await send(conversationId)).toMatchObject({ status: 200 });
    expect(await reportOf(conversationId)).toMatchObject({ status: 'sent', error: null });
    await write({ ...person, text: 'Thank you, Ann.' });
    expect(await statusesIn(conversationId)).toEqual(['sent']);
    await setAgent({ person_pause_hours: 0 });
    await write({ ...person, text: 'And on Monday?' });
    await expectAnswers(conversationId, ['sent', 'sent']);
  });
});

describe('a loop', () => {
  it('with another machine ends after so many answers in an hour, in that conversation', async () => {
    await setAgent({ max_replies_per_hour: 2 });
    const machine = newPerson();
    const conversationId = await write({ ...machine, text: 'Your call is important to us.' });
    await expectAnswers(conversationId, ['sent']);
    await write({ ...machine, text: 'Your call is important to us.' });
    await expectAnswers(conversationId, ['sent', 'sent']);
    for (let turn = 0; turn < 3; turn += 1) {
      await write({ ...machine, text: 'Your call is important to us.' });
      expect(await statusesIn(conversationId)).toEqual(['sent', 'sent']);
    }
    await expectAnswers(await write({ ...newPerson(), text: 'Hello?' }), ['sent']);
    expect(stack.vendors.sent()).toHaveLength(3);
  });

  it('does not count an answer that the contact’s next message ends', async () => {
    await setAgent({ max_replies_per_hour: 1 });
    const person = newPerson();
    const late = { type: 'late', ms: 1_500, text: 'Saturday at 10.' } as const;
    stack.model.next(late, { type: 'reply', text: 'Sunday at 11.' });
    const conversationId = await write({ ...person, text: 'Is Saturday free?' });
    await expectAnswers(conversationId, ['composing']);
    await write({ ...person, text: 'No, Sunday!' });
    await expectAnswers(conversationId, ['superseded', 'sent']);
    expect(textsSent()).toEqual(['Sunday at 11.']);
  });

  it('of agents that hear nothing from the contact ends after max_unanswered messages', async () => {
    await setAgent({ reply_pause_ms: longPause, max_unanswered: 2 });
    const person = newPerson();
    const conversationId = await write({ ...person, text: 'Hello?' });
    for (let sent = 0; sent < 2; sent += 1) {
      expect(await send(conversationId, written)).toMatchObject({ status: 200 });
    }
    expect(await sweepWhenDue(conversationId)).toMatchObject({ superseded: 1, sent: 0 });
    expect(stack.model.calls()).toHaveLength(2);

    await write({ ...person, text: 'I am fine.' });
    expect(await send(conversationId, written)).toMatchObject({ status: 200 });
    expect(await sweepWhenDue(conversationId)).toMatchObject({ superseded: 0, sent: 1 });
    expect(await statusesIn(conversationId)).toEqual(['superseded', 'sent']);
    expect(stack.vendors.sent()).toHaveLength(4);
  });
});

describe.each(['sms', 'whatsapp'] as const)('the words that end it on %s', (channel) => {
  const expectOptedOut = async (conversationId: string) => {
    stack.vendors.reset();
    expect(await send(conversationId, { channel })).toMatchObject({
      status: 422,
      body: { error: { code: 'recipient_opted_out', retry: 'never' } },
    });
    expect(stack.vendors.requests()).toEqual([]);
  };

  it('opt out before any agent runs, and START brings the contact back', async () => {
    const person = newPerson(channel);
    const conversationId = await write({ ...person, text: 'STOP' });
    await expectOptedOut(conversationId);
    await write({ ...person, text: 'Really.' });
    expect(await repliesIn(conversationId)).toEqual([]);
    await write({ ...person, text: 'START' });
    expect(await repliesIn(conversationId)).toEqual([]);
    expect(stack.model.calls()).toEqual([]);
    await write({ ...person, text: 'Are you open?' });
    await expectAnswers(conversationId, ['sent']);
    expect(await send(conversationId, { channel })).toMatchObject({ status: 200 });
  });

  it('end the answer that the model is thinking about', async () => {
    stack.model.next({ type: 'late', ms: 1_500, text: 'Never to be sent.' });
    const person = newPerson(channel);
    const conversationId = await write({ ...person, text: 'Are you open?' });
    await expectAnswers(conversationId, ['composing']);
    await write({ ...person, text: 'Stop!' });
    await expectAnswers(conversationId, ['superseded']);
    await expectOptedOut(conversationId);
  });

  it('end what an agent is writing for the API', async () => {
    const person = newPerson(channel);
    const conversationId = await write({ ...person, text: 'Are you open?' });
    await expectAnswers(conversationId, ['sent']);
    stack.vendors.reset();
    stack.model.reset();
    stack.model.next({ type: 'late', ms: 1_500, text: 'Never to be sent.' });
    const sending = send(conversationId, { ...written, channel });
    const composing = `conversation_id=eq.${conversationId}&status=eq.composing`;
    await expect.poll(() => rows(composing), { timeout: 10_000 }).toHaveLength(1);
    await write({ ...person, text: 'Stop!' });
    const { status, body } = await sending;
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { error: { code: 'recipient_opted_out', retry: 'never' } },
    });
    expect(stack.vendors.requests()).toEqual([]);
    const path = `/messages/${body.error.message_id}`;
    expect(await (await fetch(`${stack.apiUrl}${path}`, { headers })).json()).toMatchObject({
      status: 'failed',
      error: { code: 'recipient_opted_out', retry: 'never' },
      attempts: [],
    });
  });

  it('are words like any where there is nothing to take back: YES is answered', async () => {
    const conversationId = await write({ ...newPerson(channel), text: 'YES' });
    await expectAnswers(conversationId, ['sent']);
  });
});

describe('daily_token_limit', () => {
  it('once reached has no model asked and nothing sent, until it is raised', async () => {
    const person = newPerson();
    const conversationId = await write({ ...person, text: 'Hello?' });
    await expectAnswers(conversationId, ['sent']);
    await setAgent({ daily_token_limit: 1, reply_pause_ms: longPause });
    stack.vendors.reset();
    stack.model.reset();

    const message = expect.stringMatching(/daily_token_limit.*tomorrow.*same key/);
    expect(await send(conversationId, written)).toMatchObject({
      status: 502,
      body: { error: { code: 'ai_unavailable', retry: 'safe', message } },
    });
    await write({ ...person, text: 'Are you there?' });
    expect(await sweepWhenDue(conversationId)).toMatchObject({ sent: 0, queued: 1 });
    expect(stack.model.calls()).toEqual([]);
    expect(stack.vendors.requests()).toEqual([]);

    await setAgent({ daily_token_limit: 1_000_000 });
    expect(await sweepWhenDue(conversationId)).toMatchObject({ sent: 1 });
    expect(await statusesIn(conversationId)).toEqual(['sent', 'sent']);
  });
});
