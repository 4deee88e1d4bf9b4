import { describe, expect, it } from 'vitest';
import type { FetchedText } from '../../src/ports/webhook.ts';
import type { StoreContext } from './context.ts';
import { email, type WebhookTests } from './webhook-events.ts';

const fetched = (threadIds: readonly string[] = [], automatic = false): FetchedText => ({
  text: 'Can we move it?',
  email: { messageId: '<reply@mail.example.com>', threadIds, automatic, authenticated: null },
});

export const describeTexts = (context: StoreContext, tests: WebhookTests) => {
  const startEmail = async (changes: Parameters<typeof email>[0] = {}) =>
    String((await tests.recordOne(email(changes))).messageId);

  describe('complete_text', () => {
    it('stores the text once, with what the headers say', async () => {
      const id = await startEmail();
      await context.completeText(id, fetched([], true));
      await context.completeText(id, { ...fetched(), text: 'Another' });
      expect(await context.rowOf(id)).toMatchObject({
        content: 'Can we move it?',
        awaits_text: false,
        metadata: {
          email_message_id: '<reply@mail.example.com>',
          automatic: true,
        },
      });
    });

    it('moves a reply to the conversation that it answers by our id, and its new address to that contact', async () => {
      const ours = await tests.keepSent('email');
      const id = await startEmail({ from: 'jane@home.example', name: 'Jane at home' });
      expect((await context.rowOf(id))?.conversation_id).not.toBe(context.tenant.conversationId);
      await context.completeText(id, fetched([`<${ours.wireId}@acme.example>`]));
      expect(await context.rowOf(id)).toMatchObject({
        conversation_id: context.tenant.conversationId,
      });
      expect(await tests.addressOf('email', 'jane@home.example')).toMatchObject({
        contact_id: context.tenant.contactId,
      });
      expect(await tests.contacts()).toMatchObject([{ name: 'Jane Doe' }]);
      expect(await tests.conversations()).toHaveLength(1);
    });

    it('moves it by the id of an email that came before', async () => {
      const first = {
        messageId: '<first@home.example>',
        threadIds: [],
        automatic: false,
        authenticated: null,
      };
      await tests.record(email({ email: first }));
      const id = await startEmail({ from: 'jane@home.example' });
      await context.completeText(id, fetched(['<first@home.example>']));
      expect(await context.rowOf(id)).toMatchObject({
        conversation_id: context.tenant.conversationId,
      });
      expect(await tests.contacts()).toHaveLength(1);
    });

    it('leaves alone who is a contact with a conversation already', async () => {
      const ours = await tests.keepSent('email');
      await startEmail({ from: 'bob@example.com' });
      const id = await startEmail({ from: 'bob@example.com' });
      const before = (await context.rowOf(id))?.conversation_id;
      await context.completeText(id, fetched([`<${ours.wireId}@acme.example>`]));
      expect((await context.rowOf(id))?.conversation_id).toBe(before);
      expect(await tests.contacts()).toHaveLength(2);
    });

    it('has the newer of two emails answered when the older one’s text comes last', async () => {
      await context.database().query(`
        update public.senders set answering_agent_id = '${context.tenant.agentId}'
        where sub_account_id = '${context.tenant.id}'`);
      const [older, newer] = [await startEmail(), await startEmail()];
      const reply = await context.completeText(newer, fetched());
      expect(reply).not.toBeNull();
      expect(await context.completeText(older, fetched())).toBeNull();
      expect(await context.rowOf(reply?.messageId ?? '')).toMatchObject({
        status: 'queued',
        replies_to_id: newer,
      });
    });

    it('stores an email whose id is longer than any index takes', async () => {
      const messageId = `<${'🙂'.repeat(3_000)}@mail.example.com>`;
      const id = await startEmail({
        email: { messageId, threadIds: [], automatic: false, authenticated: null },
      });
      await context.completeText(id, {
        ...fetched(),
        email: { messageId, threadIds: [], automatic: false, authenticated: null },
      });
      expect(await context.rowOf(id)).toMatchObject({ content: 'Can we move it?', metadata: {} });
    });

    it('has no agent answer email of our own that comes in again', async () => {
      await context.database().query(`
        update public.senders set answering_agent_id = '${context.tenant.agentId}'
        where sub_account_id = '${context.tenant.id}'`);
      const [sender] = await tests.senders('email');
      const id = await startEmail({ from: `Acme <${sender?.address}>` });
      expect(await context.completeText(id, fetched())).toBeNull();
      expect(await context.rowOf(id)).toMatchObject({
        metadata: { automatic: true },
      });
    });

    it('stores a text without the characters that the database refuses', async () => {
      const id = await startEmail({ from: 'bob@example.com' });
      await context.completeText(id, { text: 'a\u0000b', email: null });
      expect(await context.rowOf(id)).toMatchObject({ content: 'ab' });
    });

    it('finds no thread in ids that nobody knows', async () => {
      const id = await startEmail({ from: 'bob@example.com' });
      const before = (await context.rowOf(id))?.conversation_id;
      await context.completeText(id, fetched(['<other@elsewhere.example>', '<msg_x@y.z>']));
      expect((await context.rowOf(id))?.conversation_id).toBe(before);
    });
  });
};
