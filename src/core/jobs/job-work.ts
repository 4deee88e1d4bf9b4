import type { Deps } from '../../ports/deps.ts';
import type { LogFields } from '../../ports/io.ts';
import type { JobKind, JobSubject } from '../../ports/job.ts';
import type { WaitingReply } from '../../ports/store.ts';

export type JobResult =
  /** The work is stored, and with that the job's row is deleted. `waiting`: a reply that an agent will now write. */
  | { readonly type: 'done'; readonly waiting: WaitingReply | null }
  /** `why` goes into the log, so it holds no text and no address. */
  | { readonly type: 'failed'; readonly why: LogFields };

/** How one kind of job is done. */
export type JobWork<Kind extends JobKind> = {
  /** The log line for a failed try, without the reason. */
  readonly describe: (subject: JobSubject<Kind>) => LogFields;
  /** Tries once. Throwing counts as a failure too. */
  readonly work: (deps: Deps, subject: JobSubject<Kind>) => Promise<JobResult>;
  /** After this many tries the job is given up. */
  readonly maxTries: number;
  /** Milliseconds until the next try, after this many failures. */
  readonly pauseAfter: (tries: number) => number;
};
