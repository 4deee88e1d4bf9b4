import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ago, hour, type StoreContext } from './context.ts';
import { createTenant } from './tenant.ts';
import { email, inbound, type WebhookTests } from './webhook-events.ts';

const timeOf = (value: unknown): number => new Date(String(value)).getTime();

export const describeInbound = (context: StoreContext, tests: WebhookTests) => {
  describe('record_webhook with what a contact wrote', () => {
    it('stores it once by the provider’s id, however often it comes', async () => {
      const event = inbound({ attachments: [], repliedProviderMessageId: 'SM-before' });
      const first = await tests.recordOne(event);
      expect(first).toMatchObject({ outcome: 'stored', textIsElsewhere: false, reply: null });
      expect(await tests.outcomes(event, event)).toEqual(['known', 'known']);
      expect(await tests.received()).toHaveLength(1);
      expect(await tests.messageOf(first)).toMatchObject({
        conversation_id: context.tenant.conversationId,
        status: 'received',
        sender_type: 'contact',
        content: 'Can we move it?',
        provider: 'twilio',
        provider_message_id: event.providerMessageId,
        sender_id: context.tenant.senderId,
        awaits_text: false,
        metadata: { message_id: 'SM-before' },
      });
    });

    it('stores it once when one call has it twice, or ten calls at once', async () => {
      const event = inbound();
      const all = await Promise.all(Array.from({ length: 10 }, () => tests.outcomes(event, event)));
      expect(all.flat().filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(await tests.received()).toHaveLength(1);
    });

    it('keeps of a subject without end what fits into a line', async () => {
      const recorded = await tests.recordOne(email({ subject: 'a'.repeat(100_000) }));
      expect((await tests.messageOf(recorded))?.subject).toBe('a'.repeat(998));
    });

    it('keeps attachments and a replied message as the vendor named them', async () => {
      const file = { kind: 'image', id: 'm1', url: null, mimeType: 'image/jpeg', name: null };
      const recorded = await tests.recordOne(inbound({ text: null, attachments: [file] }));
      expect(await tests.messageOf(recorded)).toMatchObject({
        content: null,
        metadata: { attachments: [{ kind: 'image', id: 'm1', mimeType: 'image/jpeg' }] },
      });
    });

    it('opens the window, which never goes backwards', async () => {
      const address = () => tests.addressOf('sms', '+15005550101');
      const latest = Date.now() - 60_000;
      await tests.record(inbound({ at: latest }));
      expect(timeOf((await address())?.last_inbound_at)).toBe(latest);
      await tests.record(inbound({ at: latest - hour }));
      expect(timeOf((await address())?.last_inbound_at)).toBe(latest);
    });

    it('opens no window that begins in the future', async () => {
      const recorded = await tests.recordOne(inbound({ at: Date.now() + 48 * hour }));
      const { last_inbound_at } = (await tests.addressOf('sms', '+15005550101')) ?? {};
      expect(timeOf(last_inbound_at)).toBeLessThan(Date.now() + 5_000);
      const { sent_at } = (await tests.messageOf(recorded)) ?? {};
      expect(timeOf(sent_at)).toBeLessThan(Date.now() + 5_000);
    });

    it('lets a message be sent that was refused while the window was closed', async () => {
      await context.setAddress('whatsapp', `last_inbound_at = '${ago(25 * hour)}'`);
      const policy = { providers: ['twilio'], repeatable: {}, replyWindowHours: 24 };
      const send = () => context.store.beginSend(context.request({ channel: 'whatsapp', policy }));
      expect(await send()).toMatchObject({ code: 'messaging_window_closed' });
      await tests.record(inbound({ channel: 'whatsapp' }));
      expect((await send()).outcome).toBe('begun');
    });

    it('stores nothing for a sender that the connection does not have', async () => {
      const before = await tests.contacts();
      const event = inbound({ accounts: ['+19995550000'], from: '+15005550199' });
      expect(await tests.outcomes(event)).toEqual(['no_sender']);
      expect(await tests.received()).toEqual([]);
      expect(await tests.contacts()).toEqual(before);
      // After the sender is added, the vendor's next try counts.
      await tests.addSender('sms', '+1 999 555 0000');
      expect(await tests.outcomes(event)).toEqual(['stored']);
    });

    describe('by email', () => {
      const domain = () => `${context.tenant.id.slice(0, 8)}.example`;
      const senderOf = async (...mailboxes: string[]) => {
        const accounts = mailboxes.map((mailbox) => mailbox.replace('our.example', domain()));
        const recorded = await tests.recordOne(email({ accounts }));
        if (recorded.messageId === null) return recorded.outcome;
        return (await tests.messageOf(recorded))?.sender_id;
      };

      it('takes what is written to a mailbox with a tag, in capitals or beside others', async () => {
        const hello = await tests.addSender('email', `Acme, Inc. <hello@${domain()}>`);
        const sales = await tests.addSender('email', `sales@${domain()}`);
        expect(await senderOf('hello+quote17@our.example')).toBe(hello);
        expect(await senderOf('Sales <SALES+a+b@our.example>')).toBe(sales);
        expect(await senderOf('x@else.example', 'sales@our.example')).toBe(sales);
        const tagged = await tests.addSender('email', `hello+vip@${domain()}`);
        expect(await senderOf('hello+vip@our.example')).toBe(tagged);
        expect(await senderOf('hello@our.example')).toBe(hello);
      });

      it('takes what is written to nobody in the domain as for its sender of first priority', async () => {
        await tests.addSender('email', `hello@${domain()}`);
        const sales = await tests.addSender('email', `sales@${domain()}`);
        await tests.addSender('email', 'desk@other-brand.example');
        await context
          .database()
          .query(`update public.senders set priority = 1 where id = '${sales}'`);
        expect(await senderOf('info@our.example')).toBe(sales);
      });

      it('is stored once when two connections to the same account are called for it', async () => {
        const { tenant, store } = context;
        const connection = randomUUID();
        const sealed = { provider: 'twilio', name: 'Second', credentials: 'sealed' };
        await tenant.insert('connections', { id: connection, ...sealed });
        const second = { connection_id: connection, channel: 'email' };
        await tenant.insert('senders', { ...second, address: `sales@${domain()}` });
        await tests.addSender('email', `hello@${domain()}`);
        const accounts = [`hello@${domain()}`, `sales@${domain()}`];
        const event = email({ accounts });
        const recorded = await Promise.all([
          tests.record(event),
          store.recordWebhook(connection, [event]),
        ]);
        expect(
          recorded
            .flat()
            .map((event) => event?.outcome)
            .toSorted(),
        ).toEqual(['known', 'stored']);
      });

      it('stores nothing of another domain, with one sender or with several', async () => {
        expect(await senderOf('hello@clinic.example')).toBe('no_sender');
        await tests.addSender('email', `hello@${domain()}`);
        expect(await senderOf('hello@clinic.example')).toBe('no_sender');
        expect(await senderOf('hello@not-our.example')).toBe('no_sender');
        expect(await senderOf('hello@sub.our.example')).toBe('no_sender');
      });

      it('stores nothing that is another tenant’s in the same domain, nor what may be', async () => {
        await tests.addSender('email', `hello@${domain()}`);
        const other = await createTenant(context.database());
        const theirs = { connection_id: other.connectionId, channel: 'email' };
        await other.insert('senders', { ...theirs, address: `clinic@${domain()}` });
        expect(await senderOf('clinic+7@our.example')).toBe('no_sender');
        expect(await senderOf('info@our.example')).toBe('no_sender');
        expect(await senderOf('hello@our.example')).not.toBe('no_sender');
      });
    });
  });

  describe('record_webhook for two tenants', () => {
    it('keeps the same provider ids, addresses and senders apart', async () => {
      const other = await createTenant(context.database());
      const event = inbound();
      expect(await tests.outcomes(event)).toEqual(['stored']);
      expect(await tests.received(other)).toEqual([]);
      const theirs = { ...event, text: 'theirs' };
      const recorded = await context.store.recordWebhook(other.connectionId, [theirs]);
      expect(recorded).toMatchObject([{ outcome: 'stored' }]);
      expect(await tests.received(other)).toMatchObject([
        { content: 'theirs', conversation_id: other.conversationId, sender_id: other.senderId },
      ]);
      expect(await tests.received()).toMatchObject([{ content: event.text }]);
      expect(await tests.contacts(other)).toHaveLength(1);
    });

    it('continues nobody else’s thread, and adds nothing to another tenant’s contact', async () => {
      const other = await createTenant(context.database());
      const ours = await tests.keepSent('email');
      const stranger = email({
        from: 'stranger@example.com',
        repliedProviderMessageId: ours.providerMessageId,
        email: {
          messageId: null,
          threadIds: [`<${ours.wireId}@acme.example>`],
          automatic: false,
          authenticated: null,
        },
      });
      await context.store.recordWebhook(other.connectionId, [stranger]);
      const [message] = await tests.received(other);
      expect(message?.conversation_id).not.toBe(context.tenant.conversationId);
      expect(await tests.addresses('email')).toHaveLength(1);
      expect(await tests.contacts(other)).toHaveLength(2);
    });
  });
};
