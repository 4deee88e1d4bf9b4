import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, TransactionSql } from 'postgres';
import type { StorableEvent } from '../../src/ports/storable-event.ts';
import { toWebhookRequest } from '../../src/store/webhook-rows.ts';

/** Long enough for the second to wait at the first's locks. */
const untilItWaitsMs = 500;

/** The second begins when the first has done everything except its commit. */
export const createOverlap =
  (sql: () => Sql) =>
  async <Second>(
    first: (tx: TransactionSql) => PromiseLike<unknown>,
    second: () => Promise<Second>,
  ): Promise<Second> => {
    const held = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const committing = sql().begin(async (tx) => {
      await first(tx);
      held.resolve();
      await mayCommit.promise;
    });
    await held.promise;
    const running = second();
    await sleep(untilItWaitsMs);
    mayCommit.resolve();
    await committing;
    return running;
  };

/** Stores events of one connection in one call. */
export const recordIn = (
  tx: TransactionSql,
  connectionId: string,
  ...events: readonly StorableEvent[]
) =>
  tx.unsafe('select public.record_webhook($1::text::jsonb)', [
    JSON.stringify(toWebhookRequest(connectionId, events, null)),
  ]);
