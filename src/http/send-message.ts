import { Hono } from 'hono';
import * as z from 'zod';
import { queueMessage } from '../core/queue-message.ts';
import { sendMessage } from '../core/send-message.ts';
import type { QueuedMessage, SendInput, SentMessage } from '../core/send-request.ts';
import { isInvisible } from '../lib/clean-text.ts';
import { channels } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { queuedMessageAnswer, sendMessageAnswer } from './answers.ts';
import { type HttpEnvironment, workContext } from './environment.ts';
import { requireApiKey } from './require-api-key.ts';
import { setTraceHeaders } from './trace-request.ts';
import { limitBody, requireJson, validateHeaders, validateJson } from './validate.ts';

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const nul = String.fromCharCode(0);

/** Text that Postgres and the vendors can hold: no NUL, no half of a surrogate pair. */
const storableText = (longest: number) =>
  z
    .string({ error: 'must be a string' })
    .max(longest, { error: `must be at most ${longest} characters` })
    .refine((text) => !isInvisible(text), { error: 'must not be blank' })
    .refine((text) => !text.includes(nul) && text.isWellFormed(), {
      error: 'must be well-formed Unicode without NUL',
    });

const singleLine = (longest: number) =>
  storableText(longest).regex(/^\P{Cc}*$/u, { error: 'must not have control characters' });

export const sendMessageBody = z
  .object(
    {
      content: storableText(256 * 1024).meta({
        description: 'The text, or with `ai: true` the instruction to the agent.',
      }),
      ai: z.boolean({ error: 'must be true or false' }).meta({
        description: 'false: send `content` as it is. true: the agent writes the message.',
      }),
      conversation_id: singleLine(255).meta({
        description: "The conversation's UUID, or your own id for it.",
      }),
      channel: z
        .enum(channels, { error: `must be one of ${channels.join(', ')}` })
        .meta({ description: 'What it is sent over.' }),
      agent_id: z
        .guid({ error: 'must be a UUID' })
        .toLowerCase()
        .nullish()
        .meta({ description: 'Required when `ai` is true: an active agent of the sub-account.' }),
      message_id: singleLine(255).nullish().meta({
        description: 'The inbound message that this one answers: our id or the provider’s.',
      }),
      subject: singleLine(500).nullish().meta({
        description:
          "Email only. Without it: the conversation's last subject with `Re:`, else the sub-account's name.",
      }),
    },
    { error: 'must be a JSON object' },
  )
  .refine(({ ai, agent_id }) => !ai || typeof agent_id === 'string', {
    path: ['agent_id'],
    error: 'is required when ai is true',
  });

export const sendMessageHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, { error: 'must be 1 to 255 printable ASCII characters' })
    .optional()
    .meta({ description: 'Repeats with the same key never send twice.' }),
  prefer: z.string().optional().meta({
    description: '`respond-async`: answer 202 once the message is stored, and send it after that.',
  }),
});

const toAnswer = (sent: SentMessage): z.infer<typeof sendMessageAnswer> => ({
  message_id: sent.messageId,
  content: sent.content,
  sender_type: sent.senderType,
  channel: sent.channel,
  ai: sent.senderType === 'agent',
  delivered: true,
  timestamp: sent.timestamp,
});

const toQueuedAnswer = (queued: QueuedMessage): z.infer<typeof queuedMessageAnswer> => ({
  message_id: queued.messageId,
  content: queued.content,
  sender_type: queued.senderType,
  channel: queued.channel,
  ai: queued.senderType === 'agent',
  delivered: false,
  timestamp: queued.queuedAt,
});

const toRequest = (body: z.infer<typeof sendMessageBody>): SendInput['request'] => ({
  // A UUID is one conversation however it is spelled: a derived idempotency key depends on it.
  conversationRef: uuidPattern.test(body.conversation_id)
    ? body.conversation_id.toLowerCase()
    : body.conversation_id,
  channel: body.channel,
  content: body.content,
  agentId: body.ai ? (body.agent_id ?? null) : null,
  subject: body.channel === 'email' ? (body.subject ?? null) : null,
  repliedMessageId: body.message_id ?? null,
});

// RFC 7240: a list of preferences, each of which may carry parameters.
const prefersAsync = (prefer: string | undefined): boolean =>
  (prefer ?? '').split(',').some((part) => /^\s*respond-async\s*(;|$)/i.test(part));

export const createSendMessageRoute = (deps: Deps) =>
  new Hono<HttpEnvironment>().post(
    '/send-message',
    requireApiKey,
    requireJson,
    limitBody,
    validateHeaders(sendMessageHeaders),
    validateJson(sendMessageBody),
    async (c) => {
      const headers = c.req.valid('header');
      const input = {
        apiKey: c.var.apiKey,
        idempotencyKey: headers['idempotency-key'] ?? null,
        request: toRequest(c.req.valid('json')),
      };
      if (!prefersAsync(headers.prefer)) {
        const sent = await sendMessage(deps, input, workContext(c));
        setTraceHeaders(c);
        return c.json(toAnswer(sent));
      }
      const message = await queueMessage(deps, input, workContext(c));
      setTraceHeaders(c);
      if ('timestamp' in message) return c.json(toAnswer(message));
      c.header('Preference-Applied', 'respond-async');
      c.header('Location', `${deps.publicUrl}/messages/${message.messageId}`);
      return c.json(toQueuedAnswer(message), 202);
    },
  );
