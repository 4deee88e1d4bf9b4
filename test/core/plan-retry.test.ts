import { describe, expect, it } from 'vitest';
import { maxTries, queueHours } from '../../src/core/limits.ts';
import { planRetry } from '../../src/core/send/plan-retry.ts';

const failed = {
  status: 'failed',
  senderId: null,
  provider: null,
  error: { code: 'delivery_failed', retry: 'safe' },
} as const;

const plan = (tries: number, retryAfterMs: number | null = null, atOnce = false) =>
  planRetry({ retried: true, tries }, { result: failed, retryAfterMs }, { atOnce });

const waitAfter = (tries: number): number => {
  const result = plan(tries);
  if (result.status !== 'queued') throw new Error('It is not tried again.');
  return result.retryInMs;
};

const waited = Array.from({ length: maxTries - 1 }, (_, index) => index + 1);

describe('a message that failed for a while', () => {
  it.each(waited)(
    'waits after try %i three times as long as before, or up to half of it less',
    (tries) => {
      const longest = 30_000 * 3 ** (tries - 1);
      for (let run = 0; run < 50; run += 1) {
        expect(waitAfter(tries)).toBeGreaterThanOrEqual(longest / 2);
        expect(waitAfter(tries)).toBeLessThanOrEqual(longest);
      }
    },
  );

  it('has all its tries before its time is over, even if each wait is the longest', () => {
    const longest = waited.reduce((sum, tries) => sum + 30_000 * 3 ** (tries - 1), 0);
    expect(longest).toBeLessThan(queueHours * 3_600_000);
  });

  it('waits as long as the provider asks, and not at all if only this host ends', () => {
    expect(plan(1, 7_200_000)).toMatchObject({ status: 'queued', retryInMs: 7_200_000 });
    expect(plan(1, null, true)).toMatchObject({ status: 'queued', retryInMs: 0 });
  });

  it('fails after its last try', () => {
    expect(plan(maxTries)).toBe(failed);
  });
});
