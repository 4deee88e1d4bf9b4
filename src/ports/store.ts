import type { TokenUsage } from './ai.ts';
import type { Channel, RepliedMessage } from './channel.ts';
import type { CalledConnection, SealedConnection } from './connection.ts';
import type { ContentParts } from './content.ts';
import type { Attachment, InboundDetails } from './inbound.ts';
import type { ClaimJobs, Job, SettleJob } from './job.ts';
import type { StoredAttempt, StoredMessage } from './message.ts';
import type { Settled, SettleSend } from './settlement.ts';
import type { StorableEvent } from './storable-event.ts';
import type { FetchedText } from './webhook.ts';

/** What an API key may still do: a bucket of `limit` tokens that refills once in 60 seconds. */
export type Rate = { readonly limit: number; readonly tokens: number };

export type Sender = {
  readonly id: string;
  readonly address: string;
  readonly connection: SealedConnection;
};

type Agent = {
  readonly model: string;
  readonly instructions: string;
  /** The sub-account's IANA time zone. */
  readonly timeZone: string;
  /** The sub-account's email senders: mail from them that a contact quotes is known already. */
  readonly mailboxes: readonly string[];
  /** Of its daily limit; `reserved`: what is left may be used up by the messages that it is writing now. */
  readonly tokens: 'left' | 'reserved' | 'used_up';
  /** Null when the agent has none. */
  readonly connection: SealedConnection | null;
};

/** What the database has to know of a channel. */
export type ChannelPolicy = {
  readonly providers: readonly string[];
  /** Those of them that take a repeated call for the same message as one, each with the seconds that it does so for. */
  readonly repeatable: Readonly<Record<string, number>>;
  /** How long after the contact's last message the channel takes another; null: no such rule. */
  readonly replyWindowHours: number | null;
};

export type BeginSend = {
  /** SHA-256 of the API key, in hex: the sub-account follows from it, and from nothing else. */
  readonly keyHash: string;
  /** A UUIDv7 made by the caller, so that a lost answer can be asked for again. */
  readonly messageId: string;
  /** Who is at work: whoever holds another lease cannot commit or fail this message. */
  readonly leaseId: string;
  readonly leaseSeconds: number;
  /** The conversation's UUID or the caller's own id for it. */
  readonly conversationRef: string;
  readonly channel: Channel;
  /** What the channel allows, with the providers that can carry this very message. */
  readonly policy: ChannelPolicy;
  /** What to send as it is, or what the agent is asked for. */
  readonly work:
    | { readonly content: string }
    | { readonly prompt: string; readonly agentId: string };
  /** What goes out beside the text. */
  readonly parts: ContentParts;
  readonly subject: string | null;
  /** The inbound message that this one answers, as the caller names it. */
  readonly repliedMessageId: string | null;
  readonly idempotencyKey: string | null;
  /**
   * What the idempotency key stands for: the hash of the request as it is written, a colon, and that of all that it says
   * beside its names for the conversation and the message that it answers.
   */
  readonly requestHash: string | null;
  /** Not null: the key is derived from the conversation, the message that is answered, and this. */
  readonly taskHash: string | null;
  /** How many earlier messages an agent gets to read. */
  readonly historyLimit: number;
  /** Not null: store it to be sent later, and try for so many hours. */
  readonly queueHours: number | null;
};

/** An earlier message of the conversation, as an agent gets to read it. */
export type StoredTurn = {
  readonly senderType: 'contact' | 'user' | 'agent';
  /** Null: it came without words. */
  readonly content: string | null;
  /** Of an email. */
  readonly subject: string | null;
  readonly channel: Channel;
  /** When it was written, in ISO 8601. */
  readonly at: string;
  readonly attachments: readonly Attachment[];
  readonly details: InboundDetails;
  /** The contact has corrected it since it was answered: the words that were answered. */
  readonly answeredContent: string | null;
};

/** The message is stored with a lease, and it is ours to send. */
export type Begun = {
  readonly outcome: 'begun';
  readonly messageId: string;
  readonly channel: Channel;
  /** Null: the agent has still to write it. */
  readonly content: string | null;
  readonly prompt: string | null;
  /** What goes out beside the text. */
  readonly parts: ContentParts;
  readonly subject: string | null;
  /** An agent's own answer, which nobody has asked for. */
  readonly automatic: boolean;
  /** Calls to providers so far. */
  readonly attempts: number;
  /** How often it was taken up, this time included. */
  readonly tries: number;
  /** It is tried again after a failure that time may cure. */
  readonly retried: boolean;
  /** An earlier call to the provider may have gone through: only an acceptance says more than that. */
  readonly ambiguous: boolean;
  readonly recipient: { readonly address: string; readonly name: string | null };
  /** To be tried in this order; at least one. */
  readonly senders: readonly Sender[];
  readonly replyTo: RepliedMessage | null;
  readonly agent: Agent | null;
  readonly history: readonly StoredTurn[];
  readonly rate: Rate | null;
  /** The key of the request that sends it; null: no request does. */
  readonly apiKeyId: string | null;
};

type RefusalCode =
  | 'invalid_api_key'
  | 'rate_limited'
  | 'idempotency_key_reused'
  | 'conversation_not_found'
  | 'agent_not_found'
  | 'channel_not_connected'
  | 'recipient_unreachable'
  | 'recipient_opted_out'
  | 'messaging_window_closed';

export type BeginResult =
  | Begun
  | {
      /** Stored for later; at work elsewhere; or what became of it before. */
      readonly outcome: 'queued' | 'in_progress' | 'replay';
      readonly message: StoredMessage;
      /** Since it was stored. */
      readonly ageSeconds: number;
      readonly rate: Rate;
      readonly apiKeyId: string | null;
    }
  | {
      readonly outcome: 'refused';
      readonly code: RefusalCode;
      /** The stored message that the idempotency key belongs to. */
      readonly messageId: string | null;
      /** With channel_not_connected: the providers of the channel's active senders. */
      readonly connectedProviders: readonly string[];
      readonly rate: Rate | null;
      readonly apiKeyId: string | null;
    };

type CommitReply = {
  readonly messageId: string;
  readonly leaseId: string;
  readonly leaseSeconds: number;
  readonly content: string;
  readonly usage: TokenUsage;
};

/** Whose turn it is. */
type Turn = {
  /** Messages that are under way, or whose provider keeps us waiting: the others of their sub-accounts and senders come later. */
  readonly busy: readonly string[];
  /** The message that was given out last: the sub-accounts after its own are first. */
  readonly after: string | null;
  /** So many places are kept for sub-accounts that have nothing under way. */
  readonly spare: number;
};

export type ClaimSends = {
  readonly leaseId: string;
  readonly leaseSeconds: number;
  /** Of queued and abandoned messages together. */
  readonly limit: number;
  /** Without it: whoever is due, in no promised order. */
  readonly turn?: Turn;
  readonly policies: Readonly<Record<Channel, ChannelPolicy>>;
  /** After so many tries a message is failed. */
  readonly maxTries: number;
  readonly historyLimit: number;
  /** Only this one, if it is still queued. */
  readonly messageId: string | null;
};

export type Claimed = {
  readonly begun: readonly Begun[];
  /** Messages that ended here: abandoned while a provider was asked, not to be tried again, or needed by nobody any more. */
  readonly unknown: number;
  readonly failed: number;
  readonly superseded: number;
  /** Leased, and not understood: taken for abandoned when the lease is over, and failed after some tries. */
  readonly unreadable: number;
};

/** An agent's reply that is queued and not yet due. */
export type WaitingReply = { readonly messageId: string; readonly pauseMs: number };

/** What came of one event; `rejected`: it can never be stored. */
export type RecordedEvent = {
  readonly outcome:
    | 'stored'
    | 'moved'
    | 'known'
    | 'no_sender'
    | 'unknown_message'
    | 'unknown_address'
    | 'rejected';
  /** A UUID, of an inbound message. */
  readonly messageId: string | null;
  /** Its text has still to be fetched. */
  readonly textIsElsewhere: boolean;
  readonly reply: WaitingReply | null;
  /** With rejected: what Postgres says. */
  readonly code: string | null;
};

export type FoundMessage =
  | {
      readonly outcome: 'found';
      readonly message: StoredMessage | null;
      readonly attempts: readonly StoredAttempt[];
      readonly rate: Rate;
      readonly apiKeyId: string | null;
    }
  | Extract<BeginResult, { outcome: 'refused' }>;

/** `lost`: the lease ran out; `superseded`: nobody needs it any more; `opted_out`: the contact has said STOP meanwhile. */
type ReplyOutcome = 'committed' | 'lost' | 'superseded' | 'opted_out';

/**
 * Where messages live. Each method is one round trip and one short transaction, and may be repeated
 * with the same ids. Throws `database_unavailable` when no answer came in time, `uncertain` where the call
 * may have had its effect.
 */
export type Store = {
  /** Authenticates, answers what was said before, and stores the message with a lease. */
  readonly beginSend: (request: BeginSend) => Promise<BeginResult>;
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
  /** Stores the text of a message and ends the job that fetched it. */
  readonly completeText: (messageId: string, fetched: FetchedText) => Promise<WaitingReply | null>;
  /** A null message: none in the key's sub-account. */
  readonly getMessage: (keyHash: string, messageId: string) => Promise<FoundMessage>;
};
