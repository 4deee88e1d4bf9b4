import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toWireId } from '../../src/lib/message-id.ts';
import { expectBegun, hour, type StoreContext } from './context.ts';
import { createTenant } from './tenant.ts';
import { inbound, receipt, type WebhookTests } from './webhook-events.ts';

const words = ['sent', 'failed', 'delivered', 'read'] as const;
type Word = (typeof words)[number];

const sameTime = (time: number): unknown =>
  expect.stringMatching(new RegExp(`^${new Date(time).toISOString().slice(0, 19)}`));

const permute = <Value>(values: readonly Value[]): readonly (readonly Value[])[] =>
  values.length === 0
    ? [[]]
    : values.flatMap((first, index) =>
        permute(values.toSpliced(index, 1)).map((rest) => [first, ...rest]),
      );

/** All orders of all subsets of the words. */
const orders = [...Array(16).keys()]
  .map((chosen) => words.filter((_, index) => chosen & (1 << index)))
  .filter((some) => some.length > 0)
  .flatMap((some) => permute(some));

const highest = (order: readonly Word[]) =>
  order.reduce((one, two) => (words.indexOf(two) > words.indexOf(one) ? two : one));

export const describeReceipts = (context: StoreContext, tests: WebhookTests) => {
  const statusOf = async (id: string) => (await context.rowOf(id))?.status;

  describe('record_webhook with a receipt', () => {
    it('finds the message by the provider’s id or by ours', async () => {
      const [one, two] = [await tests.keepSent('sms'), await tests.keepSent('sms')];
      await tests.record(
        receipt('delivered', { providerMessageId: one.providerMessageId }),
        receipt('delivered', { messageId: two.wireId }),
      );
      expect(await statusOf(one.id)).toBe('delivered');
      expect(await statusOf(two.id)).toBe('delivered');
    });

    it('says so when there is no such message, and when the id is none', async () => {
      expect(
        await tests.outcomes(
          receipt('sent', { providerMessageId: 'SM-nobody' }),
          receipt('sent', { messageId: 'msg_nope', providerMessageId: 'SM-nobody' }),
          receipt('sent', { messageId: 'msg_nope' }),
        ),
      ).toEqual(['unknown_message', 'unknown_message', 'unknown_message']);
    });

    it('moves no message of another tenant, provider or contact', async () => {
      const other = await createTenant(context.database());
      const sent = await tests.keepSent('sms');
      const elsewhere = await tests.keepSent('sms', { provider: 'meta' });
      const written = await tests.recordOne(inbound({ providerMessageId: 'SM-theirs' }));
      const recorded = await context.store.recordWebhook(other.connectionId, [
        receipt('read', { providerMessageId: sent.providerMessageId }),
        receipt('read', { messageId: sent.wireId }),
      ]);
      expect(recorded?.map(({ outcome }) => outcome)).toEqual([
        'unknown_message',
        'unknown_message',
      ]);
      expect(
        await tests.outcomes(
          receipt('read', { providerMessageId: elsewhere.providerMessageId }),
          receipt('read', { providerMessageId: 'SM-theirs' }),
          receipt('read', { messageId: toWireId(String(written.messageId)) }),
        ),
      ).toEqual(['unknown_message', 'unknown_message', 'unknown_message']);
      expect(await statusOf(sent.id)).toBe('sent');
      expect(await statusOf(String(written.messageId))).toBe('received');
    });

    it('only moves forward, in every order and however often they come', async () => {
      for (const order of orders) {
        const { id, wireId } = await tests.keepSent('whatsapp');
        const all = order.map((word) => receipt(word, { messageId: wireId }));
        const reached: unknown[] = [];
        for (const events of [all, all.toReversed(), all]) {
          await tests.record(...events);
          reached.push(await statusOf(id));
        }
        const expected = highest(order);
        expect({ order, reached }).toEqual({ order, reached: [expected, expected, expected] });
      }
    });

    it('never goes back, receipt by receipt', async () => {
      for (const order of permute(words)) {
        const { id, wireId } = await tests.keepSent('sms');
        let last = -1;
        for (const word of [...order, ...order]) {
          await tests.record(receipt(word, { messageId: wireId }));
          const status = await statusOf(id);
          const rank = words.map(String).indexOf(String(status));
          expect(rank, `${order} after ${word}`).toBeGreaterThanOrEqual(last);
          last = rank;
        }
      }
    });

    it('keeps the first time of each, and the error of a failure alone', async () => {
      const { id, wireId } = await tests.keepSent('sms');
      const at = Math.floor(Date.now() / 1000) * 1000 - hour;
      const say = (word: Word, time: number) => receipt(word, { messageId: wireId, at: time });
      await tests.record(say('failed', at), say('failed', at + 1000));
      expect(await tests.rowOf(id)).toMatchObject({
        status: 'failed',
        failed_at: sameTime(at),
        error: { code: 'delivery_failed', retry: 'never' },
      });
      await tests.record(say('delivered', at), say('delivered', at + 1000), say('read', at + 2000));
      expect(await tests.rowOf(id)).toMatchObject({
        status: 'read',
        delivered_at: sameTime(at),
        read_at: sameTime(at + 2000),
        failed_at: null,
        error: null,
      });
    });

    it('believes that it was read without having heard that it was delivered', async () => {
      const { id, wireId } = await tests.keepSent('sms');
      await tests.record(receipt('read', { messageId: wireId }));
      expect(await context.rowOf(id)).toMatchObject({ status: 'read', delivered_at: null });
      await tests.record(receipt('delivered', { messageId: wireId }));
      const row = await context.rowOf(id);
      expect(row?.status).toBe('read');
      expect(row?.delivered_at).not.toBeNull();
    });

    it('takes no time from the future', async () => {
      const { id, wireId } = await tests.keepSent('sms');
      await tests.record(receipt('read', { messageId: wireId, at: Date.now() + 48 * hour }));
      const row = await context.rowOf(id);
      expect(new Date(String(row?.read_at)).getTime()).toBeLessThan(Date.now() + 5000);
    });
  });

  describe('record_webhook with a receipt that settles a doubt', () => {
    const unknown = { status: 'unknown', provider: null, provider_message_id: null, sent_at: null };

    it.each(['sent', 'delivered', 'read', 'failed'] as const)(
      'has an unknown message become %s, with the provider’s id',
      async (word) => {
        const { id, wireId } = await tests.keepSent('sms', unknown);
        await tests.record(receipt(word, { messageId: wireId, providerMessageId: 'SM-found' }));
        expect(await context.rowOf(id)).toMatchObject({
          status: word,
          provider: 'twilio',
          provider_message_id: 'SM-found',
        });
      },
    );

    const claim = () =>
      context.store.claimSends({
        leaseId: randomUUID(),
        leaseSeconds: 90,
        most: 50,
        maxTries: 10,
        historyLimit: 20,
        messageId: null,
      });

    it('sends a queued retry no more that the vendor proves to have', async () => {
      const asked = { ...context.request(), queueHours: 1 };
      expect((await context.store.queueSend(asked)).outcome).toBe('queued');
      const [proven] = await tests.record(
        receipt('delivered', { messageId: toWireId(asked.messageId), providerMessageId: 'SM-1' }),
      );
      expect(proven?.outcome).toBe('moved');
      const { begun } = await claim();
      expect(begun.map(({ messageId }) => messageId)).not.toContain(asked.messageId);
      expect(await context.rowOf(asked.messageId)).toMatchObject({
        status: 'delivered',
        due_at: null,
        provider_message_id: 'SM-1',
      });
    });

    it('leaves a queued message queued when an earlier try is said to have failed', async () => {
      const asked = { ...context.request(), queueHours: 1 };
      await context.store.queueSend(asked);
      await tests.record(receipt('failed', { messageId: toWireId(asked.messageId) }));
      expect(await statusOf(asked.messageId)).toBe('queued');
    });

    it('has a message that failed in a way to be tried again become sent, and never tried again', async () => {
      const asked = context.request({ idempotencyKey: 'again' });
      expectBegun(await context.store.beginSend(asked));
      await context.store.settleSend(context.settlement(asked, context.failed('safe')));
      await tests.record(receipt('sent', { messageId: toWireId(asked.messageId) }));
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'sent', error: null });
      const again = await context.store.beginSend(context.request({ idempotencyKey: 'again' }));
      expect(again.outcome).toBe('replay');
    });

    it('counts even if a worker settles the message later', async () => {
      const asked = context.request();
      expectBegun(await context.store.beginSend(asked));
      await tests.record(receipt('delivered', { messageId: toWireId(asked.messageId) }));
      await context.store.settleSend(context.settlement(asked, context.sent()));
      expect(await statusOf(asked.messageId)).toBe('delivered');
      await context.store.settleSend(context.settlement(asked, context.failed('never')));
      expect(await context.rowOf(asked.messageId)).toMatchObject({
        status: 'delivered',
        error: null,
      });
    });
  });
};
