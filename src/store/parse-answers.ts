import * as z from 'zod';
import { channels } from '../ports/channel.ts';
import type { MessageStatus } from '../ports/message.ts';
import type { BeginResult, Claimed, FoundMessage } from '../ports/store.ts';
import { inboundDetails } from './inbound-details.ts';
import { message, senderType, status, time } from './parse-message.ts';

const rate = z.object({ limit: z.number(), tokens: z.number() });
const connection = z.object({ id: z.string(), provider: z.string(), credentials: z.string() });

const sender = z
  .object({
    id: z.string(),
    address: z.string(),
    connection_id: z.string(),
    provider: z.string(),
    credentials: z.string(),
  })
  .transform(({ id, address, connection_id, provider, credentials }) => ({
    id,
    address,
    connection: { id: connection_id, provider, credentials },
  }));

const word = z.string().nullable().default(null);

const turn = z
  .object({
    sender_type: senderType,
    content: z.string().nullable(),
    subject: word,
    channel: z.enum(channels),
    at: time,
    attachments: z.array(
      z.object({ kind: z.string(), id: word, url: word, mimeType: word, name: word }),
    ),
    details: inboundDetails,
    answered_content: word,
  })
  .transform(({ sender_type, answered_content, ...row }) => ({
    ...row,
    senderType: sender_type,
    answeredContent: answered_content,
  }));

const begun = z
  .object({
    outcome: z.literal('begun'),
    message_id: z.string(),
    channel: z.enum(channels),
    content: z.string().nullable(),
    prompt: z.string().nullable(),
    subject: z.string().nullable(),
    automatic: z.boolean(),
    attempts: z.number(),
    tries: z.number(),
    retry_until: time.nullable(),
    ambiguous: z.boolean().default(false),
    recipient: z.object({ address: z.string(), name: z.string().nullable() }),
    senders: z.array(sender).min(1),
    reply_to: z
      .object({
        provider_message_id: z.string().nullable(),
        email_message_id: z.string().nullable(),
      })
      .nullable(),
    agent: z
      .object({
        model: z.string(),
        instructions: z.string(),
        tokens: z.enum(['left', 'reserved', 'used_up']),
        time_zone: z.string(),
        mailboxes: z.array(z.string()),
        connection: connection.nullable(),
      })
      .transform(({ time_zone, ...row }) => ({ ...row, timeZone: time_zone }))
      .nullable(),
    history: z.array(turn).nullable(),
    rate: rate.nullable(),
  })
  .transform(({ message_id, retry_until, reply_to, history, ...row }) => ({
    ...row,
    messageId: message_id,
    retryUntil: retry_until,
    replyTo: reply_to && {
      providerMessageId: reply_to.provider_message_id,
      emailMessageId: reply_to.email_message_id,
    },
    history: history ?? [],
  }));

const refused = z
  .object({
    outcome: z.literal('refused'),
    code: z.enum([
      'invalid_api_key',
      'rate_limited',
      'idempotency_key_reused',
      'conversation_not_found',
      'agent_not_found',
      'channel_not_connected',
      'recipient_unreachable',
      'recipient_opted_out',
      'messaging_window_closed',
    ]),
    message_id: z.string().nullable(),
    connected_providers: z.array(z.string()).nullable(),
    rate: rate.nullable(),
  })
  .transform(({ message_id, connected_providers, ...row }) => ({
    ...row,
    messageId: message_id,
    connectedProviders: connected_providers ?? [],
  }));

const beginResult = z.union([
  begun,
  refused,
  z.object({ outcome: z.enum(['queued', 'in_progress', 'replay']), message, rate }),
]);

const claimed = z.array(
  z.union([begun, z.object({ outcome: z.enum(['unknown', 'failed', 'superseded']) })]),
);

const settled = z.object({ status: status.nullable() });

const committed = z.object({ outcome: z.enum(['committed', 'lost', 'superseded', 'opted_out']) });

const attempt = z
  .object({
    number: z.number(),
    provider: z.string(),
    outcome: z.enum(['accepted', 'refused', 'unknown']),
    reason: z.string().nullable(),
    code: z.string().nullable(),
    message: z.string().nullable(),
    started_at: time,
    finished_at: time,
  })
  .transform(({ started_at, finished_at, ...row }) => ({
    ...row,
    startedAt: started_at,
    finishedAt: finished_at,
  }));

const foundMessage = z.object({ message: message.nullable(), attempts: z.array(attempt) });

export const parseBeginResult = (answer: unknown): BeginResult => beginResult.parse(answer);

export const parseCommitted = (answer: unknown): z.infer<typeof committed>['outcome'] =>
  committed.parse(answer).outcome;

export const parseSettled = (answer: unknown): MessageStatus | null => settled.parse(answer).status;

export const parseClaimed = (answer: unknown): Claimed => {
  const rows = claimed.parse(answer);
  return {
    begun: rows.filter((row) => row.outcome === 'begun'),
    unknown: rows.filter(({ outcome }) => outcome === 'unknown').length,
    failed: rows.filter(({ outcome }) => outcome === 'failed').length,
    superseded: rows.filter(({ outcome }) => outcome === 'superseded').length,
  };
};

export const parseFoundMessage = (answer: unknown): FoundMessage | null =>
  foundMessage.nullable().parse(answer);
