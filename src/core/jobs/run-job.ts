import { describeError } from '../../lib/describe-error.ts';
import type { Deps } from '../../ports/deps.ts';
import type { Job, JobKind } from '../../ports/job.ts';
import type { WaitingReply } from '../../ports/store.ts';
import { leaseSeconds } from '../limits.ts';
import { jobKinds } from './job-kinds.ts';
import type { JobResult, JobWork } from './job-work.ts';

/** A job, and the lease under which it belongs to this worker. */
export type LeasedJob<Kind extends JobKind = JobKind> = {
  readonly job: Job<Kind>;
  readonly leaseId: string;
};

type Wanted = {
  readonly most: number;
  readonly kinds: readonly string[];
  readonly subjectId: string | null;
};

/** Leases jobs that are due, so that nobody else works on them. */
export const claimJobs = async (deps: Deps, wanted: Wanted): Promise<readonly LeasedJob[]> => {
  const leaseId = crypto.randomUUID();
  const { jobs, unreadable } = await deps.store.claimJobs({ leaseId, leaseSeconds, ...wanted });
  if (unreadable > 0) deps.io.log('error', { event: 'unreadable_jobs', jobs: unreadable });
  return jobs.map((job) => ({ job, leaseId }));
};

type Failed = Extract<JobResult, { type: 'failed' }> & { readonly thrown: boolean };

const tryOnce = async <Kind extends JobKind>(
  deps: Deps,
  { work, maxTries }: JobWork<Kind>,
  { tries, subject }: Job<Kind>,
): Promise<Exclude<JobResult, { type: 'failed' }> | Failed> => {
  try {
    // The worker of the last try never said how it ended.
    if (tries > maxTries) throw new Error('the lease of the last try ran out');
    const result = await work(deps, subject);
    return result.type === 'failed' ? { ...result, thrown: false } : result;
  } catch (error) {
    return { type: 'failed', why: { cause: describeError(error) }, thrown: true };
  }
};

/**
 * Works on a job once. If that fails, the job is tried again later. Returns the reply that an agent will write then.
 * Never throws.
 */
export const runJob = async <Kind extends JobKind>(
  deps: Deps,
  { job, leaseId }: LeasedJob<Kind>,
): Promise<WaitingReply | null> => {
  const kind: JobWork<Kind> = jobKinds[job.kind];
  const result = await tryOnce(deps, kind, job);
  if (result.type === 'done') return result.waiting;
  const isLast = job.tries >= kind.maxTries;
  const retryInMs = isLast ? null : kind.pauseAfter(job.tries);
  // If this is not stored, the lease ends and the job is tried again. The reason is still worth a log line.
  const given_up = await deps.store.settleJob({ jobId: job.id, leaseId, retryInMs }).then(
    () => isLast,
    () => null,
  );
  const level = result.thrown || given_up ? 'error' : 'warn';
  deps.io.log(level, { ...kind.describe(job.subject), ...result.why, given_up });
  return null;
};

/** Works at once on a job that was just stored, unless somebody else does. */
export const runJobOf = async (
  deps: Deps,
  kind: JobKind,
  subjectId: string,
): Promise<WaitingReply | null> => {
  const [leased] = await claimJobs(deps, { most: 1, kinds: [kind], subjectId });
  return leased ? runJob(deps, leased) : null;
};
