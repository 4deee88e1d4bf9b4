import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withTimeout } from '../../src/lib/with-timeout.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });

it('ends work that takes too long', async () => {
  const { signal } = new AbortController();
  const ended = expect(withTimeout(1_000, signal, untilAborted)).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  await vi.advanceTimersByTimeAsync(1_000);
  await ended;
});

it('ends work when the earlier signal fires, and work that begins after it, for its reason', async () => {
  const earlier = new AbortController();
  const during = expect(withTimeout(1_000, earlier.signal, untilAborted)).rejects.toBe('stopped');
  earlier.abort('stopped');
  await during;
  await expect(withTimeout(1_000, earlier.signal, untilAborted)).rejects.toBe('stopped');
});

it('leaves neither a timer nor a listener, whether the work succeeds or fails', async () => {
  const { signal } = new AbortController();
  expect(await withTimeout(1_000, signal, async ({ aborted }) => aborted)).toBe(false);
  const failing = withTimeout(1_000, signal, () => Promise.reject(new Error('failed')));
  await expect(failing).rejects.toThrow('failed');
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
