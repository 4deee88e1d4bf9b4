import type { Deps } from '../../ports/deps.ts';
import type { LogFields } from '../../ports/io.ts';
import type { JobKind, JobSubject } from '../../ports/job.ts';
import type { WaitingReply } from '../../ports/store.ts';

export type JobResult =
  /** The job's row went with what the work stored. `waiting`: a reply that an agent is to write then. */
  | { readonly type: 'done'; readonly waiting: WaitingReply | null }
  /** `why` goes into the log: no text and no address is in it. */
  | { readonly type: 'failed'; readonly why: LogFields };

/** How one kind of job is done. */
export type JobWork<Kind extends JobKind> = {
  /** The log's line on a try that failed, without the why. */
  readonly describe: (subject: JobSubject<Kind>) => LogFields;
  /** Tries once. It may throw: that is a failure too. */
  readonly work: (deps: Deps, subject: JobSubject<Kind>) => Promise<JobResult>;
  /** After so many tries it is given up. */
  readonly maxTries: number;
  /** Milliseconds until it is tried again, when it has failed so many times. */
  readonly pauseAfter: (tries: number) => number;
};
