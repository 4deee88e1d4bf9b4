import { Hono } from 'hono';
import * as z from 'zod';
import { sendMessage } from '../core/send-message.ts';
import type { SentMessage } from '../core/send-request.ts';
import { channels } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { HttpEnvironment } from './environment.ts';
import { requireApiKey } from './require-api-key.ts';
import { limitBody, requireJson, validateHeaders, validateJson } from './validate.ts';

const nul = String.fromCharCode(0);

/** Text that Postgres and the vendors can hold: no NUL, no half of a surrogate pair. */
const storableText = (longest: number) =>
  z
    .string({ error: 'must be a string' })
    .max(longest, { error: `must be at most ${longest} characters` })
    .refine((text) => text.trim() !== '', { error: 'must not be blank' })
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
      channel: z.enum(channels, { error: `must be one of ${channels.join(', ')}` }),
      agent_id: z
        .guid({ error: 'must be a UUID' })
        .toLowerCase()
        .nullish()
        .meta({ description: 'Required when `ai` is true: an active agent of the sub-account.' }),
      message_id: singleLine(255).nullish().meta({
        description: 'The inbound message that this one answers: our id or the provider’s.',
      }),
      subject: singleLine(500).nullish().meta({ description: 'Email only.' }),
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
});

export const sendMessageAnswer = z.object({
  message_id: z.string(),
  content: z.string(),
  sender_type: z.enum(['user', 'agent']),
  channel: z.enum(channels),
  ai: z.boolean(),
  delivered: z.boolean(),
  timestamp: z.iso.datetime(),
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

export const createSendMessageRoute = (deps: Deps) =>
  new Hono<HttpEnvironment>().post(
    '/send-message',
    requireApiKey,
    requireJson,
    limitBody,
    validateHeaders(sendMessageHeaders),
    validateJson(sendMessageBody),
    async (c) => {
      const body = c.req.valid('json');
      const sent = await sendMessage(
        deps,
        {
          apiKey: c.var.apiKey,
          idempotencyKey: c.req.valid('header')['idempotency-key'] ?? null,
          request: {
            conversationRef: body.conversation_id,
            channel: body.channel,
            content: body.content,
            agentId: body.ai ? (body.agent_id ?? null) : null,
            subject: body.channel === 'email' ? (body.subject ?? null) : null,
            repliedMessageId: body.message_id ?? null,
          },
        },
        c.var.trace,
      );
      return c.json(toAnswer(sent));
    },
  );
