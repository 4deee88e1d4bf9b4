import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BeginResult } from '../../src/ports/begin-send.ts';
import { setBucket } from '../support/bucket.ts';
import { setUpRaces } from './races.ts';

const connections = 16;
/** Long enough for the second request to wait for the first. */
const untilItWaitsMs = 300;
const { context, begin, query } = setUpRaces(connections);

const takeToken =
  () => `select crm_api.take_token(crm_api.find_key('${context.tenant.key.hash}')) as taken,
  extract(epoch from clock_timestamp())::double precision as at`;

/** Takes tokens in a transaction each, over all connections at once. */
const takeMany = async (count: number) => {
  const takes = Array.from({ length: count }, () =>
    begin(async (tx) => (await tx.unsafe(takeToken()))[0]),
  );
  const results = await Promise.all(takes);
  return {
    taken: results.filter((result) => result?.taken === true).length,
    lastAt: Math.max(...results.map((result) => Number(result?.at))),
  };
};

const readClock = async () => {
  const [row] = await query('select extract(epoch from clock_timestamp())::double precision as at');
  return Number(row?.at);
};

describe('the bucket of a key, with sixteen requests at once', () => {
  it.each([1, 2, 5, 59, 60, 100, 600])(
    'gives all %i tokens, and none beside those that drip in meanwhile',
    async (limit) => {
      await query(setBucket(limit));
      const startedAt = await readClock();
      const { taken, lastAt } = await takeMany(limit + 40);
      expect(taken).toBeGreaterThanOrEqual(limit);
      expect(taken).toBeLessThanOrEqual(limit + Math.floor((limit * (lastAt - startedAt)) / 60));
    },
  );

  it('is full when it has no rows yet', async () => {
    await query(`${setBucket(600)}; delete from crm_api.rate_parts`);
    const startedAt = await readClock();
    const { taken, lastAt } = await takeMany(640);
    expect(taken).toBeGreaterThanOrEqual(600);
    expect(taken).toBeLessThanOrEqual(600 + Math.floor(10 * (lastAt - startedAt)));
  });

  it('gives a token that is there in fractions only', async () => {
    await query(setBucket(600, 2.5));
    expect(await takeMany(1)).toMatchObject({ taken: 1 });
  });

  it('makes no request wait for another one of its key', async () => {
    await query(setBucket(600));
    const second = await begin(async (tx) => {
      await tx.unsafe(takeToken());
      return context.store.beginSend(context.request());
    });
    expect(second).toMatchObject({ outcome: 'begun', rate: { limit: 600 } });
  });

  it('refuses no request while the last token may come back', async () => {
    await query(setBucket(1));
    const waiting = Promise.withResolvers<BeginResult>();
    const undone = begin(async (tx) => {
      await tx.unsafe(takeToken());
      context.store.beginSend(context.request()).then(waiting.resolve, waiting.reject);
      await sleep(untilItWaitsMs);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await waiting.promise).toMatchObject({ outcome: 'begun' });
  });
});
