import { describe, expect, it } from 'vitest';
import { isBad } from '../../dev/faults/storm/compare.ts';
import { runStorm } from '../../dev/faults/storm/run-storm.ts';
import { tally } from '../../dev/faults/storm/tally.ts';

describe('a storm', () => {
  it('sends nothing twice, loses nothing and lies to nobody', async () => {
    const { endings, faults, inbound, stories } = await runStorm({
      sends: 100,
      seed: 20_261_101,
      atOnce: 25,
      say: () => undefined,
    });
    expect(stories).toEqual([]);
    expect(endings.filter(isBad)).toEqual([]);
    const { sends, once, never, unknown } = tally(endings);
    expect(sends).toBe(100);
    expect(once + never + unknown).toBe(100);
    expect(once).toBeGreaterThan(50);
    // Each kind of letter once. Two of them say nothing, and two people write two each.
    expect(inbound).toMatchObject({
      written: 10,
      storedTwice: 0,
      answeredTwice: 0,
      lost: 0,
      answeredForNothing: 0,
      answeredAsNewest: 0,
      split: 0,
    });
    expect(inbound.answered).toBeGreaterThan(3);
    expect(faults.get('host killed')).toBe(3);
    expect([...faults.keys()].filter((name) => name.startsWith('database'))).not.toEqual([]);
  });
});
