import { Hono } from 'hono';
import * as z from 'zod';
import { queueMessage } from '../core/send/queue-message.ts';
import { sendMessage } from '../core/send/send-message.ts';
import type { QueuedMessage, SendInput, SentMessage } from '../core/send/send-request.ts';
import { isInvisible } from '../lib/clean-text.ts';
import { isUuid } from '../lib/is-uuid.ts';
import { channels } from '../ports/channel.ts';
import type { Content } from '../ports/content.ts';
import type { Deps } from '../ports/deps.ts';
import { type HttpEnvironment, workContext } from './environment.ts';
import { requireApiKey } from './require-api-key.ts';
import type { queuedMessageResponse, sendMessageResponse } from './responses.ts';
import { respondJson } from './trace-request.ts';
import { decodeBody, limitBody, requireJson, validateHeaders, validateJson } from './validate.ts';

const nul = String.fromCharCode(0);

/** Text that Postgres and the vendors can store: no NUL, no half of a surrogate pair. */
const storableText = (longest: number) =>
  z
    .string({ error: 'must be a string' })
    .max(longest, { error: `must be at most ${longest} characters` })
    .refine((text) => !text.includes(nul) && text.isWellFormed(), {
      error: 'must be well-formed Unicode without NUL',
    });

const singleLine = (longest: number) =>
  storableText(longest).regex(/^\P{Cc}*$/u, { error: 'must not have control characters' });

const visible = (text: z.ZodString) =>
  text.refine((value) => !isInvisible(value), { error: 'must not be blank' });

/** Form tools send every field that they know, with "" or null if it is empty. */
const isAbsent = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && isInvisible(value));

const orNull = (text: string | null | undefined): string | null =>
  isAbsent(text) ? null : (text ?? null);

// Lets errors of the agent's field be told together with those of the other fields.
const isObject = ({ value }: { readonly value: unknown }): boolean =>
  typeof value === 'object' && value !== null;

export const sendMessageBody = z
  .object(
    {
      content: visible(storableText(256 * 1024)).meta({
        description: 'The text, or with `ai: true` the instruction to the agent.',
      }),
      ai: z.boolean({ error: 'must be true or false' }).meta({
        description: 'false: send `content` as it is. true: the agent writes the message.',
      }),
      conversation_id: visible(singleLine(255)).meta({
        description: "The conversation's UUID, or your own id for it.",
      }),
      channel: z
        .enum(channels, { error: `must be one of ${channels.join(', ')}` })
        .meta({ description: 'What it is sent over.' }),
      // Checked below, because it means nothing without an agent.
      agent_id: z.unknown().optional(),
      message_id: singleLine(255).nullish().meta({
        description: 'The inbound message that this one replies to: our id or the provider’s.',
      }),
      subject: singleLine(500).nullish().meta({
        description:
          "Email only. Without it: the conversation's last subject with `Re:`, else the sub-account's name.",
      }),
    },
    { error: 'must be a JSON object' },
  )
  .refine(({ ai, agent_id }) => ai !== true || !isAbsent(agent_id), {
    path: ['agent_id'],
    error: 'is required when ai is true',
    when: isObject,
  })
  .refine(
    ({ ai, agent_id }) =>
      ai !== true || isAbsent(agent_id) || (typeof agent_id === 'string' && isUuid(agent_id)),
    {
      path: ['agent_id'],
      error: 'must be a UUID',
      when: isObject,
    },
  );

export const sendMessageHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, {
      error: 'must be 1 to 255 printable ASCII characters, or be left out',
    })
    .optional()
    .meta({ description: 'Repeats with the same key never send twice.' }),
  prefer: z.string().optional().meta({
    description:
      '`respond-async`: respond with 202 as soon as the message is stored, and send it after that.',
  }),
});

const toResponse = (sent: SentMessage): z.infer<typeof sendMessageResponse> => ({
  message_id: sent.messageId,
  content: sent.content,
  sender_type: sent.senderType,
  channel: sent.channel,
  ai: sent.senderType === 'agent',
  delivered: true,
  timestamp: sent.timestamp,
});

const toQueuedResponse = (queued: QueuedMessage): z.infer<typeof queuedMessageResponse> => ({
  message_id: queued.messageId,
  content: queued.content,
  sender_type: queued.senderType,
  channel: queued.channel,
  ai: queued.senderType === 'agent',
  delivered: false,
  timestamp: queued.queuedAt,
});

type Body = z.infer<typeof sendMessageBody>;

/** A part that is absent is left out, so that the request stays the same to idempotency. */
const toContent = (body: Body): Content => ({ text: body.content });

const toRequest = (body: Body): SendInput['request'] => ({
  conversationRef: body.conversation_id,
  channel: body.channel,
  content: toContent(body),
  agentId: body.ai ? z.string().parse(body.agent_id).toLowerCase() : null,
  subject: body.channel === 'email' ? orNull(body.subject) : null,
  repliedMessageId: orNull(body.message_id),
});

// RFC 7240: a list of preferences, each of which may have parameters.
const prefersAsync = (prefer: string | undefined): boolean =>
  (prefer ?? '').split(',').some((part) => /^\s*respond-async\s*(;|$)/i.test(part));

export const createSendMessageRoute = (deps: Deps) =>
  new Hono<HttpEnvironment>().post(
    '/send-message',
    requireApiKey,
    requireJson,
    limitBody,
    validateHeaders(sendMessageHeaders),
    decodeBody,
    validateJson(sendMessageBody),
    async (c) => {
      const headers = c.req.valid('header');
      const input = {
        apiKey: c.get('apiKey'),
        idempotencyKey: headers['idempotency-key'] ?? null,
        request: toRequest(c.req.valid('json')),
      };
      if (!prefersAsync(headers.prefer)) {
        return respondJson(c, toResponse(await sendMessage(deps, input, workContext(c))));
      }
      const message = await queueMessage(deps, input, workContext(c));
      if ('timestamp' in message) return respondJson(c, toResponse(message));
      return respondJson(c, toQueuedResponse(message), 202, {
        'Preference-Applied': 'respond-async',
        Location: `${deps.publicUrl}/messages/${message.messageId}`,
      });
    },
  );
