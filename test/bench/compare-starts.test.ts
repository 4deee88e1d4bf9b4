import { expect, it } from 'vitest';
import { summarize, timePair } from '../../bench/cold-start/compare.ts';

/** Starts that take twice as long by the clock as they use the CPU. */
const startsOf = (...cpu: readonly number[]) => cpu.map((cpuMs) => ({ ms: 2 * cpuMs, cpuMs }));

const scripted = (order: string[], name: string, times: readonly number[]) => {
  const left = startsOf(...times);
  return async () => {
    order.push(name);
    return left.shift() ?? { ms: 0, cpuMs: 0 };
  };
};

it('lets each app be first in every second round, and forgets what came before the first', async () => {
  const order: string[] = [];
  const pair = {
    runtime: 'Node',
    until: 'an answer',
    ours: scripted(order, 'ours', [900, 3, 6]),
    empty: scripted(order, 'empty', [800, 1, 2]),
  };
  expect(await timePair(pair, 2)).toEqual({ ours: startsOf(3, 6), empty: startsOf(1, 2) });
  expect(order.slice(2)).toEqual(['ours', 'empty', 'empty', 'ours']);
});

it('compares ours with the empty app of the same round, by CPU and by the clock', () => {
  const empty = startsOf(2, 10, 3).map(({ cpuMs }) => ({ ms: cpuMs, cpuMs }));
  const { ours, ratio, ratioByClock } = summarize({ ours: startsOf(4, 30, 9), empty });
  expect(ours).toEqual({ median: 9, min: 4, max: 30 });
  expect(ratio).toEqual({ median: 3, min: 2, max: 3 });
  expect(ratioByClock).toEqual({ median: 6, min: 4, max: 6 });
});
