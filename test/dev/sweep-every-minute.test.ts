import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../../dev/stack.ts';
import { sweepEveryMinute } from '../../dev/sweep-every-minute.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

test('the local stack is swept as soon as it is up', async () => {
  const lastSweep = 'select last_run_at from private.job_runs';
  expect(await stack.database.query(lastSweep)).toEqual([]);
  await sweepEveryMinute(stack);
  expect(await stack.database.query(lastSweep)).toHaveLength(1);
});
