import * as z from 'zod';
import type { TokenUsage } from './ai.ts';
import type { BeginResult, BeginSend, QueueResult, QueueSend, SendPolicy } from './begin-send.ts';
import type { Claimed, ClaimSends } from './claim-sends.ts';
import type { CalledConnection } from './connection.ts';
import type { ClaimedJobs, ClaimJobs, SettleJob } from './job.ts';
import { storedAttempt, storedMessage } from './message.ts';
import { rate, refused } from './refusal.ts';
import type { Settled, SettleSend } from './settlement.ts';
import type { StorableEvent } from './storable-event.ts';
import type { FetchedText } from './webhook.ts';

type CommitReply = {
  readonly messageId: string;
  readonly leaseId: string;
  readonly leaseSeconds: number;
  readonly content: string;
  readonly usage: TokenUsage;
};

/**
 * `lost`: the lease ran out; `superseded`: nobody needs it any more; `opted_out`: the contact has said STOP meanwhile.
 */
export const replyOutcome = z.enum(['committed', 'lost', 'superseded', 'opted_out']);
type ReplyOutcome = z.infer<typeof replyOutcome>;

/** A reply of an agent that waits for its time. */
const waitingReply = z.object({ messageId: z.string(), pauseMs: z.number() });
export type WaitingReply = Readonly<z.infer<typeof waitingReply>>;

/** The outcome of one event; `rejected`: it can never be stored. */
export const recordedEvent = z.object({
  outcome: z.enum([
    'stored',
    'moved',
    'known',
    'no_sender',
    'unknown_message',
    'unknown_address',
    'rejected',
  ]),
  /** A UUID, of an inbound message. */
  messageId: z.string().nullable().default(null),
  /** Its text must still be fetched. */
  textIsElsewhere: z.boolean().default(false),
  reply: waitingReply.nullable().default(null),
  /** With rejected: the code of Postgres. */
  code: z.string().nullable().default(null),
});
export type RecordedEvent = Readonly<z.infer<typeof recordedEvent>>;

export const completedText = z.object({ reply: waitingReply.nullable() });

export const foundMessage = z.union([
  z.object({
    outcome: z.literal('found'),
    /** Null: the key's sub-account has no such message. */
    message: storedMessage.nullable(),
    attempts: z.array(storedAttempt),
    rate,
    apiKeyId: z.string().nullable(),
  }),
  refused,
]);
type FoundMessage = Readonly<z.infer<typeof foundMessage>>;

/** A reply that an agent writes by itself: its instruction, and the rules for sending it. */
export type ReplySettings = { readonly prompt: string; readonly policy: SendPolicy };

/**
 * The messages' database. Each method is one round trip and one short transaction, and may be repeated with the same
 * ids. Throws `database_unavailable` if no result came in time, with `uncertain` if the call may have had its effect.
 */
export type Store = {
  /** Checks the key, finds an earlier message with the same idempotency key, or stores the message with a lease. */
  readonly beginSend: (request: BeginSend) => Promise<BeginResult>;
  /** The same, to be sent later. */
  readonly queueSend: (request: QueueSend) => Promise<QueueResult>;
  /** Stores an agent's text before it is sent. A text that is not committed must not be sent. */
  readonly commitReply: (reply: CommitReply) => Promise<ReplyOutcome>;
  /** Stores the outcome of a message. Returns its state after that; null: there is no such message. */
  readonly settleSend: (settlement: SettleSend) => Promise<Settled | null>;
  /** Whether a provider may still be asked for a message after a wait. */
  readonly lookAgain: (message: {
    readonly messageId: string;
    readonly leaseId: string;
  }) => Promise<'unchanged' | 'opted_out' | 'lost'>;
  /** Leases messages that are due, each to one caller only. */
  readonly claimSends: (request: ClaimSends) => Promise<Claimed>;
  /**
   * Gives back everything that a claim leased if its result was lost. Otherwise these messages would count as abandoned
   * while they were being sent.
   */
  readonly releaseClaims: (leaseId: string) => Promise<void>;
  /** The connection that a webhook's address names; null: there is none. */
  readonly getConnection: (id: string) => Promise<CalledConnection | null>;
  /**
   * Stores each event of a webhook, and returns the result of each. Null: nothing is stored, because the connection is
   * gone, or its version is not the one that is given for a connection that was read some time ago.
   */
  readonly recordWebhook: (
    connectionId: string,
    events: readonly StorableEvent[],
    version?: string | null,
  ) => Promise<readonly RecordedEvent[] | null>;
  /** Leases jobs that are due, each to one caller only. */
  readonly claimJobs: (claim: ClaimJobs) => Promise<ClaimedJobs>;
  /** Plans the next try of a failed job, or gives it up. */
  readonly settleJob: (settlement: SettleJob) => Promise<void>;
  /** Stores the text of a message that came without it, and ends its job. */
  readonly completeText: (
    messageId: string,
    fetched: FetchedText,
    reply: ReplySettings,
  ) => Promise<WaitingReply | null>;
  /** A null message: the key's sub-account has no such message. */
  readonly getMessage: (keyHash: string, messageId: string) => Promise<FoundMessage>;
};
