import * as z from 'zod';
import { type Channel, channels, repliedMessage } from './channel.ts';
import { sealedConnection } from './connection.ts';
import { type ContentParts, contentParts } from './content.ts';
import { attachment, inboundDetails } from './inbound.ts';
import { senderType, storedMessage, time } from './message.ts';
import { rate, refused } from './refusal.ts';

/** The rules for sending a message. The database keeps them with the message. */
export type SendPolicy = {
  /** The providers that can carry this message. */
  readonly providers: readonly string[];
  /** Those of them that take a repeated call for the same message as one, and for how many seconds. */
  readonly repeatable: Readonly<Record<string, number>>;
  /** How many hours after the contact's last message the channel accepts another; null: always. */
  readonly replyWindowHours: number | null;
  /** Its receipts may be watermarks, which say only until when all was delivered or read. The database indexes such messages. */
  readonly watermarks?: true;
};

export type BeginSend = {
  /** SHA-256 of the API key, in hex. The sub-account follows from it, and from nothing else. */
  readonly keyHash: string;
  /** A UUIDv7 made by the caller, so that the call can be repeated if its result is lost. */
  readonly messageId: string;
  /** The worker's lease. A worker with another lease cannot commit or fail this message. */
  readonly leaseId: string;
  readonly leaseSeconds: number;
  /** The conversation's UUID or the caller's own id for it. */
  readonly conversationRef: string;
  readonly channel: Channel;
  readonly policy: SendPolicy;
  /** The text to send as it is, or the instruction to an agent. */
  readonly work:
    | { readonly content: string }
    | { readonly prompt: string; readonly agentId: string };
  /** The parts beside the text. */
  readonly parts: ContentParts;
  readonly subject: string | null;
  /** The inbound message that this one replies to, by the caller's name for it. */
  readonly repliedMessageId: string | null;
  readonly idempotencyKey: string | null;
  /**
   * The request that the idempotency key belongs to: the hash of the request as written, a colon, and the hash of the
   * request without its names for the conversation and for the message that it replies to.
   */
  readonly requestHash: string | null;
  /** If it is not null, the key is made from the conversation, the message that is replied to, and this. */
  readonly taskHash: string | null;
  /** How many earlier messages an agent reads. */
  readonly historyLimit: number;
};

export type QueueSend = BeginSend & {
  /** For how many hours it is tried. */
  readonly queueHours: number;
};

const sender = z.object({
  id: z.string(),
  address: z.string(),
  connection: sealedConnection,
});
export type Sender = Readonly<z.infer<typeof sender>>;

const word = z.string().nullable().default(null);

const turn = z.object({
  senderType,
  /** Null: it came without words. */
  content: z.string().nullable(),
  /** Only for an email. */
  subject: word,
  channel: z.enum(channels),
  /** When it was written. */
  at: time,
  attachments: z.array(attachment),
  details: inboundDetails,
  /** The words that a reply was written to, if the contact has corrected them since. */
  answeredContent: word,
});
/** An earlier message of the conversation, as an agent reads it. */
export type StoredTurn = Readonly<z.infer<typeof turn>>;

const agent = z.object({
  model: z.string(),
  instructions: z.string(),
  /** Whether tokens of its daily limit are left. `reserved`: the messages that it is writing now may use up the rest. */
  tokens: z.enum(['left', 'reserved', 'used_up']),
  /** The sub-account's IANA time zone. */
  timeZone: z.string(),
  /** The sub-account's email senders. If a contact quotes mail from them, the agent knows it already. */
  mailboxes: z.array(z.string()),
  /** Null when the agent has none. */
  connection: sealedConnection.nullable(),
});

/** The message is stored with a lease, and this worker sends it. */
export const begun = z.object({
  outcome: z.literal('begun'),
  messageId: z.string(),
  channel: z.enum(channels),
  /** Null: the agent has not written it yet. */
  content: z.string().nullable(),
  prompt: z.string().nullable(),
  /** The parts beside the text. */
  parts: contentParts,
  subject: z.string().nullable(),
  /** An agent wrote this reply by itself; nobody asked for it. */
  automatic: z.boolean(),
  /** Number of calls to providers so far. */
  attempts: z.number(),
  /** How many workers have had it, including this one. */
  tries: z.number(),
  /** It is tried again if its failure may go away with time. */
  retried: z.boolean(),
  recipient: z.object({ address: z.string(), name: z.string().nullable() }),
  /** To be asked in this order. */
  senders: z.array(sender).min(1),
  /** The message that this one replies to, as far as it is known. */
  replyTo: repliedMessage.nullable(),
  agent: agent.nullable(),
  /** Earlier messages, oldest first; empty if no agent has to write. */
  history: z
    .array(turn)
    .nullable()
    .transform((turns) => turns ?? []),
  /** The key of the request that sends it; null: no request does. */
  apiKeyId: z.string().nullable(),
});
export type Begun = Readonly<z.infer<typeof begun>>;

const charged = z.object({ rate, apiKeyId: z.string().nullable() });

const stored = z.object({
  message: storedMessage,
  /** Seconds since it was stored. */
  ageSeconds: z.number(),
  ...charged.shape,
});

/** Another worker has it, or it was settled before. */
const repeated = z.object({ outcome: z.enum(['in_progress', 'replay']), ...stored.shape });

export const beginResult = z.union([
  z.object({ ...begun.shape, ...charged.shape }),
  refused,
  repeated,
]);
export type BeginResult = Readonly<z.infer<typeof beginResult>>;

export const queueResult = z.union([
  z.object({ outcome: z.literal('queued'), ...stored.shape }),
  refused,
  repeated,
]);
export type QueueResult = Readonly<z.infer<typeof queueResult>>;
