import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { modelReplies } from '../../dev/model.ts';
import { channels } from '../../src/ports/channel.ts';
import { type Api, expectSent, manual, startApi, written } from '../support/api.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());
afterAll(() => api.stop());

const vendorOf = {
  sms: 'twilio',
  email: 'resend',
  whatsapp: 'meta',
  facebook: 'meta',
  instagram: 'meta',
} as const;

describe('POST /send-message', () => {
  it.each(channels)('sends word for word over %s', async (channel) => {
    const sent = expectSent(await api.send({ ...manual, channel }));
    expect(sent).toMatchObject({
      content: manual.content,
      sender_type: 'user',
      channel,
      ai: false,
    });
    const [taken, ...more] = api.vendors.sent();
    expect(more).toEqual([]);
    expect(taken).toMatchObject({ vendor: vendorOf[channel], channel, text: manual.content });
    if (channel !== 'facebook' && channel !== 'instagram') {
      expect(taken?.ourMessageId).toBe(sent.message_id);
    }
    expect(api.databaseCalls).toEqual(['/rest/v1/rpc/begin_send', '/rest/v1/rpc/settle_send']);
  });

  it.each(channels)('sends what the agent writes over %s', async (channel) => {
    const sent = expectSent(await api.send({ ...written, channel }));
    expect(sent).toMatchObject({ sender_type: 'agent', channel, ai: true });
    expect(modelReplies).toContain(sent.content);
    expect(api.vendors.sent()).toMatchObject([{ text: sent.content, channel }]);
    expect(api.databaseCalls).toEqual([
      '/rest/v1/rpc/begin_send',
      '/rest/v1/rpc/commit_reply',
      '/rest/v1/rpc/settle_send',
    ]);
  });

  it('writes through Anthropic too', async () => {
    const agent_id = 'a1b2c3d4-e5f6-7890-abcd-ef1234567891';
    const sent = expectSent(await api.send({ ...written, agent_id }));
    expect(api.model.calls().map(({ path }) => path)).toEqual(['/v1/messages']);
    expect(api.vendors.sent()).toMatchObject([{ text: sent.content }]);
  });

  it('gives the agent its instructions, the history as turns and the operator’s instruction last', async () => {
    await api.send({ ...manual, content: 'An earlier message.' });
    api.model.reset();
    await api.send(written);
    const body = JSON.stringify(api.model.calls()[0]?.body);
    expect(body).toContain('You are the front desk of Acme Dental.');
    expect(body).toContain('An earlier message.');
    expect(body.lastIndexOf('Remind her of tomorrow.')).toBeGreaterThan(
      body.indexOf('An earlier message.'),
    );
  });

  it('stores the tokens that the agent used, and shows them with the attempts', async () => {
    const { message_id } = expectSent(await api.send(written));
    const { status, body } = await api.getMessage(message_id);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      message_id,
      status: 'sent',
      channel: 'sms',
      sender_type: 'agent',
      agent_id: demoData.agentId,
      provider: 'twilio',
      error: null,
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
      attempts: [{ number: 1, provider: 'twilio', outcome: 'accepted', reason: null }],
    });
  });

  it('asks the model once to shorten, then cuts, so that the text fits the channel', async () => {
    const long = 'This sentence is far too long for Instagram. '.repeat(40);
    api.model.next({ type: 'reply', text: long }, { type: 'reply', text: long });
    const sent = expectSent(await api.send({ ...written, channel: 'instagram' }));
    expect(new TextEncoder().encode(sent.content).length).toBeLessThanOrEqual(1000);
    expect(sent.content.endsWith('.')).toBe(true);
    expect(api.model.calls()).toHaveLength(2);
  });

  it('accepts unknown fields and null for optional ones', async () => {
    expectSent(
      await api.send({
        ...manual,
        workflow: { id: 1 },
        agent_id: null,
        message_id: null,
        subject: null,
      }),
    );
  });

  it('uses the subject on email, and the sub-account’s name where there is none', async () => {
    const other = { conversation_id: 'conv_subjects' };
    await api.database.query(
      `insert into public.conversations (sub_account_id, contact_id, external_id)
       select sub_account_id, contact_id, 'conv_subjects' from public.conversations
       where external_id = '${demoData.conversationId}'`,
    );
    const email = { ...manual, ...other, channel: 'email' };
    await api.send(email);
    await api.send({ ...email, subject: 'Your bill' });
    await api.send(email);
    const subjects = api.vendors.sent().map(({ subject }) => subject);
    expect(subjects).toEqual(['Acme Dental', 'Your bill', 'Re: Your bill']);
  });

  it('reaches a WhatsApp user who has no number by the business-scoped id', async () => {
    await api.database.query(
      `update public.contact_addresses set address = 'US.13491208655302741918' where channel = 'whatsapp'`,
    );
    expectSent(await api.send({ ...manual, channel: 'whatsapp' }));
    expect(api.vendors.sent()).toMatchObject([{ to: 'US.13491208655302741918' }]);
    await api.database.query(
      `update public.contact_addresses set address = '${demoData.contact.whatsappNumber}' where channel = 'whatsapp'`,
    );
  });

  it('threads a WhatsApp reply to the inbound message, and keeps the caller’s id for it', async () => {
    await api.database.query(
      `insert into public.messages (id, sub_account_id, conversation_id, channel, sender_type, status, content, provider_message_id)
       select gen_random_uuid(), sub_account_id, id, 'whatsapp', 'contact', 'received', 'Hi', 'wamid.inbound1'
       from public.conversations where external_id = '${demoData.conversationId}'`,
    );
    const { message_id } = expectSent(
      await api.send({ ...manual, channel: 'whatsapp', message_id: 'wamid.inbound1' }),
    );
    expect(api.vendors.sent()).toMatchObject([{ replyTo: 'wamid.inbound1' }]);
    const { body } = await api.getMessage(message_id);
    expect(body).toMatchObject({ metadata: { message_id: 'wamid.inbound1' } });
  });

  it('answers with rate, timing and request id, and keeps a sane id of the caller', async () => {
    const { headers } = await api.send(manual, { 'x-request-id': 'n8n-run-42' });
    expect(headers.get('x-request-id')).toBe('n8n-run-42');
    expect(headers.get('ratelimit-policy')).toBe('"api-key";q=600;w=60');
    expect(headers.get('ratelimit')).toMatch(/^"api-key";r=\d+;t=\d+$/);
    expect(headers.get('server-timing')).toMatch(/^db;dur=[\d.]+, provider;dur=[\d.]+$/);
    const insane = await api.send(manual, { 'x-request-id': 'a b{"c":1}' });
    expect(insane.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
