import { describe, expect, it } from 'vitest';
import { expectBegun, refusalOf, type StoreContext } from './context.ts';

export const describeIdempotency = (context: StoreContext) => {
  describe('idempotency', () => {
    const key = { idempotencyKey: 'key-1' };

    it('replays what was sent', async () => {
      const first = context.request(key);
      await context.store.beginSend(first);
      await context.store.settleSend(context.settlement(first, context.sent()));
      const again = await context.store.beginSend(context.request(key));
      expect(again).toMatchObject({
        outcome: 'replay',
        message: { id: first.messageId, status: 'sent', content: 'Hello' },
      });
      expect(await context.countMessages()).toBe(1);
    });

    it('says of a message that was stored a moment later, by a call that came first, that it is new', async () => {
      const first = context.request(key);
      await context.store.beginSend(first);
      await context.store.settleSend(context.settlement(first, context.sent()));
      await context.database().query(`
        update public.messages set created_at = now() + interval '1 minute' where id = '${first.messageId}'`);
      const again = await context.store.beginSend(context.request(key));
      expect(again).toMatchObject({ outcome: 'replay', ageSeconds: 0 });
    });

    it('says that a message is in progress while its lease holds', async () => {
      const first = context.request(key);
      await context.store.beginSend(first);
      expect(await context.store.beginSend(context.request(key))).toMatchObject({
        outcome: 'in_progress',
        message: { id: first.messageId, status: 'sending' },
      });
    });

    it('refuses the key for another request', async () => {
      await context.store.beginSend(context.request(key));
      const other = await context.store.beginSend(
        context.request({ ...key, requestHash: 'hash-2' }),
      );
      expect(refusalOf(other)).toBe('idempotency_key_reused');
    });

    it('refuses the key for the same text to a conversation that does not exist', async () => {
      await context.store.beginSend(context.request({ ...key, requestHash: 'to-jane:text' }));
      const other = context.request({
        ...key,
        conversationRef: 'nobody',
        requestHash: 'to-nobody:text',
      });
      expect(refusalOf(await context.store.beginSend(other))).toBe('idempotency_key_reused');
    });

    it('knows a repeated call without a key, even if the conversation has another name by now', async () => {
      const asked = context.request({ requestHash: null });
      await context.store.beginSend(asked);
      const rename = (from: string, to: string) =>
        context
          .database()
          .query(
            `update public.conversations set external_id = '${to}' where external_id = '${from}'`,
          );
      await rename(asked.conversationRef, `${asked.conversationRef}-2`);
      await context.tenant.insert('conversations', {
        contact_id: context.tenant.contactId,
        external_id: asked.conversationRef,
      });
      expectBegun(await context.store.beginSend(asked));
    });

    it('tries a message again on the same row if it failed and may be repeated', async () => {
      const first = context.request(key);
      await context.store.beginSend(first);
      await context.store.settleSend(context.settlement(first, context.failed('safe')));
      const again = expectBegun(await context.store.beginSend(context.request(key)));
      expect(again).toMatchObject({ messageId: first.messageId, attempts: 1 });
      expect(await context.rowOf(first.messageId)).toMatchObject({
        status: 'sending',
        error: null,
        failed_at: null,
      });
    });

    it('replays a failure that cannot be repeated', async () => {
      const first = context.request(key);
      await context.store.beginSend(first);
      await context.store.settleSend(context.settlement(first, context.failed('never')));
      expect(await context.store.beginSend(context.request(key))).toMatchObject({
        outcome: 'replay',
        message: { status: 'failed', error: { code: 'delivery_failed', retry: 'never' } },
      });
    });

    it('keeps the text of the agent when the message is sent again', async () => {
      const first = context.aiRequest(key);
      await context.store.beginSend(first);
      const { messageId, leaseId } = first;
      const usage = { inputTokens: 1, outputTokens: 2 };
      await context.store.commitReply({
        messageId,
        leaseId,
        leaseSeconds: 90,
        content: 'Hi!',
        usage,
      });
      await context.store.settleSend(context.settlement(first, context.failed('safe')));
      const again = expectBegun(await context.store.beginSend(context.aiRequest(key)));
      expect(again).toMatchObject({ messageId, content: 'Hi!' });
      expect(await context.rowOf(messageId)).toMatchObject({ status: 'sending' });
    });

    it('takes over an abandoned composing, and makes an abandoned sending unknown', async () => {
      const composing = context.aiRequest({ idempotencyKey: 'ai' });
      await context.store.beginSend(composing);
      await context.expireLease(composing.messageId);
      const again = expectBegun(
        await context.store.beginSend(context.aiRequest({ idempotencyKey: 'ai' })),
      );
      expect(again.messageId).toBe(composing.messageId);

      const sending = context.request({ idempotencyKey: 'manual' });
      await context.store.beginSend(sending);
      await context.expireLease(sending.messageId);
      for (const _ of [1, 2]) {
        expect(
          await context.store.beginSend(context.request({ idempotencyKey: 'manual' })),
        ).toMatchObject({
          outcome: 'replay',
          message: { status: 'unknown', error: { code: 'delivery_unknown', retry: 'check' } },
        });
      }
    });

    it('does not try a failed message again for a late copy of the call that stored it', async () => {
      const asked = context.request({ idempotencyKey: 'late-copy' });
      await context.store.beginSend(asked);
      await context.store.settleSend(context.settlement(asked, context.failed('safe')));
      expect(await context.store.beginSend(asked)).toMatchObject({
        outcome: 'replay',
        message: { status: 'failed' },
      });
    });

    it('queues, and says so again to a call that is repeated', async () => {
      const asked = { ...context.request({ idempotencyKey: 'queued' }), queueHours: 24 };
      expect(await context.store.queueSend(asked)).toMatchObject({
        outcome: 'queued',
        message: { status: 'queued', content: 'Hello' },
      });
      expect(await context.store.queueSend(asked)).toMatchObject({ outcome: 'in_progress' });
      const later = await context.store.beginSend(context.request({ idempotencyKey: 'queued' }));
      expect(expectBegun(later).messageId).toBe(asked.messageId);
    });

    it('answers a repeated call of one request as the first time', async () => {
      const asked = context.request();
      const first = expectBegun(await context.store.beginSend(asked));
      const again = expectBegun(await context.store.beginSend(asked));
      expect({ ...again, rate: null }).toEqual({ ...first, rate: null });
      expect(await context.countMessages()).toBe(1);
    });
  });
};
