import * as z from 'zod';
import type { ClaimJobs, Job, SettleJob } from '../ports/job.ts';
import { sealedConnection } from './parse-connection.ts';

/** The document that claim_jobs takes. */
export const toClaim = (claim: ClaimJobs) => ({
  lease_id: claim.leaseId,
  lease_seconds: claim.leaseSeconds,
  most: claim.most,
  kinds: [...claim.kinds],
  subject_id: claim.subjectId,
});

/** The document that settle_job takes. */
export const toSettlement = ({ jobId, leaseId, retryInMs }: SettleJob) => ({
  job_id: jobId,
  lease_id: leaseId,
  retry_seconds: retryInMs === null ? null : retryInMs / 1000,
});

const job = { id: z.string(), tries: z.number() };

const missingText = z
  .object({
    message_id: z.string(),
    provider_message_id: z.string(),
    connection: sealedConnection,
  })
  .transform(({ message_id, provider_message_id, ...row }) => ({
    ...row,
    messageId: message_id,
    providerMessageId: provider_message_id,
  }));

const jobs = z.array(
  z.discriminatedUnion('kind', [
    z.object({ ...job, kind: z.literal('fetch_text'), subject: missingText }),
  ]),
);

/** The result of claim_jobs. */
export const parseJobs = (result: unknown): Job[] => jobs.parse(result);
