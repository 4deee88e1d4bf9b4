import { expect, it } from 'vitest';
import { summarize, timePair } from '../../bench/cold-start/compare.ts';

const scripted = (order: string[], name: string, times: readonly number[]) => {
  const left = [...times];
  return async () => {
    order.push(name);
    return left.shift() ?? 0;
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
  expect(await timePair(pair, 2)).toEqual({ ours: [3, 6], empty: [1, 2] });
  expect(order.slice(2)).toEqual(['ours', 'empty', 'empty', 'ours']);
});

it('compares ours with the empty app of the same round', () => {
  const { ratio, difference } = summarize({ ours: [4, 30, 9], empty: [2, 10, 3] });
  expect(ratio).toEqual({ median: 3, min: 2, max: 3 });
  expect(difference).toEqual({ median: 6, min: 2, max: 20 });
});
