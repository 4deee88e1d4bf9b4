import { Hono } from 'hono';
import * as z from 'zod';
import { getMessage, type MessageReport } from '../core/get-message.ts';
import { toWireId } from '../lib/message-id.ts';
import { channels } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { HttpEnvironment } from './environment.ts';
import { requireApiKey } from './require-api-key.ts';
import { setTraceHeaders } from './trace-request.ts';

const time = z.iso.datetime().nullable();
const word = z.string().nullable();

export const messageAnswer = z.object({
  message_id: z.string(),
  conversation_id: z.uuid(),
  channel: z.enum(channels),
  status: z.string(),
  sender_type: z.enum(['contact', 'user', 'agent']),
  ai: z.boolean(),
  content: word,
  subject: word,
  agent_id: word,
  provider: word,
  created_at: z.iso.datetime(),
  /** When a queued message is tried next. */
  next_try_at: time,
  sent_at: time,
  delivered_at: time,
  read_at: time,
  failed_at: time,
  error: z
    .object({
      code: z.string(),
      retry: z.enum(['never', 'safe', 'check']),
      message: z.string().optional(),
      provider: z
        .object({ name: z.string(), code: word, message: word, reason: z.string() })
        .optional(),
    })
    .nullable(),
  usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }).nullable(),
  metadata: z.object({ message_id: z.string().optional() }),
  attempts: z.array(
    z.object({
      number: z.number(),
      provider: z.string(),
      outcome: z.enum(['accepted', 'refused', 'unknown']),
      reason: word,
      code: word,
      message: word,
      started_at: z.iso.datetime(),
      finished_at: z.iso.datetime(),
    }),
  ),
});

const toAnswer = ({ message, attempts }: MessageReport) => ({
  message_id: toWireId(message.id),
  conversation_id: message.conversationId,
  channel: message.channel,
  status: message.status,
  sender_type: message.senderType,
  ai: message.senderType === 'agent',
  content: message.content,
  subject: message.subject,
  agent_id: message.agentId,
  provider: message.provider,
  created_at: message.createdAt,
  next_try_at: message.dueAt,
  sent_at: message.sentAt,
  delivered_at: message.deliveredAt,
  read_at: message.readAt,
  failed_at: message.failedAt,
  error: message.error,
  usage: message.usage && {
    input_tokens: message.usage.inputTokens,
    output_tokens: message.usage.outputTokens,
  },
  metadata: message.repliedMessageId === null ? {} : { message_id: message.repliedMessageId },
  attempts: attempts.map(({ startedAt, finishedAt, ...attempt }) => ({
    ...attempt,
    started_at: startedAt,
    finished_at: finishedAt,
  })),
});

export const createMessagesRoute = (deps: Deps) =>
  new Hono<HttpEnvironment>().get('/messages/:messageId', requireApiKey, async (c) => {
    const messageId = c.req.param('messageId');
    const report = await getMessage(deps, { apiKey: c.var.apiKey, messageId }, c.var.trace);
    setTraceHeaders(c);
    return c.json(toAnswer(report));
  });
