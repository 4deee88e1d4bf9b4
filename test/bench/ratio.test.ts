import { describe, expect, it } from 'vitest';
import { formatTable } from '../../bench/format-table.ts';
import { countPerMessage, findBrokenCounts, heldPerMessage } from '../../bench/load/round-trips.ts';
import { formatSpread, percentile, ratios, spread } from '../../bench/ratio.ts';

describe('the figures of rounds', () => {
  it('takes the nearest rank as the percentile', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.95, 0.99].map((share) => percentile(values, share))).toEqual([50, 95, 99]);
    expect(percentile([7], 0.99)).toBe(7);
    expect(() => percentile([], 0.5)).toThrow('no values');
  });

  it('compares each round with the same round of the other', () => {
    expect(ratios([2, 30, 4], [1, 10, 4])).toEqual({ median: 2, min: 1, max: 3 });
    expect(() => ratios([1, 2], [1])).toThrow('Round 1');
  });

  it('is told with its median, smallest and largest', () => {
    expect(formatSpread(spread([3, 1, 2]), 1)).toBe('2.0 (1.0 to 3.0)');
  });

  it('is a table in Markdown', () => {
    const table = { title: 'Times', columns: ['a', 'bb'], rows: [['1', 22]] };
    expect(formatTable(table)).toBe('**Times**\n\n| a | bb |\n|---|----|\n| 1 | 22 |');
  });
});

const counts = {
  'POST /rest/v1/rpc/begin_send': { calls: 11, heldMs: 220 },
  'POST /2010-04-01/Accounts/AC1/Messages.json': { calls: 10, heldMs: 300 },
  'POST /rest/v1/rpc/claim_sends': { calls: 1, heldMs: 500 },
};

describe('the calls of a message', () => {
  it('are counted by name, without the sweep beside them', () => {
    expect(countPerMessage(counts, 10)).toEqual({ begin_send: 1.1, vendor: 1 });
  });

  it('are held for the mean of each, as often as a message makes it', () => {
    expect(heldPerMessage(counts, { begin_send: 1, vendor: 2 })).toBe(20 + 60);
  });

  it('are told of when there is one too many, or one too few', () => {
    expect(
      findBrokenCounts('A send', { begin_send: 1, vendor: 1 }, { begin_send: 1, vendor: 1 }),
    ).toEqual([]);
    expect(
      findBrokenCounts('A send', { begin_send: 2, extra: 1 }, { begin_send: 1, vendor: 1 }),
    ).toEqual([
      'A send makes 2 calls of begin_send for a message; it should make 1.',
      'A send makes 1 calls of extra for a message; it should make 0.',
      'A send makes 0 calls of vendor for a message; it should make 1.',
    ]);
  });
});
