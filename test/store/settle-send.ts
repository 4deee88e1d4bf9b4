import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createApiKey } from '../../src/lib/api-key.ts';
import { newMessageId } from '../../src/lib/message-id.ts';
import type { BeginSend } from '../../src/ports/begin-send.ts';
import type { StoreContext } from './context.ts';
import { receipt } from './webhook-events.ts';

export const describeSettling = (context: StoreContext) => {
  describe('commit_reply', () => {
    const usage = { inputTokens: 10, outputTokens: 5 };
    const reply = (asked: BeginSend, leaseId = asked.leaseId) => ({
      messageId: asked.messageId,
      leaseId,
      leaseSeconds: 90,
      content: 'Hi Jane',
      usage,
    });

    it('stores the text and the tokens before anything is sent', async () => {
      const asked = context.aiRequest();
      await context.store.beginSend(asked);
      expect(await context.store.commitReply(reply(asked))).toBe('committed');
      expect(await context.store.commitReply(reply(asked))).toBe('committed');
      expect(await context.rowOf(asked.messageId)).toMatchObject({
        status: 'sending',
        content: 'Hi Jane',
        usage: { input_tokens: 10, output_tokens: 5 },
      });
    });

    it('refuses a worker that has lost the lease', async () => {
      const asked = context.aiRequest();
      await context.store.beginSend(asked);
      expect(await context.store.commitReply(reply(asked, randomUUID()))).toBe('lost');
      expect(await context.rowOf(asked.messageId)).toMatchObject({
        status: 'composing',
        content: null,
      });
    });
  });

  describe('settle_send', () => {
    it('touches no other message of the same lease when its own is gone', async () => {
      const [gone, other] = [context.request(), context.request()];
      const leaseId = randomUUID();
      for (const asked of [gone, other]) await context.store.beginSend({ ...asked, leaseId });
      await context.database().query(`delete from public.messages where id = '${gone.messageId}'`);
      const settled = context.settlement(gone, context.sent(), { leaseId });
      expect(await context.store.settleSend(settled)).toBeNull();
      expect(await context.rowOf(other.messageId)).toMatchObject({ status: 'sending' });
    });

    it('stores nothing that outlives its sub-account', async () => {
      const asked = context.request();
      await context.store.beginSend(asked);
      await context.store.settleSend(context.settlement(asked, context.sent()));
      const { query } = context.database();
      await query(`delete from public.sub_accounts where id = '${context.tenant.id}'`);
      for (const [table, column] of [
        ['messages', 'id'],
        ['message_attempts', 'message_id'],
      ]) {
        const left = await query(
          `select from public.${table} where ${column} = '${asked.messageId}'`,
        );
        expect(left).toEqual([]);
      }
    });

    it('stores an acceptance with its attempt, twice as once', async () => {
      const asked = context.request();
      await context.store.beginSend(asked);
      const settled = context.settlement(asked, context.sent());
      await context.store.settleSend(settled);
      await context.store.settleSend(settled);
      const found = await context.found(asked.messageId);
      expect(found.message).toMatchObject({
        status: 'sent',
        provider: 'twilio',
        error: null,
        sentAt: new Date(settled.at).toISOString(),
      });
      expect(found.attempts).toMatchObject([{ number: 1, outcome: 'accepted' }]);
      expect(await context.rowOf(asked.messageId)).toMatchObject({
        lease_expires_at: null,
        attempts: 1,
      });
    });

    it('finds the receipt of an id that is longer than an index takes', async () => {
      const asked = context.request();
      await context.store.beginSend(asked);
      const providerMessageId = Array.from({ length: 100 }, () => randomUUID()).join('');
      const accepted = { ...context.sent(), providerMessageId };
      await context.store.settleSend(context.settlement(asked, accepted));
      const delivered = receipt('delivered', { providerMessageId });
      const recorded = await context.store.recordWebhook(context.tenant.connectionId, [delivered]);
      expect(recorded).toMatchObject([{ outcome: 'moved' }]);
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'delivered' });
    });

    it('never goes back: an acceptance does not undo a receipt, a failure not an acceptance', async () => {
      const asked = context.request();
      await context.store.beginSend(asked);
      await context
        .database()
        .query(`update public.messages set status = 'delivered' where id = '${asked.messageId}'`);
      await context.store.settleSend(context.settlement(asked, context.sent()));
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'delivered' });
      await context.store.settleSend(context.settlement(asked, context.failed('safe')));
      expect(await context.rowOf(asked.messageId)).toMatchObject({
        status: 'delivered',
        error: null,
      });
    });

    it('takes a failure only from who holds the lease, and an acceptance from anyone', async () => {
      const asked = context.request();
      await context.store.beginSend(asked);
      const stranger = { leaseId: randomUUID() };
      await context.store.settleSend(context.settlement(asked, context.failed('never'), stranger));
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'sending' });
      await context.store.settleSend(context.settlement(asked, context.sent(), stranger));
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'sent' });
    });

    it('lets an acceptance win over a failure that may be sent again', async () => {
      const asked = context.request({ idempotencyKey: 'won' });
      await context.store.beginSend(asked);
      await context.store.settleSend(context.settlement(asked, context.failed('safe')));
      await context.store.settleSend(context.settlement(asked, context.sent()));
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'sent', error: null });
      expect(
        await context.store.beginSend(context.request({ idempotencyKey: 'won' })),
      ).toMatchObject({ outcome: 'replay' });
    });

    it('queues a message again, for a time that is then due', async () => {
      const asked = context.request();
      await context.store.beginSend(asked);
      const queued = { ...context.failed('safe'), status: 'queued', retryInMs: 60_000 } as const;
      await context.store.settleSend(context.settlement(asked, queued));
      const found = await context.found(asked.messageId);
      expect(found.message).toMatchObject({
        status: 'queued',
        error: { code: 'delivery_failed' },
      });
      const rows = await context
        .database()
        .query(
          `select due_at between now() + interval '55 s' and now() + interval '60 s' as soon from public.messages where id = '${asked.messageId}'`,
        );
      expect(rows).toEqual([{ soon: true }]);
    });

    it('adds up the tokens of every try', async () => {
      const asked = context.aiRequest({ idempotencyKey: 'tokens' });
      await context.store.beginSend(asked);
      const usage = { inputTokens: 10, outputTokens: 5 };
      await context.store.settleSend(context.settlement(asked, context.failed('safe'), { usage }));
      const again = context.aiRequest({ idempotencyKey: 'tokens' });
      await context.store.beginSend(again);
      await context.store.commitReply({
        messageId: asked.messageId,
        leaseId: again.leaseId,
        leaseSeconds: 90,
        content: 'Hi',
        usage,
      });
      expect(await context.rowOf(asked.messageId)).toMatchObject({
        usage: { input_tokens: 20, output_tokens: 10 },
      });
    });

    it('settles an unknown message when the truth comes late', async () => {
      const asked = context.request({ idempotencyKey: 'late' });
      await context.store.beginSend(asked);
      await context.expireLease(asked.messageId);
      await context.store.beginSend(context.request({ idempotencyKey: 'late' }));
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'unknown' });
      await context.store.settleSend(context.settlement(asked, context.sent()));
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'sent', error: null });
    });
  });

  describe('get_message', () => {
    it('tells an unknown key from an unknown message', async () => {
      const unknown = await createApiKey();
      expect(await context.store.getMessage(unknown.hash, newMessageId())).toMatchObject({
        outcome: 'refused',
        code: 'invalid_api_key',
      });
      expect(await context.found(newMessageId())).toMatchObject({ message: null, attempts: [] });
    });
  });
};
