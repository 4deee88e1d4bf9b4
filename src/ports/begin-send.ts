import * as z from 'zod';
import { type Channel, channels } from './channel.ts';
import { sealedConnection } from './connection.ts';
import { type ContentParts, contentParts } from './content.ts';
import { inboundDetails } from './inbound-details.ts';
import { senderType, storedMessage, time } from './message.ts';
import { rate, refused } from './refusal.ts';

/** The rules that a message is sent by. The database keeps them with the message. */
export type SendPolicy = {
  /** Those that can carry this message. */
  readonly providers: readonly string[];
  /** Those of them that take a repeated call for the same message as one, each with the seconds that it does so for. */
  readonly repeatable: Readonly<Record<string, number>>;
  /** How long after the contact's last message the channel takes another; null: no such rule. */
  readonly replyWindowHours: number | null;
};

export type BeginSend = {
  /** SHA-256 of the API key, in hex: the sub-account follows from it, and from nothing else. */
  readonly keyHash: string;
  /** A UUIDv7 made by the caller, so that a lost result can be asked for again. */
  readonly messageId: string;
  /** Who works on it: the holder of another lease cannot commit or fail this message. */
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
};

export type QueueSend = BeginSend & {
  /** For so many hours it is tried. */
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
  /** Of an email. */
  subject: word,
  channel: z.enum(channels),
  /** When it was written. */
  at: time,
  attachments: z.array(
    z.object({ kind: z.string(), id: word, url: word, mimeType: word, name: word }),
  ),
  details: inboundDetails,
  /** The contact has corrected it since it was answered: the words that were answered. */
  answeredContent: word,
});
/** An earlier message of the conversation, as an agent gets to read it. */
export type StoredTurn = Readonly<z.infer<typeof turn>>;

const agent = z.object({
  model: z.string(),
  instructions: z.string(),
  /** Of its daily limit; `reserved`: what is left may be used up by the messages that it is writing now. */
  tokens: z.enum(['left', 'reserved', 'used_up']),
  /** The sub-account's IANA time zone. */
  timeZone: z.string(),
  /** The sub-account's email senders: mail from them that a contact quotes is known already. */
  mailboxes: z.array(z.string()),
  /** Null when the agent has none. */
  connection: sealedConnection.nullable(),
});

/** The message is stored with a lease, and it is ours to send. */
export const begun = z.object({
  outcome: z.literal('begun'),
  messageId: z.string(),
  channel: z.enum(channels),
  /** Null: the agent has still to write it. */
  content: z.string().nullable(),
  prompt: z.string().nullable(),
  /** What goes out beside the text. */
  parts: contentParts,
  subject: z.string().nullable(),
  /** An agent's own reply, which nobody has asked for. */
  automatic: z.boolean(),
  /** Calls to providers so far. */
  attempts: z.number(),
  /** How often a worker had it, this one included. */
  tries: z.number(),
  /** It is tried again after a failure that time may cure. */
  retried: z.boolean(),
  recipient: z.object({ address: z.string(), name: z.string().nullable() }),
  /** To be tried in this order. */
  senders: z.array(sender).min(1),
  /** The message that this one answers, as far as it is known. */
  replyTo: z
    .object({
      /** The vendor's own id: a wamid, a mid. */
      providerMessageId: z.string().nullable(),
      /** The RFC 5322 Message-ID of an email, angle brackets included. */
      emailMessageId: z.string().nullable(),
    })
    .nullable(),
  agent: agent.nullable(),
  /** Earlier messages, oldest first; none where nobody has to write it. */
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
  /** Since it was stored. */
  ageSeconds: z.number(),
  ...charged.shape,
});

/** Somebody else works on it, or it was settled before. */
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
