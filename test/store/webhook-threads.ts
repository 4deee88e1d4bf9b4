import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { expectBegun, type StoreContext, twilio } from './context.ts';
import { email, inbound, type OwnMessage, type WebhookTests } from './webhook-events.ts';

const bob = 'bob@elsewhere.example';
const policies = {
  sms: twilio,
  email: twilio,
  whatsapp: twilio,
  facebook: twilio,
  instagram: twilio,
};

export const describeThreads = (context: StoreContext, tests: WebhookTests) => {
  const headersOf = ({ wireId }: OwnMessage) => ({
    messageId: null,
    threadIds: [`<${wireId}@acme.example>`],
    automatic: false,
    authenticated: null,
  });

  /** Jane has forwarded our mail to Bob; the headers come with his answer, or with its text. */
  const answerAsBob = async (headersCome: 'at once' | 'later') => {
    const headers = headersOf(await tests.keepSent('email'));
    if (headersCome === 'at once') {
      const whole = { from: bob, email: headers, text: 'I am Bob', textIsElsewhere: false };
      return tests.recordOne(email(whole));
    }
    const recorded = await tests.recordOne(email({ from: bob, name: 'Bob' }));
    const text = { text: 'I am Bob', email: headers };
    const answer = await context.store.completeText(String(recorded.messageId), text);
    return { ...recorded, answer };
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

      it('is itself answered where it came from', async () => {
        await context.database().query(`
        update public.senders set answering_agent_id = '${context.tenant.agentId}'
        where sub_account_id = '${context.tenant.id}';
        update public.agents set answer_pause_ms = 0 where id = '${context.tenant.agentId}';
        update public.agents set person_pause_hours = 0 where id = '${context.tenant.agentId}';`);
        const { answer } = await answerAsBob(headersCome);
        const limits = { leaseSeconds: 90, limit: 1, maxTries: 8, historyLimit: 20 };
        const messageId = answer?.messageId ?? expect.fail('Expected an answer.');
        const claim = { ...limits, policies, leaseId: randomUUID(), messageId };
        const { begun } = await context.store.claimSends(claim);
        expect(begun.map(({ recipient }) => recipient.address)).toEqual([bob]);
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
  });
};
