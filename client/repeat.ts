import { type Failure, lostAnswer, type Outcome } from './read-response.ts';

/** Milliseconds. */
const firstPause = 500;
const longestPause = 8_000;
const longestAskedWait = 60_000;
/** A timer with a longer delay fires at once. */
const longestTimer = 2 ** 31 - 1;

export type Limits = {
  /** Milliseconds for everything: tries, and the waits between them. */
  readonly timeoutMs: number;
  readonly maxRetries: number;
  /** Whether a try changes anything. A call that only reads may always be repeated. */
  readonly sends: boolean;
  readonly signal: AbortSignal | undefined;
};

/** Resolves early when the signal aborts; the caller checks the signal anyway. */
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

/** Doubles each time. Half of it is random, so that many callers do not come back at once. */
const backoff = (retries: number): number =>
  Math.min(longestPause, firstPause * 2 ** retries) * (0.5 + Math.random() / 2);

const pauseAfter = ({ waitMs }: Failure, retries: number): number =>
  waitMs === null ? backoff(retries) : Math.min(Math.max(waitMs, firstPause / 2), longestAskedWait);

/** An earlier try is still at work. Asking again costs nothing, and brings its response. */
const isInProgress = ({ told }: Failure): boolean => told?.code === 'send_in_progress';

/** The message may have been sent, or may be on its way. */
const leavesDoubt = (failure: Failure): boolean => failure.told === null || isInProgress(failure);

/** The error tells the fate of the message itself, not only of this try. */
const settles = (failure: Failure): boolean =>
  !leavesDoubt(failure) && failure.told?.message_id !== undefined;

/** Rejects when the signal aborts, even if an injected fetch does not listen to it. */
const endWith = <Answer>(work: Promise<Answer>, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });

/** Gives one try at most half of the whole time, so that another one is possible if it hangs. */
const tryFor = async <Answer>(
  ms: number,
  signal: AbortSignal | undefined,
  tryOnce: (signal: AbortSignal) => Promise<Outcome<Answer>>,
): Promise<Outcome<Answer>> => {
  const timeout = AbortSignal.timeout(Math.min(Math.max(Math.ceil(ms), 0), longestTimer));
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    return await endWith(tryOnce(either), either);
  } catch (cause) {
    return { type: 'failed', failure: lostAnswer(cause) };
  }
};

/**
 * Tries until a response comes, a failure may not be repeated, or retries or time run out. If an earlier try may have
 * sent the message, a later failure counts as `check` unless it tells the fate of that message.
 */
export const repeat = async <Answer>(
  { timeoutMs, maxRetries, sends, signal }: Limits,
  tryOnce: (signal: AbortSignal) => Promise<Outcome<Answer>>,
): Promise<Outcome<Answer>> => {
  const endsAt = performance.now() + timeoutMs;
  let inDoubt = false;
  for (let retries = 0; ; ) {
    signal?.throwIfAborted();
    const left = endsAt - performance.now();
    const outcome = await tryFor(Math.min(left, timeoutMs / 2), signal, tryOnce);
    if (outcome.type === 'answered') return outcome;
    signal?.throwIfAborted();
    const { failure } = outcome;
    inDoubt ||= sends && leavesDoubt(failure);
    const told: Outcome<Answer> =
      inDoubt && !settles(failure)
        ? { type: 'failed', failure: { ...failure, retry: 'check' } }
        : outcome;
    const pause = pauseAfter(failure, retries);
    if (!isInProgress(failure)) retries += 1;
    const late = performance.now() + pause >= endsAt;
    if (!failure.repeatable || retries > maxRetries || late) return told;
    await sleep(pause, signal);
    // The timer may fire late, when no time is left for another try.
    if (performance.now() >= endsAt) return told;
  }
};
