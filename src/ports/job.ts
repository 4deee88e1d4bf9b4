import * as z from 'zod';
import { channels } from './channel.ts';
import { sealedConnection } from './connection.ts';

/** An inbound message that came without its text. */
const missingText = z.object({
  messageId: z.string(),
  channel: z.enum(channels),
  providerMessageId: z.string(),
  /** Its provider is asked for the text through this one. */
  connection: sealedConnection,
});
export type MissingText = Readonly<z.infer<typeof missingText>>;

/** Each kind of job, with the rows that its work needs. */
const subjects = { fetch_text: missingText } as const;
type JobSubjects = { readonly [Kind in keyof typeof subjects]: z.infer<(typeof subjects)[Kind]> };

export type JobKind = keyof JobSubjects;
export type JobSubject<Kind extends JobKind> = JobSubjects[Kind];

const lease = {
  id: z.string(),
  /** How often it was claimed, including this time. */
  tries: z.number(),
};

export const job = z.discriminatedUnion('kind', [
  z.object({ ...lease, kind: z.literal('fetch_text'), subject: subjects.fetch_text }),
]);

/** Work besides sending, as a claim returns it. */
export type Job<Kind extends JobKind = JobKind> = {
  readonly [Each in Kind]: {
    readonly id: string;
    readonly kind: Each;
    readonly tries: number;
    readonly subject: JobSubjects[Each];
  };
}[Kind];

export type ClaimedJobs = {
  readonly jobs: readonly Job[];
  /** Leased, and not understood: they are claimed again when the lease is over. */
  readonly unreadable: number;
};

export type ClaimJobs = {
  /** Made by the caller: repeating the claim with the same id returns the same jobs. */
  readonly leaseId: string;
  readonly leaseSeconds: number;
  readonly most: number;
  readonly kinds: readonly string[];
  /** A UUID: only jobs about that row. Null: all that are due; sub-accounts take turns. */
  readonly subjectId: string | null;
};

/** Reports a failed try. Without the lease nothing changes. */
export type SettleJob = {
  readonly jobId: string;
  readonly leaseId: string;
  /** Null: the job is given up. */
  readonly retryInMs: number | null;
};
