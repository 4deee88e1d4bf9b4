import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StorableEvent } from '../../src/ports/storable-event.ts';
import { hour, type StoreContext } from './context.ts';
import { createTenant } from './tenant.ts';
import { inbound, receipt, type WebhookTests } from './webhook-events.ts';

type Echo = Extract<StorableEvent, { type: 'echo' }>;

export const echo = (changes: Partial<Echo> = {}): Echo => ({
  type: 'echo',
  channel: 'whatsapp',
  accounts: ['from-whatsapp'],
  to: '+15005550101',
  otherAddress: null,
  scopedToSender: false,
  watermarks: false,
  providerMessageId: `wamid.${randomUUID()}`,
  at: Date.now(),
  text: 'I keep one aside until six. Tom',
  attachments: [],
  ...changes,
});

export const describeEchoes = (context: StoreContext, tests: WebhookTests) => {
  const answerEverything = (pauseHours = 12) =>
    context.database().query(`
      update public.senders set answering_agent_id = '${context.tenant.agentId}'
      where sub_account_id = '${context.tenant.id}';
      update public.agents set reply_pause_ms = 0, person_pause_hours = ${pauseHours}
      where id = '${context.tenant.agentId}';`);

  const written = async () => {
    const rows = await context.database().query(
      `select to_jsonb(m) as row from public.messages m
       where m.sub_account_id = '${context.tenant.id}' and m.sender_type = 'user' order by created_at`,
    );
    return rows.map(({ row }) => row);
  };

  const claim = async (messageId: string) => {
    return context.claim(messageId);
  };

  describe('record_webhook with what a person wrote outside this API', () => {
    it('stores it once, as a person’s, in the contact’s conversation, at the vendor’s time', async () => {
      const event = echo({ at: Date.now() - hour });
      expect(await tests.outcomes(event, event)).toEqual(['stored', 'known']);
      expect(await tests.outcomes(event)).toEqual(['known']);
      const at = new Date(event.at).toISOString();
      const [row, ...more] = await written();
      expect(more).toEqual([]);
      expect(row).toMatchObject({
        conversation_id: context.tenant.conversationId,
        sender_type: 'user',
        status: 'sent',
        content: event.text,
        provider: 'twilio',
        provider_message_id: event.providerMessageId,
        metadata: { echo: true },
      });
      expect(new Date(String(Object(row).sent_at)).toISOString()).toBe(at);
    });

    it('makes the contact and the conversation that are not known yet, and opens no window', async () => {
      expect(await tests.outcomes(echo({ to: '+15005550177' }))).toEqual(['stored']);
      const address = await tests.addressOf('whatsapp', '+15005550177');
      expect(address).toMatchObject({ last_inbound_at: null });
      expect(await tests.conversations()).toHaveLength(2);
    });

    it('is read by the agent in its place, and keeps the agent quiet for its pause', async () => {
      await answerEverything();
      await tests.record(echo());
      const { reply } = await tests.recordOne(inbound({ channel: 'whatsapp', text: 'Thanks Tom' }));
      expect(reply).toBeNull();
      await answerEverything(0);
      const later = await tests.recordOne(inbound({ channel: 'whatsapp', text: 'One more thing' }));
      const { begun } = await claim(later.reply?.messageId ?? '');
      expect(begun[0]?.history.map(({ senderType, content }) => [senderType, content])).toEqual([
        ['user', 'I keep one aside until six. Tom'],
        ['contact', 'Thanks Tom'],
        ['contact', 'One more thing'],
      ]);
    });

    it.each([
      ['after the contact did', 0],
      ['before that, and is heard of late', 60_000],
    ])('ends an answer that waits, when the person wrote %s', async (_, before) => {
      await answerEverything();
      const { reply } = await tests.recordOne(inbound({ channel: 'whatsapp' }));
      await tests.record(echo({ at: Date.now() - before }));
      expect(await claim(reply?.messageId ?? '')).toMatchObject({ begun: [], superseded: 1 });
    });

    it('says that a message of ours is known, whose id it has', async () => {
      const { providerMessageId } = await tests.keepSent('whatsapp');
      expect(await tests.outcomes(echo({ providerMessageId }))).toEqual(['known']);
      expect(await written()).toHaveLength(1);
    });

    it.each(['sending', 'unknown'])(
      'tells that ours went out, whose answer has not come (%s)',
      async (status) => {
        const sent = { status, provider_message_id: null, sent_at: null, content: 'On our way' };
        const { id } = await tests.keepSent('whatsapp', sent);
        const event = echo({ text: 'On our way' });
        expect(await tests.outcomes(event, event)).toEqual(['moved', 'known']);
        expect(await written()).toMatchObject([
          { id, status: 'sent', provider_message_id: event.providerMessageId },
        ]);
      },
    );

    it('goes when a message of ours turns out to have its id, from the provider or a receipt', async () => {
      const begun = context.request({ channel: 'whatsapp' });
      await context.store.beginSend(begun);
      const sent = context.sent();
      const first = echo({ providerMessageId: sent.providerMessageId, text: 'Hello ' });
      const other = echo({ providerMessageId: sent.providerMessageId, text: 'Said otherwise' });
      expect(await tests.outcomes(other)).toEqual(['stored']);
      await context.store.settleSend(context.settlement(begun, sent));
      expect(await written()).toMatchObject([{ id: begun.messageId, status: 'sent' }]);
      expect(await tests.outcomes(first)).toEqual(['known']);

      const doubtful = { status: 'unknown', provider_message_id: null };
      const { id, wireId } = await tests.keepSent('whatsapp', doubtful);
      const { providerMessageId } = echo();
      await tests.record(echo({ providerMessageId }));
      await tests.record(receipt('sent', { messageId: wireId, providerMessageId }));
      expect(await written()).toMatchObject([{}, { id, status: 'sent' }]);
    });

    it('touches no message of another tenant with its id, and stores nothing without a sender', async () => {
      const other = await createTenant(context.database());
      const event = echo();
      await tests.record(event);
      expect(await context.store.recordWebhook(other.connectionId, [event])).toMatchObject([
        { outcome: 'stored' },
      ]);
      expect(await tests.outcomes(echo({ accounts: ['nobody'] }))).toEqual(['no_sender']);
      expect(await written()).toHaveLength(1);
    });
  });

  describe('record_webhook with a preference about promotions', () => {
    const say = (preference: 'opted_out' | 'opted_in', at = Date.now()): StorableEvent => ({
      type: 'preference',
      scope: 'marketing',
      channel: 'whatsapp',
      accounts: ['from-whatsapp'],
      address: '+15005550101',
      preference,
      at,
    });
    const jane = () => tests.addressOf('whatsapp', '+15005550101');

    it('is kept apart, newest first, and stops no message', async () => {
      const now = Date.now();
      await tests.record(say('opted_out', now - 1000), say('opted_in', now - 2000));
      expect(await jane()).toMatchObject({ opted_out_at: null });
      expect((await jane())?.marketing_opted_out_at).not.toBeNull();
      const begun = await context.store.beginSend(context.request({ channel: 'whatsapp' }));
      expect(begun.outcome).toBe('begun');
      await tests.record(say('opted_in'));
      expect(await jane()).toMatchObject({ marketing_opted_out_at: null });
    });

    it('is kept from a receipt that says so', async () => {
      const { wireId } = await tests.keepSent('whatsapp');
      await tests.record(
        receipt('failed', { messageId: wireId, consequence: 'marketing_opted_out' }),
      );
      expect(await jane()).toMatchObject({ opted_out_at: null });
      expect((await jane())?.marketing_opted_out_at).not.toBeNull();
    });

    it('counts at both addresses of one person, and goes on with a new id', async () => {
      await tests.record(say('opted_out'));
      const both = { from: 'US.13491208655302741918', otherAddress: '+15005550101' };
      await tests.record(inbound({ channel: 'whatsapp', ...both }));
      const isOut = async (address: string) =>
        (await tests.addressOf('whatsapp', address))?.marketing_opted_out_at !== null;
      expect(await isOut(both.from)).toBe(true);
      const current = 'US.2';
      await tests.record(inbound({ channel: 'whatsapp', from: current }));
      const previous = both.from;
      await tests.record({ type: 'address_change', channel: 'whatsapp', previous, current });
      expect(await isOut(current)).toBe(true);
    });
  });
};
