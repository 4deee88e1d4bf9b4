import * as z from 'zod';
import { retryWords } from '../errors.ts';
import { channels } from '../ports/channel.ts';
import { messageStatuses, type StoredError } from '../ports/message.ts';

export const senderType = z.enum(['contact', 'user', 'agent']);
export const time = z.string().transform((text) => new Date(text).toISOString());

const usage = z
  .object({ input_tokens: z.number(), output_tokens: z.number() })
  .transform((row) => ({ inputTokens: row.input_tokens, outputTokens: row.output_tokens }));

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
}) satisfies z.ZodType<StoredError>;

export const status = z.enum(messageStatuses);

/** A message as the database describes it. */
export const message = z
  .object({
    id: z.string(),
    conversation_id: z.string(),
    channel: z.enum(channels),
    sender_type: senderType,
    status,
    content: z.string().nullable(),
    subject: z.string().nullable(),
    agent_id: z.string().nullable(),
    provider: z.string().nullable(),
    usage: usage.nullable(),
    error: storedError.nullable(),
    replied_message_id: z.string().nullable(),
    created_at: time,
    due_at: time.nullable(),
    sent_at: time.nullable(),
    delivered_at: time.nullable(),
    read_at: time.nullable(),
    failed_at: time.nullable(),
  })
  .transform((row) => ({
    id: row.id,
    conversationId: row.conversation_id,
    channel: row.channel,
    senderType: row.sender_type,
    status: row.status,
    content: row.content,
    subject: row.subject,
    agentId: row.agent_id,
    provider: row.provider,
    usage: row.usage,
    error: row.error,
    repliedMessageId: row.replied_message_id,
    createdAt: row.created_at,
    dueAt: row.due_at,
    sentAt: row.sent_at,
    deliveredAt: row.delivered_at,
    readAt: row.read_at,
    failedAt: row.failed_at,
  }));
