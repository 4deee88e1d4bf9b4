import type { Failure, Outcome } from './read-answer.ts';

/** Milliseconds. */
const firstPause = 500;
const longestPause = 8_000;
const longestAskedWait = 60_000;

export type Limits = {
  /** Milliseconds for everything: tries, and the waits between them. */
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly signal: AbortSignal | undefined;
};

/** Resolves early when it is aborted: whoever goes on looks at the signal anyway. */
const sleep = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });

/** Twice as long each time; a random half of it, so that many callers do not come back at once. */
const backoff = (retries: number): number =>
  Math.min(longestPause, firstPause * 2 ** retries) * (0.5 + Math.random() / 2);

const pauseAfter = ({ waitMs }: Failure, retries: number): number =>
  waitMs === null ? backoff(retries) : Math.min(Math.max(waitMs, firstPause / 2), longestAskedWait);

/** An earlier try is still at work: to ask again costs nothing, and its answer is what is wanted. */
const isInProgress = ({ told }: Failure): boolean => told?.code === 'send_in_progress';

/** Tries until an answer comes, or a failure that may not be repeated, or the retries or the time are used up. */
export const repeat = async <Answer>(
  { timeoutMs, maxRetries, signal }: Limits,
  tryOnce: (signal: AbortSignal) => Promise<Outcome<Answer>>,
): Promise<Outcome<Answer>> => {
  const endsAt = performance.now() + timeoutMs;
  for (let retries = 0; ; ) {
    signal?.throwIfAborted();
    const left = endsAt - performance.now();
    // Half of all the time: one try that hangs leaves room for another.
    const timeout = AbortSignal.timeout(Math.ceil(Math.min(left, timeoutMs / 2)));
    const outcome = await tryOnce(signal ? AbortSignal.any([signal, timeout]) : timeout);
    if (outcome.type === 'answered') return outcome;
    signal?.throwIfAborted();
    const { failure } = outcome;
    const pause = pauseAfter(failure, retries);
    if (!isInProgress(failure)) retries += 1;
    const late = performance.now() + pause >= endsAt;
    if (!failure.repeatable || retries > maxRetries || late) return outcome;
    await sleep(pause, signal);
  }
};
