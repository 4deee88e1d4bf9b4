import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StoreContext } from './context.ts';
import { describeConsequences } from './webhook-consequences.ts';
import { describeCorrections } from './webhook-corrections.ts';
import { describeEchoes } from './webhook-echoes.ts';
import { createWebhookTests, inbound, receipt } from './webhook-events.ts';
import { describeInbound } from './webhook-inbound.ts';
import { describeOptOuts } from './webhook-opt-outs.ts';
import { describeOrder } from './webhook-order.ts';
import { describePeople } from './webhook-people.ts';
import { describeReceipts } from './webhook-receipts.ts';
import { describeReplies } from './webhook-replies.ts';
import { describeTexts } from './webhook-texts.ts';
import { describeThreads } from './webhook-threads.ts';

/** The promises of every store about vendors' webhooks. */
export const describeWebhooks = (context: StoreContext) => {
  const tests = createWebhookTests(context);
  describeInbound(context, tests);
  describePeople(context, tests);
  describeOptOuts(context, tests);
  describeReceipts(context, tests);
  describeConsequences(context, tests);
  describeCorrections(context, tests);
  describeEchoes(context, tests);
  describeOrder(context, tests);
  describeTexts(context, tests);
  describeReplies(context, tests);
  describeThreads(context, tests);

  describe('get_connection', () => {
    it('finds the connection of an address, its credentials sealed, and nothing else', async () => {
      const { connectionId } = context.tenant;
      expect(await context.store.getConnection(connectionId)).toEqual({
        id: connectionId,
        provider: 'twilio',
        credentials: 'sealed',
        version: expect.any(String),
        now: expect.any(Number),
      });
      expect(await context.store.getConnection(randomUUID())).toBeNull();
    });
  });

  describe('record_webhook with an event that cannot be stored', () => {
    it('rejects it alone and stores the others, in their order', async () => {
      const sent = await tests.keepSent('sms');
      const recorded = await tests.record(
        inbound({ text: 'one' }),
        inbound({ from: 'x'.repeat(400) }),
        receipt('delivered', { messageId: sent.wireId }),
        inbound({ text: 'two' }),
      );
      expect(recorded.map(({ outcome }) => outcome)).toEqual([
        'stored',
        'rejected',
        'moved',
        'stored',
      ]);
      expect(recorded[1]?.code).toMatch(/^23/);
      expect((await tests.received()).map(({ content }) => content)).toEqual(['one', 'two']);
    });

    it('takes the same event once it can be stored', async () => {
      const { providerMessageId } = inbound();
      const tooLong = inbound({ providerMessageId, from: 'x'.repeat(400) });
      expect(await tests.outcomes(tooLong)).toEqual(['rejected']);
      expect(await tests.outcomes(inbound({ providerMessageId }))).toEqual(['stored']);
    });

    it('stores and heeds one whose ids are longer than an index takes, once', async () => {
      // Postgres compresses repeated text, so that it would fit after all.
      const id = Array.from({ length: 120 }, () => randomUUID()).join('');
      const stop = inbound({
        from: '+15005550178',
        providerMessageId: id,
        repliedProviderMessageId: id,
        text: 'STOP',
        preference: 'opted_out',
      });
      expect(await tests.outcomes(stop, inbound({ text: 'two' }))).toEqual(['stored', 'stored']);
      expect(await tests.outcomes(stop)).toEqual(['known']);
      expect(await tests.addressOf('sms', '+15005550178')).toMatchObject({
        opted_out_at: expect.any(String),
      });
      expect(await tests.outcomes(receipt('delivered', { providerMessageId: id }))).toEqual([
        'unknown_message',
      ]);
    });

    it('stores a text without what no database can hold', async () => {
      const recorded = await tests.record(
        inbound({ text: 'a\u0000b\ud800c', name: 'J\u0000', from: '+15005550177' }),
        inbound({ text: 'two' }),
      );
      expect(recorded.map(({ outcome }) => outcome)).toEqual(['stored', 'stored']);
      const [first] = await tests.received();
      expect(first?.content).toMatch(/^ab.?c$/u);
    });

    it('stores none, and none of another tenant’s, where there is no such connection', async () => {
      expect(await context.store.recordWebhook(randomUUID(), [inbound()])).toBeNull();
      expect(await tests.received()).toEqual([]);
    });
  });

  describe('record_webhook for a connection that was read some time ago', () => {
    const read = async () =>
      String((await context.store.getConnection(context.tenant.connectionId))?.version);
    const record = (version: string) =>
      context.store.recordWebhook(context.tenant.connectionId, [inbound()], version);
    const change = (assignment: string) =>
      context
        .database()
        .query(
          `update public.connections set ${assignment} where id = '${context.tenant.connectionId}'`,
        );

    it('stores while nothing has changed that a call is verified with', async () => {
      const version = await read();
      expect(await record(version)).toMatchObject([{ outcome: 'stored' }]);
      await change("name = 'Another', last_webhook_at = now()");
      expect(await record(version)).toMatchObject([{ outcome: 'stored' }]);
      expect(await read()).toBe(version);
    });

    it.each(["credentials = 'others'", "provider = 'meta'"])(
      'stores nothing after %s',
      async (assignment) => {
        const version = await read();
        await change(assignment);
        expect(await record(version)).toBeNull();
        expect(await tests.received()).toEqual([]);
        expect(await record(await read())).toMatchObject([{ outcome: 'stored' }]);
      },
    );
  });
};
