import { Hono } from 'hono';
import type * as z from 'zod';
import { getMessage, type MessageReport } from '../core/send/get-message.ts';
import { toWireId } from '../lib/message-id.ts';
import type { Deps } from '../ports/deps.ts';
import type { MessageStatus } from '../ports/message.ts';
import type { HttpEnvironment } from './environment.ts';
import { requireApiKey } from './require-api-key.ts';
import type { messageResponse } from './responses.ts';
import { respondJson } from './trace-request.ts';

/** The statuses of a message that has arrived: at a provider, or from a contact here. */
const arrived: ReadonlySet<MessageStatus> = new Set(['received', 'sent', 'delivered', 'read']);

const toResponse = ({ message, attempts }: MessageReport): z.infer<typeof messageResponse> => ({
  message_id: toWireId(message.id),
  conversation_id: message.conversationId,
  channel: message.channel,
  status: message.status,
  sender_type: message.senderType,
  ai: message.senderType === 'agent',
  content: message.content,
  delivered: arrived.has(message.status),
  timestamp: message.sentAt ?? message.createdAt,
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
    const report = await getMessage(deps, { apiKey: c.get('apiKey'), messageId }, c.get('trace'));
    return respondJson(c, toResponse(report));
  });
