import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { toWireId } from '../../src/lib/message-id.ts';
import { beginResult, queueResult } from '../../src/ports/begin-send.ts';
import { claimedRow } from '../../src/ports/claim-sends.ts';
import { calledConnection } from '../../src/ports/connection.ts';
import { job } from '../../src/ports/job.ts';
import { settled } from '../../src/ports/settlement.ts';
import { foundMessage, recordedEvent } from '../../src/ports/store.ts';
import { toCamelCase } from '../../src/store/letter-case.ts';
import { createSupabaseStore } from '../../src/store/supabase.ts';
import { expectBegun, type StoreContext } from './context.ts';
import { email, inbound } from './webhook-events.ts';

const shapes: Readonly<Record<string, z.ZodType>> = {
  begin_send: z.union([beginResult, queueResult]),
  claim_sends: z.array(claimedRow),
  settle_send: settled,
  get_message: foundMessage,
  get_connection: calledConnection,
  record_webhook: z.array(recordedEvent),
  claim_jobs: z.array(job),
};

/** Each key with the keys above it, such as `history.0.at`; what is in an opaque document is its own business. */
const listKeys = (value: unknown, path = ''): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const own = `${path}${key}`;
    return ['details', 'parts'].includes(key) ? [own] : [own, ...listKeys(field, `${own}.`)];
  });
};

/** The results are described once, by the schemas of the ports: SQL says neither more nor less. */
export const describeResultShapes = (context: StoreContext) =>
  describe('the results of the database', () => {
    const told = new Map<string, unknown[]>();
    const listen = () => {
      const { url, secretKey } = context.database();
      return createSupabaseStore({ url, secretKey }, async (input, init) => {
        const response = await fetch(input, init);
        const [, name = ''] = /\/rpc\/(\w+)/.exec(String(input)) ?? [];
        told.set(name, [...(told.get(name) ?? []), await response.clone().json()]);
        return response;
      });
    };

    it('have every key that the code reads, and no other', async () => {
      const store = listen();
      const { tenant } = context;
      await store.recordWebhook(tenant.connectionId, [inbound(), email()]);
      await store.claimJobs({
        leaseId: randomUUID(),
        leaseSeconds: 90,
        most: 5,
        kinds: ['fetch_text'],
        subjectId: null,
      });
      const written = context.aiRequest({ idempotencyKey: 'one' });
      expectBegun(await store.beginSend(written));
      await store.beginSend({ ...written, messageId: randomUUID(), leaseId: randomUUID() });
      await store.beginSend({ ...context.request(), conversationRef: 'nobody' });
      const sent = context.request({ repliedMessageId: toWireId(written.messageId) });
      await store.beginSend(sent);
      await store.settleSend(context.settlement(sent, context.sent()));
      await store.getMessage(tenant.key.hash, sent.messageId);
      const queued = { ...context.request(), queueHours: 1 };
      await store.queueSend(queued);
      const { messageId } = queued;
      const claim = { leaseId: randomUUID(), leaseSeconds: 90, most: 1, maxTries: 8 };
      await store.claimSends({ ...claim, historyLimit: 5, messageId });
      await store.getConnection(tenant.connectionId);

      expect([...told.keys()].sort()).toEqual(Object.keys(shapes).sort());
      for (const [name, results] of told) {
        for (const result of results.map(toCamelCase)) {
          const read = new Set(listKeys(shapes[name]?.parse(result)));
          expect(
            listKeys(result).filter((key) => !read.has(key)),
            name,
          ).toEqual([]);
        }
      }
    });
  });
