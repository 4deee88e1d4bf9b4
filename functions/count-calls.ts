import { AsyncLocalStorage } from 'node:async_hooks';
import type { Io } from '../src/ports/io.ts';

/**
 * Counts the calls of each invocation, of which one instance may have several under way. The app is made once, so an
 * invocation finds its own count through the runtime's async context.
 */
export const countCalls = (io: Io) => {
  const invocations = new AsyncLocalStorage<{ left: number }>();
  const counting: Io = {
    ...io,
    fetch: (url, init) => {
      const invocation = invocations.getStore();
      if (invocation) invocation.left -= 1;
      return io.fetch(url, init);
    },
    callsLeft: () => invocations.getStore()?.left ?? Number.POSITIVE_INFINITY,
  };
  return {
    io: counting,
    /** Runs one invocation, which may make so many calls. */
    invoke: <Result>(limit: number, work: () => Result): Result =>
      invocations.run({ left: limit }, work),
  };
};
