import * as z from 'zod';
import { retryWords } from '../errors.ts';
import { tokenUsage } from './ai.ts';
import { channels, type RefusalReason } from './channel.ts';

/** Every status of a message. supabase/schemas/22_status.sql says which may follow which. */
export const messageStatuses = [
  'received',
  'queued',
  'composing',
  'sending',
  'sent',
  'delivered',
  'read',
  'failed',
  'unknown',
  'superseded',
] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** Who wrote a message. */
export const senderType = z.enum(['contact', 'user', 'agent']);

/** A time in Postgres' spelling; from here on ISO 8601 in UTC. */
export const time = z.string().transform((text) => new Date(text).toISOString());

/** An error as the caller got it, kept so that it can be given again. */
export const storedError = z.object({
  code: z.string(),
  retry: z.enum(retryWords),
  message: z.string().optional(),
  provider: z
    .object({
      name: z.string(),
      code: z.string().nullable(),
      message: z.string().nullable(),
      reason: z.string(),
    })
    .optional(),
});
export type StoredError = Readonly<z.infer<typeof storedError>>;

/** A message as its sub-account may see it. */
export const storedMessage = z.object({
  id: z.string(),
  conversationId: z.string(),
  channel: z.enum(channels),
  senderType,
  status: z.enum(messageStatuses),
  content: z.string().nullable(),
  subject: z.string().nullable(),
  agentId: z.string().nullable(),
  provider: z.string().nullable(),
  usage: tokenUsage.nullable(),
  error: storedError.nullable(),
  /** The message that this one replies to, by its caller's name. */
  repliedMessageId: z.string().nullable(),
  createdAt: time,
  /** When a queued message is tried next. */
  dueAt: time.nullable(),
  sentAt: time.nullable(),
  deliveredAt: time.nullable(),
  readAt: time.nullable(),
  failedAt: time.nullable(),
});
export type StoredMessage = Readonly<z.infer<typeof storedMessage>>;

const attemptOutcome = z.enum(['accepted', 'refused', 'unknown']);

/** One call to a provider for a message, numbered from 1. Times are milliseconds since 1970. */
export type Attempt = {
  readonly number: number;
  readonly senderId: string;
  readonly provider: string;
  readonly outcome: z.infer<typeof attemptOutcome>;
  readonly reason: RefusalReason | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly startedAt: number;
  readonly finishedAt: number;
};

export const storedAttempt = z.object({
  number: z.number(),
  provider: z.string(),
  outcome: attemptOutcome,
  reason: z.string().nullable(),
  code: z.string().nullable(),
  message: z.string().nullable(),
  startedAt: time,
  finishedAt: time,
});
export type StoredAttempt = Readonly<z.infer<typeof storedAttempt>>;
