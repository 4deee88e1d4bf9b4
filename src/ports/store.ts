import * as z from 'zod';
import type { TokenUsage } from './ai.ts';
import type { BeginResult, BeginSend, QueueResult, QueueSend, SendPolicy } from './begin-send.ts';
import type { Claimed, ClaimSends } from './claim-sends.ts';
import type { CalledConnection } from './connection.ts';
import type { ClaimJobs, Job, SettleJob } from './job.ts';
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
  /** Its text has still to be fetched. */
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
    /** Null: none in the key's sub-account. */
    message: storedMessage.nullable(),
    attempts: z.array(storedAttempt),
    rate,
    apiKeyId: z.string().nullable(),
  }),
  refused,
]);
type FoundMessage = Readonly<z.infer<typeof foundMessage>>;

/** A reply that an agent writes by itself: its instruction, and the rules that it is sent by. */
export type ReplySettings = { readonly prompt: string; readonly policy: SendPolicy };

/**
 * Where messages live. Each method is one round trip and one short transaction, and may be repeated
 * with the same ids. Throws `database_unavailable` when no result came in time, `uncertain` where the call
 * may have had its effect.
 */
export type Store = {
  /** Authenticates, tells again what was said before, and stores the message with a lease. */
  readonly beginSend: (request: BeginSend) => Promise<BeginResult>;
  /** The same, to be sent later. */
  readonly queueSend: (request: QueueSend) => Promise<QueueResult>;
  /** Stores an agent's text before it is sent; unless it is committed, it must not be sent. */
  readonly commitReply: (reply: CommitReply) => Promise<ReplyOutcome>;
  /** Stores what came of a message. Answers with what it is then; null: there is no such message. */
  readonly settleSend: (settlement: SettleSend) => Promise<Settled | null>;
  /** Whether a provider may still be asked for a message after a wait. */
  readonly lookAgain: (message: {
    readonly messageId: string;
    readonly leaseId: string;
  }) => Promise<'unchanged' | 'opted_out' | 'lost'>;
  /** Leases what is due, each message to one caller only. */
  readonly claimSends: (request: ClaimSends) => Promise<Claimed>;
  /** Gives back what a claim has leased whose answer never came, so that it is not taken for abandoned while it was sent. */
  readonly releaseClaims: (leaseId: string) => Promise<void>;
  /** The connection that a webhook is addressed to; null: there is none. */
  readonly getConnection: (id: string) => Promise<CalledConnection | null>;
  /** Stores each event of a webhook, and says what came of it. */
  readonly recordWebhook: (
    connectionId: string,
    events: readonly StorableEvent[],
  ) => Promise<readonly RecordedEvent[]>;
  /** Leases jobs that are due, each to one caller only. */
  readonly claimJobs: (claim: ClaimJobs) => Promise<readonly Job[]>;
  /** Has a job that failed tried again later, or gives it up. */
  readonly settleJob: (settlement: SettleJob) => Promise<void>;
  /** Stores the text of a message that came without it, and ends its job. */
  readonly completeText: (
    messageId: string,
    fetched: FetchedText,
    reply: ReplySettings,
  ) => Promise<WaitingReply | null>;
  /** A null message: none in the key's sub-account. */
  readonly getMessage: (keyHash: string, messageId: string) => Promise<FoundMessage>;
};
