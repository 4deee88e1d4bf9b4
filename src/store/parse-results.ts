import * as z from 'zod';
import { type Claimed, claimedRow } from '../ports/claim-sends.ts';
import { type ClaimedJobs, job } from '../ports/job.ts';
import { type Settled, settled } from '../ports/settlement.ts';

/** Each row is read separately, so that one that cannot be read does not affect other tenants' messages. */
export const parseClaimed = (result: unknown): Claimed => {
  const parsed = z
    .array(z.unknown())
    .parse(result)
    .map((row) => claimedRow.safeParse(row));
  const rows = parsed.flatMap(({ data }) => data ?? []);
  return {
    unreadable: parsed.length - rows.length,
    begun: rows.filter((row) => row.outcome === 'begun'),
    unknown: rows.filter(({ outcome }) => outcome === 'unknown').length,
    failed: rows.filter(({ outcome }) => outcome === 'failed').length,
    superseded: rows.filter(({ outcome }) => outcome === 'superseded').length,
  };
};

/** As parseClaimed: a job that cannot be read stops no other, and no message. */
export const parseJobs = (result: unknown): ClaimedJobs => {
  const parsed = z
    .array(z.unknown())
    .parse(result)
    .map((row) => job.safeParse(row));
  const jobs = parsed.flatMap(({ data }) => data ?? []);
  return { jobs, unreadable: parsed.length - jobs.length };
};

const noMessage = z.object({ status: z.null() }).transform(() => null);

/** Null: there is no such message. */
export const parseSettled = (result: unknown): Settled | null =>
  z.union([settled, noMessage]).parse(result);
