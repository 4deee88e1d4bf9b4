/**
 * Does the work with a signal that fires after so many milliseconds, or when the other signal fires. Afterwards neither
 * timer nor listener is left: on Node, `AbortSignal.any` and a timer that goes on cost more than the rest of a short call.
 */
export const withTimeout = async <Result>(
  duration: number,
  earlier: AbortSignal | null,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  // Deno makes this one for less than a timer that is cleared.
  if (earlier === null) return work(AbortSignal.timeout(duration));
  const ended = new AbortController();
  const end = () => ended.abort(earlier.reason);
  const timer = setTimeout(() => {
    ended.abort(new DOMException('The work took too long.', 'TimeoutError'));
  }, duration);
  earlier.addEventListener('abort', end);
  if (earlier.aborted) end();
  try {
    return await work(ended.signal);
  } finally {
    clearTimeout(timer);
    earlier.removeEventListener('abort', end);
  }
};
