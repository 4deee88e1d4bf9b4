import * as z from 'zod';
import { errorTable, retryWords } from '../errors.ts';
import { channels } from '../ports/channel.ts';
import { type MessageStatus, messageStatuses } from '../ports/message.ts';

// The responses, for the OpenAPI document and the compiler. Routes import only types from here, so no bundle contains
// this file.

const errorCodes = Object.keys(errorTable);

export const sendMessageResponse = z.object({
  message_id: z.string().meta({ description: '`msg_` and 26 characters; ask for it later.' }),
  content: z.string().meta({ description: 'The text as it was sent.' }),
  sender_type: z.enum(['user', 'agent']).meta({
    description: 'agent: an AI agent wrote it. user: the caller did.',
  }),
  channel: z.enum(channels).meta({ description: 'What it is sent over.' }),
  ai: z.boolean().meta({ description: 'Whether an AI agent writes it.' }),
  delivered: z.literal(true).meta({ description: 'The provider accepted the message.' }),
  timestamp: z.iso.datetime().meta({ description: 'When the provider accepted it.' }),
});

export const queuedMessageResponse = z.object({
  ...sendMessageResponse.shape,
  content: z.string().nullable().meta({ description: 'null until an agent has written it.' }),
  delivered: z.literal(false).meta({ description: 'It is stored, and sent after this response.' }),
  timestamp: z.iso.datetime().meta({ description: 'When the message was stored.' }),
});

const time = (description: string) => z.iso.datetime().nullable().meta({ description });
const word = (description: string) => z.string().nullable().meta({ description });
const instant = (description: string) => z.iso.datetime().meta({ description });

const providerResponse = z.object({
  name: z.string().meta({ description: 'The provider that was asked.' }),
  code: word("The provider's own code."),
  message: word("The provider's own words, without secrets and addresses."),
  reason: z.string().meta({
    description:
      'invalid_recipient, opted_out, window_closed, content_rejected, misconfigured, rate_limited, quota_exceeded, provider_unavailable, unknown or other.',
  }),
});

const retryWord = z.enum(retryWords).meta({
  description:
    'never: the same request cannot succeed. safe: nothing was sent, send it again with the same Idempotency-Key. check: it may have been sent, ask GET /messages/{message_id} first.',
});

const attemptResponse = z.object({
  number: z.int().meta({ description: 'From 1.' }),
  provider: z.string().meta({ description: 'The provider that was asked.' }),
  outcome: z.enum(['accepted', 'refused', 'unknown']).meta({
    description: 'unknown: the call left, and no usable response came.',
  }),
  reason: word('Why it was refused, as in the `reason` of an error.'),
  code: word("The provider's own code."),
  message: word("The provider's own words, without secrets and addresses."),
  started_at: instant('When the call began.'),
  finished_at: instant('When its response had come, or was no longer waited for.'),
});

const statusMeanings = {
  received: 'the contact wrote it',
  queued: 'it waits',
  composing: 'the agent is writing',
  sending: 'a provider is being asked',
  sent: 'a provider has accepted it',
  delivered: 'the provider reported later that it arrived',
  read: 'the provider reported later that it was opened',
  failed: 'it was not delivered',
  unknown: 'a provider was asked and no usable response came, so it may have been sent or not',
  superseded: 'a reply that was no longer needed',
} as const satisfies Record<MessageStatus, string>;

/** Contains the seven fields of the response to POST /send-message. */
export const messageResponse = z.object({
  message_id: z.string().meta({ description: '`msg_` and 26 characters.' }),
  conversation_id: z.uuid().meta({ description: 'The conversation it belongs to.' }),
  channel: z.enum(channels).meta({ description: 'What it is sent over.' }),
  status: z.enum(messageStatuses).meta({
    description: messageStatuses.map((word) => `${word}: ${statusMeanings[word]}.`).join(' '),
  }),
  sender_type: z.enum(['contact', 'user', 'agent']).meta({
    description: 'Who wrote it: the contact, the caller, or an AI agent.',
  }),
  ai: z.boolean().meta({ description: 'Whether an AI agent writes it.' }),
  content: word('The text; null until an agent has written it.'),
  delivered: z.boolean().meta({
    description:
      'Whether a provider has accepted it, as far as is known: true with the status sent, delivered or read; true with received, which has arrived here; false with every other status.',
  }),
  timestamp: z.iso.datetime().meta({
    description:
      'When a provider accepted it, or when the contact sent it; else when it was stored.',
  }),
  subject: word('Email only.'),
  agent_id: word('The agent that writes it.'),
  provider: word('The provider that has it.'),
  created_at: instant('When it was stored.'),
  next_try_at: time('When a queued message is tried next.'),
  sent_at: time('When a provider accepted it.'),
  delivered_at: time('When it was delivered, as the provider says.'),
  read_at: time('When it was read, as the provider says.'),
  failed_at: time('When it failed for good.'),
  error: z
    .object({
      code: z.string().meta({ description: 'An error code; GET /errors/{code} explains it.' }),
      retry: retryWord,
      message: z.string().optional().meta({ description: 'What happened and what to do.' }),
      provider: providerResponse.optional().meta({ description: 'What the provider said.' }),
    })
    .nullable()
    .meta({ description: 'Why it was not sent, or why nobody can say.' }),
  usage: z
    .object({
      input_tokens: z.int().meta({ description: 'What the model read.' }),
      output_tokens: z.int().meta({ description: 'What the model wrote.' }),
    })
    .nullable()
    .meta({ description: 'What the agent used up.' }),
  metadata: z
    .object({
      message_id: z
        .string()
        .optional()
        .meta({ description: 'The message that this one replies to.' }),
    })
    .meta({ description: 'What the caller said about it.' }),
  attempts: z.array(attemptResponse).meta({ description: 'Every call to a provider, in order.' }),
});

export const errorResponse = z.object({
  error: z.object({
    code: z.enum(errorCodes).meta({ description: 'Which error it is.' }),
    message: z.string().meta({ description: 'One sentence that says what to do.' }),
    retry: retryWord,
    request_id: z
      .string()
      .meta({ description: 'The same as `X-Request-Id`: to find it in the log.' }),
    doc_url: z.string().meta({
      format: 'uri-reference',
      description:
        'Says what happened and what to do. A path alone while the function is not configured.',
    }),
    issues: z
      .array(
        z.object({
          path: z.string().meta({ description: 'Of the field, or the name of the header.' }),
          message: z.string().meta({ description: 'What it must be.' }),
        }),
      )
      .optional()
      .meta({ description: 'With 400: everything that is wrong with the request.' }),
    message_id: z.string().optional().meta({
      description: 'A message was stored: GET /messages/{message_id} says what became of it.',
    }),
    provider: providerResponse.optional().meta({ description: 'What the provider said.' }),
  }),
  message: z.string().meta({
    description: 'The same sentence as `error.message`, for clients that look for it here.',
  }),
});

const count = (description: string) => z.int().meta({ description });

export const sweepResponse = z.object({
  sent: count('Accepted by a provider.'),
  queued: count('To be tried again later.'),
  failed: count('Not sent, for good.'),
  unknown: count('May have been sent; nobody can say.'),
  superseded: count('Replies that were no longer needed.'),
  lost: count('Taken up by another worker, or not worked on because of an error in the log.'),
});

export const healthResponse = z.object({
  status: z.literal('ok').meta({ description: 'The function is up and configured.' }),
  openapi: z.url().meta({ description: 'Where this document is.' }),
  docs: z.url().meta({ description: 'Where people read it.' }),
});
