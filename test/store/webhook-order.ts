import { describe, expect, it } from 'vitest';
import { expectBegun, type StoreContext } from './context.ts';
import { inbound, type WebhookTests } from './webhook-events.ts';

export const describeOrder = (context: StoreContext, tests: WebhookTests) => {
  /** The last whole second, in milliseconds. */
  const lastSecond = () => Math.floor(Date.now() / 1000) * 1000 - 1000;

  const history = async () => {
    const begun = expectBegun(await context.store.beginSend(context.aiRequest()));
    return begun.history.map(({ content }) => content);
  };

  const write = (text: string, at: number) => inbound({ channel: 'whatsapp', text, at });

  describe('what is said in a conversation', () => {
    it('is in the order in which it was written, whenever it comes', async () => {
      const now = Date.now();
      await tests.record(write('third', now - 1_500));
      await tests.record(write('first', now - 9_500), write('second', now - 5_500));
      expect(await history()).toEqual(['first', 'second', 'third']);
    });

    it('has an answer to ours after ours, also where the vendor says the second alone', async () => {
      const second = lastSecond();
      const happened_at = new Date(second + 400).toISOString();
      await tests.keepSent('whatsapp', { content: 'ours', happened_at });
      await tests.record(write('theirs', second));
      expect(await history()).toEqual(['ours', 'theirs']);
    });

    it('keeps the order of a call within one second, and that of calls', async () => {
      const second = lastSecond();
      await tests.record(write('first', second), write('second', second));
      await tests.record(write('third', second));
      expect(await history()).toEqual(['first', 'second', 'third']);
    });

    it('was never written after it was here', async () => {
      const recorded = await tests.recordOne(write('from the future', Date.now() + 3_600_000));
      const { happened_at } = (await tests.messageOf(recorded)) ?? {};
      expect(Date.parse(String(happened_at))).toBeLessThan(Date.now() + 5_000);
    });

    it('begins with what was sent last, when that had waited', async () => {
      const queued = { ...context.request({ channel: 'whatsapp' }), queueHours: 1 };
      await context.store.queueSend(queued);
      await tests.record(write('meanwhile', Date.now()));
      const claimed = await context.claim(queued.messageId, { leaseId: queued.leaseId });
      expect(claimed.begun).toHaveLength(1);
      await context.store.settleSend(context.settlement(queued, context.sent()));
      expect(await history()).toEqual(['meanwhile', 'Hello']);
    });
  });

  describe('a reaction that came as a text', () => {
    const react = (text: string, whole = true) =>
      inbound({ text: 'Liked', quoted: { text, whole } });
    const isReaction = async (event: ReturnType<typeof react>) =>
      (await tests.messageOf(await tests.recordOne(event)))?.metadata;

    it('repeats what was written on that channel, in whole or from its beginning', async () => {
      await tests.keepSent('sms', { content: 'Your appointment\nis tomorrow at 10.' });
      const reaction = expect.objectContaining({ reaction: true, unanswerable: true });
      expect(await isReaction(react('Your appointment is tomorrow at 10.'))).toEqual(reaction);
      expect(await isReaction(react('Your appointment', false))).toEqual(reaction);
      expect(await isReaction(react('Your appointment'))).toEqual({});
      expect(await isReaction(react('tomorrow at 10.', false))).toEqual({});
    });

    it('repeats no message of the contact, nor of another channel', async () => {
      await tests.keepSent('whatsapp', { content: 'On WhatsApp' });
      await tests.record(inbound({ text: 'Of the contact' }));
      expect(await isReaction(react('On WhatsApp'))).toEqual({});
      expect(await isReaction(react('Of the contact'))).toEqual({});
    });
  });
};
