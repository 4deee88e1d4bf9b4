import type { SealedConnection } from './connection.ts';

/** An inbound message that came without its text. */
export type MissingText = {
  readonly messageId: string;
  readonly providerMessageId: string;
  /** Its provider is asked for the text through this one. */
  readonly connection: SealedConnection;
};

/** Each kind of job, with the rows that its work needs. */
type JobSubjects = { readonly fetch_text: MissingText };

export type JobKind = keyof JobSubjects;
export type JobSubject<Kind extends JobKind> = JobSubjects[Kind];

/** Work besides sending, as a claim leases it. */
export type Job<Kind extends JobKind = JobKind> = {
  readonly [Each in Kind]: {
    readonly id: string;
    readonly kind: Each;
    /** How often it was claimed, this time included. */
    readonly tries: number;
    readonly subject: JobSubjects[Each];
  };
}[Kind];

export type ClaimJobs = {
  /** Made by the caller: a claim that is repeated with it gets the same jobs. */
  readonly leaseId: string;
  readonly leaseSeconds: number;
  readonly most: number;
  readonly kinds: readonly string[];
  /** A UUID: only the jobs about that row. Null: all that are due, each sub-account in its turn. */
  readonly subjectId: string | null;
};

/** A try has failed. Without the lease nothing changes. */
export type SettleJob = {
  readonly jobId: string;
  readonly leaseId: string;
  /** Null: it is given up. */
  readonly retryInMs: number | null;
};
