import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ago, expectBegun, hour, type StoreContext } from './context.ts';
import { email, inbound, type OwnMessage, type WebhookTests } from './webhook-events.ts';

const bob = 'bob@elsewhere.example';

export const describeThreads = (context: StoreContext, tests: WebhookTests) => {
  const headersOf = ({ wireId }: OwnMessage) => ({
    messageId: null,
    threadIds: [`<${wireId}@acme.example>`],
    automatic: false,
    authenticated: null,
  });

  /** Jane has forwarded our email to Bob. The headers come with his answer, or later with its text. */
  const answerAsBob = async (headersCome: 'at once' | 'later', sent?: OwnMessage) => {
    const headers = headersOf(sent ?? (await tests.keepSent('email')));
    if (headersCome === 'at once') {
      const whole = { from: bob, email: headers, text: 'I am Bob', textIsElsewhere: false };
      return tests.recordOne(email(whole));
    }
    const recorded = await tests.recordOne(email({ from: bob, name: 'Bob' }));
    const text = { text: 'I am Bob', email: headers };
    const reply = await context.completeText(String(recorded.messageId), text);
    return { ...recorded, reply };
  };

  const claim = async (messageId: string) => {
    const leaseId = randomUUID();
    return (await context.claim(messageId, { leaseId })).begun;
  };

  const recipientOn = async (channel: 'email' | 'whatsapp') =>
    expectBegun(await context.store.beginSend(context.request({ channel }))).recipient.address;

  describe.each(['at once', 'later'] as const)(
    'an answer to forwarded mail (%s)',
    (headersCome) => {
      it('stays in the conversation, and draws no mail that is meant for the contact', async () => {
        const recorded = await answerAsBob(headersCome);
        expect(await tests.messageOf(recorded)).toMatchObject({
          conversation_id: context.tenant.conversationId,
        });
        expect(await tests.addressOf('email', bob)).toMatchObject({
          contact_id: context.tenant.contactId,
          learnt_from_thread: true,
        });
        expect(await recipientOn('email')).toBe('jane@example.com');
      });

      it('draws none either when the contact’s own address takes none', async () => {
        await answerAsBob(headersCome);
        const { database, tenant } = context;
        const refuse = `update public.contact_addresses set invalid_at = now()
        where sub_account_id = '${tenant.id}' and address = 'jane@example.com'`;
        await database().query(refuse);
        expect(await recipientOn('email')).toBe('jane@example.com');
      });

      it('is answered by no agent by itself', async () => {
        await context.database().query(`
        update public.senders set answering_agent_id = '${context.tenant.agentId}'
        where sub_account_id = '${context.tenant.id}';
        update public.agents set reply_pause_ms = 0 where id = '${context.tenant.agentId}';
        update public.agents set person_pause_hours = 0 where id = '${context.tenant.agentId}';`);
        const { reply } = await answerAsBob(headersCome);
        expect(reply).toBeNull();
      });

      it('ends no answer to the contact', async () => {
        await context.database().query(`
        update public.senders set answering_agent_id = '${context.tenant.agentId}'
        where sub_account_id = '${context.tenant.id}';
        update public.agents set reply_pause_ms = 0, person_pause_hours = 0
        where id = '${context.tenant.agentId}';`);
        const before = ago(24 * hour);
        const sent = await tests.keepSent('email', { created_at: before, happened_at: before });
        const question = { text: 'Is Friday free?', textIsElsewhere: false };
        const { reply } = await tests.recordOne(email(question));
        await answerAsBob(headersCome, sent);
        expect(await claim(reply?.messageId ?? '')).toMatchObject([
          { recipient: { address: 'jane@example.com', name: 'Jane Doe' } },
        ]);
      });

      it('is answered where it came from when somebody asks for it, by an agent who knows nothing else', async () => {
        await tests.keepSent('sms', { content: 'Your results are in.', subject: null });
        await tests.record(
          email({ subject: 'My biopsy', text: 'Am I ill?', textIsElsewhere: false }),
        );
        const recorded = await answerAsBob(headersCome);
        const own = await tests.messageOf(recorded);
        const repliedMessageId = String(own?.provider_message_id);
        const request = context.aiRequest({ channel: 'email', repliedMessageId });
        const begun = expectBegun(await context.store.beginSend(request));
        expect(begun.recipient).toEqual({ address: bob, name: null });
        expect(begun.history.map(({ content }) => content)).toEqual(['I am Bob']);
        expect(begun.subject).toBe('Re: Tomorrow');
        const jane = expectBegun(
          await context.store.beginSend(context.aiRequest({ channel: 'email' })),
        );
        expect(jane.recipient).toEqual({ address: 'jane@example.com', name: 'Jane Doe' });
        expect(jane.history.map(({ content }) => content)).not.toContain('I am Bob');
        expect(jane.subject).toBe('Re: My biopsy');
      });

      it('gets no answer that was queued before its address was known for one', async () => {
        const recorded = await answerAsBob(headersCome);
        const own = await tests.messageOf(recorded);
        const id = randomUUID();
        await context.tenant.insert('messages', {
          id,
          conversation_id: context.tenant.conversationId,
          channel: 'email',
          sender_type: 'agent',
          status: 'queued',
          agent_id: context.tenant.agentId,
          replies_to_id: recorded.messageId,
          address_id: String(own?.address_id),
          due_at: new Date().toISOString(),
        });
        expect(await claim(id)).toEqual([]);
        expect(await tests.rowOf(id)).toMatchObject({ status: 'superseded' });
      });

      it('is written to when the contact has no other address', async () => {
        await answerAsBob(headersCome);
        await context.database().query(`delete from public.contact_addresses
        where sub_account_id = '${context.tenant.id}' and address = 'jane@example.com'`);
        expect(await recipientOn('email')).toBe(bob);
      });
    },
  );

  describe('an address that is not learnt from mail', () => {
    it('is the contact’s own: a stranger’s mail, and another id in a thread on WhatsApp', async () => {
      await tests.record(email({ from: bob }));
      expect(await tests.addressOf('email', bob)).toMatchObject({ learnt_from_thread: false });
      const { providerMessageId } = await tests.keepSent('whatsapp');
      const thread = { repliedProviderMessageId: providerMessageId };
      await tests.record(inbound({ channel: 'whatsapp', from: 'US.1349', ...thread }));
      expect(await recipientOn('whatsapp')).toBe('US.1349');
    });

    it('stays with the person that it was known for: nobody else’s number is written to', async () => {
      const contact = randomUUID();
      await context.tenant.insert('contacts', { id: contact, name: 'Bob' });
      const known = { contact_id: contact };
      await context.tenant.insert('contact_addresses', {
        ...known,
        channel: 'email',
        address: bob,
      });
      await context.tenant.insert('contact_addresses', {
        ...known,
        channel: 'facebook',
        address: '7100000000000009',
      });
      await answerAsBob('later');
      expect(await tests.addressOf('email', bob)).toMatchObject({
        contact_id: contact,
        learnt_from_thread: false,
      });
    });
  });
};
