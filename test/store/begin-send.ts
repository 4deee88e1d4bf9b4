import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newMessageId, toWireId } from '../../src/lib/message-id.ts';
import { ago, expectBegun, hour, type StoreContext } from './context.ts';

export const describeBeginSend = (context: StoreContext) => {
  describe('what begin_send stores and answers', () => {
    it('stores a manual message in sending, with a lease, before it answers', async () => {
      const asked = context.request();
      const begun = expectBegun(await context.store.beginSend(asked));
      expect(begun).toMatchObject({
        messageId: asked.messageId,
        content: 'Hello',
        attempts: 0,
        recipient: { address: '+15005550101', name: 'Jane Doe' },
        agent: null,
        history: [],
        senders: [{ id: context.tenant.senderId, connection: { provider: 'twilio' } }],
      });
      const row = await context.rowOf(asked.messageId);
      expect(row).toMatchObject({ status: 'sending', content: 'Hello', sender_type: 'user' });
      expect(row?.lease_expires_at).not.toBeNull();
    });

    it('stores the parts beside the text as they are, and gives them back', async () => {
      // The database knows no part by its name.
      const parts = { aNote: 'x', list: [{ anItem: 1 }] };
      const asked = context.request({ parts });
      await context.store.beginSend(asked);
      const [row] = await context.database().query(`
        select m.body, crm_api.describe_begun(m, null, 0) -> 'parts' as told
        from public.messages m where m.id = '${asked.messageId}'`);
      expect(row).toEqual({ body: parts, told: parts });
    });

    it('stores a message for an agent in composing, and answers with agent and history', async () => {
      const earlier = context.request({ work: { content: 'Earlier' } });
      await context.store.beginSend(earlier);
      await context.store.settleSend(context.settlement(earlier, context.sent()));
      const asked = context.aiRequest();
      const begun = expectBegun(await context.store.beginSend(asked));
      expect(begun).toMatchObject({
        content: null,
        prompt: 'Remind her',
        agent: {
          model: 'model-1',
          instructions: 'Be brief.',
          connection: { provider: 'twilio' },
        },
        history: [{ senderType: 'user', content: 'Earlier' }],
      });
      expect(await context.rowOf(asked.messageId)).toMatchObject({
        status: 'composing',
        sender_type: 'agent',
        content: null,
      });
    });

    it('gives the history oldest first, at most as much as asked for, and no failed messages', async () => {
      for (const [index, content] of ['one', 'two', 'three', 'four'].entries()) {
        await context.tenant.insert('messages', {
          id: newMessageId(),
          conversation_id: context.tenant.conversationId,
          channel: 'sms',
          sender_type: 'contact',
          status: content === 'two' ? 'failed' : 'received',
          content,
          happened_at: ago(hour - index * 60_000),
        });
      }
      const begun = expectBegun(
        await context.store.beginSend(context.aiRequest({ historyLimit: 2 })),
      );
      expect(begun.history.map(({ content }) => content)).toEqual(['three', 'four']);
    });

    it('finds the conversation by its UUID as well', async () => {
      expectBegun(
        await context.store.beginSend(
          context.request({ conversationRef: context.tenant.conversationId }),
        ),
      );
    });

    it('lists senders by priority, a resting one last, and none that is inactive', async () => {
      const sender = { connection_id: context.tenant.connectionId, channel: 'sms' };
      await context.tenant.insert('senders', { ...sender, address: 'first', priority: 1 });
      await context.tenant.insert('senders', {
        ...sender,
        address: 'off',
        priority: 2,
        active: false,
      });
      await context.tenant.insert('senders', {
        ...sender,
        address: 'resting',
        priority: 0,
        rests_until: ago(-hour),
      });
      const begun = expectBegun(await context.store.beginSend(context.request()));
      expect(begun.senders.map(({ address }) => address)).toEqual(['first', 'from-sms', 'resting']);
    });

    it('reaches a page-scoped address through its own page only', async () => {
      const page = randomUUID();
      const sender = { connection_id: context.tenant.connectionId, channel: 'facebook' };
      await context.tenant.insert('senders', { ...sender, address: 'page-1', priority: 1 });
      await context.tenant.insert('senders', {
        ...sender,
        id: page,
        address: 'page-2',
        priority: 2,
      });
      await context.tenant.insert('contact_addresses', {
        contact_id: context.tenant.contactId,
        channel: 'facebook',
        address: '7100000000000001',
        only_sender_id: page,
      });
      const begun = expectBegun(
        await context.store.beginSend(context.request({ channel: 'facebook' })),
      );
      expect(begun.senders.map(({ address }) => address)).toEqual(['page-2']);
    });

    it('writes to the address from which the contact wrote last', async () => {
      await context.tenant.insert('contact_addresses', {
        contact_id: context.tenant.contactId,
        channel: 'whatsapp',
        address: 'US.1349',
        last_inbound_at: ago(hour),
      });
      const begun = expectBegun(
        await context.store.beginSend(context.request({ channel: 'whatsapp' })),
      );
      expect(begun.recipient.address).toBe('US.1349');
    });

    it('threads to the message that is replied to, by our id or the provider’s, on the same channel only', async () => {
      const inbound = newMessageId();
      const row = { conversation_id: context.tenant.conversationId, sender_type: 'contact' };
      await context.tenant.insert('messages', {
        ...row,
        id: inbound,
        channel: 'email',
        status: 'received',
        content: 'Hi',
        subject: 'Prices',
        reply_prefix: 'Re: ',
        provider_message_id: `in-${context.tenant.id}`,
        metadata: JSON.stringify({ email_message_id: '<a@b>' }),
      });
      const replyTo = { providerMessageId: `in-${context.tenant.id}`, emailMessageId: '<a@b>' };
      for (const repliedMessageId of [toWireId(inbound), `in-${context.tenant.id}`]) {
        const begun = expectBegun(
          await context.store.beginSend(context.request({ channel: 'email', repliedMessageId })),
        );
        expect(begun.replyTo).toEqual(replyTo);
        expect(begun.subject).toBe('Re: Prices');
      }
      const sms = expectBegun(
        await context.store.beginSend(context.request({ repliedMessageId: toWireId(inbound) })),
      );
      expect(sms.replyTo).toBeNull();
      const unknown = expectBegun(
        await context.store.beginSend(
          context.request({ channel: 'email', repliedMessageId: 'never-seen' }),
        ),
      );
      expect(unknown.replyTo).toBeNull();
    });

    it("takes the caller's subject, else the last one, else the sub-account's name", async () => {
      const email = { channel: 'email' } as const;
      expect(expectBegun(await context.store.beginSend(context.request(email))).subject).toBe(
        'Acme',
      );
      const named = expectBegun(
        await context.store.beginSend(context.request({ ...email, subject: 'Bill' })),
      );
      expect(named.subject).toBe('Bill');
      expect(expectBegun(await context.store.beginSend(context.request(email))).subject).toBe(
        'Re: Bill',
      );
      expect(expectBegun(await context.store.beginSend(context.request(email))).subject).toBe(
        'Re: Bill',
      );
      expect(expectBegun(await context.store.beginSend(context.request())).subject).toBeNull();
    });
  });
};
