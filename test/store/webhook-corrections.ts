import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StorableEvent } from '../../src/ports/storable-event.ts';
import type { StoreContext } from './context.ts';
import { createTenant } from './tenant.ts';
import { inbound, type WebhookTests } from './webhook-events.ts';

type StorableInbound = ReturnType<typeof inbound>;

const whatsapp = (changes: Partial<StorableInbound> = {}) =>
  inbound({ channel: 'whatsapp', ...changes });

export const correct = (
  providerMessageId: string,
  text: string,
  at = Date.now(),
): Extract<StorableEvent, { type: 'correction' }> => ({
  type: 'correction',
  channel: 'whatsapp',
  accounts: ['from-whatsapp'],
  providerMessageId,
  text,
  preference: null,
  at,
});

export const withdraw = (providerMessageId: string): StorableEvent => ({
  type: 'withdrawal',
  channel: 'whatsapp',
  accounts: ['from-whatsapp'],
  providerMessageId,
  at: Date.now(),
});

export const describeCorrections = (context: StoreContext, tests: WebhookTests) => {
  const answerEverything = () =>
    context.database().query(`
      update public.senders set answering_agent_id = '${context.tenant.agentId}'
      where sub_account_id = '${context.tenant.id}';
      update public.agents set reply_pause_ms = 0 where id = '${context.tenant.agentId}';`);

  const write = async (event: StorableInbound) => {
    const { reply } = await tests.recordOne(event);
    return reply?.messageId ?? expect.fail('Expected a reply.');
  };

  /** The reply is being written, with the messages that its writer has read. */
  const claim = async (messageId: string) => {
    const leaseId = randomUUID();
    const { begun } = await context.claim(messageId, { leaseId });
    const [answer] = begun;
    if (!answer) throw new Error('Expected it to be claimed.');
    return { messageId, leaseId, read: answer.history.map(({ content }) => content) };
  };

  const usage = { inputTokens: 10, outputTokens: 5 };
  const commit = ({ messageId, leaseId }: { messageId: string; leaseId: string }) =>
    context.store.commitReply({ messageId, leaseId, leaseSeconds: 90, content: 'Hi', usage });

  const find = async (providerMessageId: string) =>
    (await tests.received()).find((row) => row.provider_message_id === providerMessageId);

  describe('record_webhook with a correction', () => {
    it('gives the words to an answer that waits, without another', async () => {
      await answerEverything();
      const event = whatsapp({ text: 'Monday' });
      const messageId = await write(event);
      const recorded = await tests.recordOne(correct(event.providerMessageId, 'Tuesday'));
      expect(recorded).toMatchObject({ outcome: 'stored', reply: null });
      expect((await claim(messageId)).read).toEqual(['Tuesday']);
    });

    it('has an answer that is being written written anew, and counts what the first one cost', async () => {
      await answerEverything();
      const event = whatsapp({ text: 'Monday' });
      const first = await claim(await write(event));
      const { reply } = await tests.recordOne(correct(event.providerMessageId, 'Tuesday'));
      expect(await commit(first)).toBe('superseded');
      expect(await context.rowOf(first.messageId)).toMatchObject({ usage: { input_tokens: 10 } });
      const second = await claim(reply?.messageId ?? '');
      expect(second.read).toEqual(['Tuesday']);
      expect(await commit(second)).toBe('committed');
    });

    it('keeps what was answered beside the new words, and has nobody answer again', async () => {
      await answerEverything();
      const event = whatsapp({ text: 'Monday' });
      await commit(await claim(await write(event)));
      const at = Date.now();
      const { reply } = await tests.recordOne(correct(event.providerMessageId, 'Tuesday', at));
      expect(reply).toBeNull();
      await tests.record(correct(event.providerMessageId, 'Friday', at + 1));
      expect(await find(event.providerMessageId)).toMatchObject({
        content: 'Friday',
        metadata: { answered_content: 'Monday' },
      });
    });

    it('has it answered although an answer to the message before went out as it was on its way', async () => {
      await answerEverything();
      // The reply before does not count, because the contact has not written between the two.
      await context.database().query(`
        update public.agents set max_unanswered = 1 where id = '${context.tenant.agentId}'`);
      const now = Date.now();
      await commit(await claim(await write(whatsapp({ text: 'Hello?', at: now - 60_000 }))));
      const event = whatsapp({ text: 'Monday', at: now - 30_000 });
      const first = await claim(await write(event));
      const { reply } = await tests.recordOne(correct(event.providerMessageId, 'Tuesday'));
      expect(await commit(first)).toBe('superseded');
      expect((await claim(reply?.messageId ?? '')).read).toEqual(['Hello?', 'Tuesday']);
      const { metadata } = (await find(event.providerMessageId)) ?? {};
      expect(metadata).not.toHaveProperty('answered_content');
    });

    it('heeds the newest, however often and in whatever order they come', async () => {
      const { providerMessageId, ...event } = whatsapp({ text: 'Monday' });
      await tests.record({ ...event, providerMessageId });
      const now = Date.now();
      const newest = correct(providerMessageId, 'Friday', now - 1000);
      expect(
        await tests.outcomes(newest, correct(providerMessageId, 'Tuesday', now - 2000), newest),
      ).toEqual(['stored', 'known', 'known']);
      expect(await find(providerMessageId)).toMatchObject({ content: 'Friday' });
    });

    it('opts out who corrects a message to STOP', async () => {
      const event = whatsapp();
      await tests.record(event);
      const stop = correct(event.providerMessageId, 'STOP');
      await tests.record({ ...stop, preference: 'opted_out' });
      const address = await tests.addressOf('whatsapp', '+15005550101');
      expect(address?.opted_out_at).not.toBeNull();
    });

    it('knows no message of another tenant, channel or connection, and none of ours', async () => {
      const event = whatsapp({ text: 'Monday' });
      await tests.record(event);
      const ours = await tests.keepSent('whatsapp');
      const other = await createTenant(context.database());
      const theirs = [correct(event.providerMessageId, 'x'), withdraw(event.providerMessageId)];
      await context.store.recordWebhook(other.connectionId, theirs);
      const changes = [correct(ours.providerMessageId, 'x'), withdraw(ours.providerMessageId)];
      await tests.record(...changes, { ...correct(event.providerMessageId, 'x'), channel: 'sms' });
      expect(await find(event.providerMessageId)).toMatchObject({ content: 'Monday' });
      expect(await tests.rowOf(ours.id)).toMatchObject({ content: 'Hello' });
    });
  });

  describe('record_webhook with a withdrawal', () => {
    const image = { kind: 'image', id: 'm1', url: null, mimeType: 'image/jpeg', name: 'card.jpg' };

    it('keeps nothing of the message but that it was there, and stays so', async () => {
      const details = { button: { id: 'card', title: 'Visa', description: null } };
      const event = whatsapp({ text: 'Visa 4111', attachments: [image], details });
      await tests.record(event);
      const { providerMessageId } = event;
      const late = correct(providerMessageId, 'Visa again');
      expect(
        await tests.outcomes(withdraw(providerMessageId), withdraw(providerMessageId), late),
      ).toEqual(['stored', 'known', 'known']);
      expect(await find(providerMessageId)).toMatchObject({
        content: null,
        metadata: { withdrawn: true },
      });
      expect(JSON.stringify(await tests.received())).not.toMatch(/Visa|card/);
    });

    it('that comes before its message has it stored empty, unanswered, and the window open', async () => {
      await answerEverything();
      await context.setAddress('whatsapp', 'last_inbound_at = null');
      const event = whatsapp({ text: 'STOP 4111', attachments: [image], preference: 'opted_out' });
      expect(await tests.outcomes(withdraw(event.providerMessageId))).toEqual(['stored']);
      expect(await tests.recordOne(event)).toMatchObject({ outcome: 'stored', reply: null });
      expect(await find(event.providerMessageId)).toMatchObject({ content: null });
      const address = await tests.addressOf('whatsapp', '+15005550101');
      expect(address).toMatchObject({ opted_out_at: null });
      expect(address?.last_inbound_at).not.toBeNull();
    });

    it('takes its answer with it, whether that waits or is being written', async () => {
      await answerEverything();
      for (const isWritten of [false, true]) {
        const event = whatsapp({ text: '4111' });
        const messageId = await write(event);
        const claimed = isWritten ? await claim(messageId) : null;
        const { reply } = await tests.recordOne(withdraw(event.providerMessageId));
        expect(reply).toBeNull();
        if (claimed) expect(await commit(claimed)).toBe('superseded');
        expect(await context.rowOf(messageId)).toMatchObject({ status: 'superseded' });
      }
    });

    it('has the message before it answered, which was not yet', async () => {
      await answerEverything();
      await tests.record(whatsapp({ text: 'Is Monday free?', at: Date.now() - 2000 }));
      const event = whatsapp({ text: '4111' });
      await write(event);
      const { reply } = await tests.recordOne(withdraw(event.providerMessageId));
      const claimed = await claim(reply?.messageId ?? '');
      expect(claimed.read).toEqual(['Is Monday free?']);
      expect(await commit(claimed)).toBe('committed');
    });

    it('has what was read of it forgotten in the answer to a later message', async () => {
      await answerEverything();
      const event = whatsapp({ text: '4111', at: Date.now() - 2000 });
      await tests.record(event);
      const first = await claim(await write(whatsapp({ text: 'Sorry, wrong chat' })));
      expect(first.read).toEqual(['4111', 'Sorry, wrong chat']);
      const { reply } = await tests.recordOne(withdraw(event.providerMessageId));
      expect(await commit(first)).toBe('superseded');
      expect((await claim(reply?.messageId ?? '')).read).toEqual(['Sorry, wrong chat']);
    });
  });
};
