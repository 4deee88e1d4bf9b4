import type { Deps } from '../../ports/deps.ts';
import { mostCalls } from '../limits.ts';
import { jobKinds } from './job-kinds.ts';
import { claimJobs, type LeasedJob, runJob } from './run-job.ts';

/** Jobs at once: a text may be many megabytes, and Workers have 128 MB of memory and six connections. */
const places = 2;
/** The most calls that the jobs under way still make, and with which each then claims the next one. */
export const callsOfJobs = places * mostCalls.job;
/** In one sweep, because hosts limit CPU time. */
const most = 50;

const kinds = Object.keys(jobKinds);

/**
 * Works on the jobs that are due, once each, as long as it may continue. A free place gets the next job at once, so a
 * vendor who does not respond holds up only one place. Replies that agents will write then wait in the queue for their
 * time.
 */
export const runDueJobs = async (deps: Deps, mayGoOn: () => boolean): Promise<void> => {
  let claimed = places;
  const claim = (count: number) => claimJobs(deps, { most: count, kinds, subjectId: null });
  const claimNext = async (): Promise<LeasedJob | undefined> => {
    if (claimed >= most || !mayGoOn()) return undefined;
    claimed += 1;
    return (await claim(1))[0];
  };
  const goOnFrom = async (first: LeasedJob): Promise<void> => {
    let next: LeasedJob | undefined = first;
    for (; next; next = await claimNext()) await runJob(deps, next);
  };
  if (!mayGoOn()) return;
  const first = await claim(places);
  // If the database goes away for one place, the other still ends its job.
  const ends = await Promise.allSettled(first.map(goOnFrom));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
};
