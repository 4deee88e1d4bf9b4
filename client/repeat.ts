import { type Failure, lostAnswer, type Outcome } from './read-response.ts';

/** Milliseconds. */
const firstPause = 500;
const longestPause = 8_000;
const longestAskedWait = 60_000;
/** A timer of more fires at once. */
const longestTimer = 2 ** 31 - 1;

export type Limits = {
  /** Milliseconds for everything: tries, and the waits between them. */
  readonly timeoutMs: number;
  readonly maxRetries: number;
  /** Whether a try changes anything: what only reads may be asked for again whatever came of it. */
  readonly sends: boolean;
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

/** The message may be out, or be on its way out. */
const leavesDoubt = (failure: Failure): boolean => failure.told === null || isInProgress(failure);

/** Says what became of the message itself, not only of this try. */
const settles = (failure: Failure): boolean =>
  !leavesDoubt(failure) && failure.told?.message_id !== undefined;

/** What is done once its signal is aborted; an injected fetch need not listen to it. */
const endWith = <Answer>(work: Promise<Answer>, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });

/** One try, which may take half of all the time: when it hangs, there is room for another. */
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
 * Tries until an answer comes, or a failure that may not be repeated, or the retries or the time are used up. What an
 * earlier try has left in doubt, a later failure settles only when it tells of the message: else it counts as `check`.
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
    // It may wake late, and then nobody waits any more.
    if (performance.now() >= endsAt) return told;
  }
};
