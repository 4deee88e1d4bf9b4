import * as z from 'zod';
import { channels } from '../ports/channel.ts';
import type { Settled } from '../ports/settlement.ts';
import type { BeginResult, Claimed, FoundMessage } from '../ports/store.ts';
import { inboundDetails } from './inbound-details.ts';
import { sealedConnection } from './parse-connection.ts';
import { message, senderType, status, storedError, time } from './parse-message.ts';

const rate = z.object({ limit: z.number(), tokens: z.number() });

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
const apiKeyId = word;

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
    retried: z.boolean(),
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
        connection: sealedConnection.nullable(),
      })
      .transform(({ time_zone, ...row }) => ({ ...row, timeZone: time_zone }))
      .nullable(),
    history: z.array(turn).nullable(),
    rate: rate.nullable(),
    api_key_id: apiKeyId,
  })
  .transform(({ message_id, reply_to, history, api_key_id, ...row }) => ({
    ...row,
    messageId: message_id,
    apiKeyId: api_key_id,
    replyTo: reply_to && {
      providerMessageId: reply_to.provider_message_id,
      emailMessageId: reply_to.email_message_id,
    },
    history: history ?? [],
    parts: {},
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
    api_key_id: apiKeyId,
  })
  .transform(({ message_id, connected_providers, api_key_id, ...row }) => ({
    ...row,
    messageId: message_id,
    apiKeyId: api_key_id,
    connectedProviders: connected_providers ?? [],
  }));

const beginResult = z.union([
  begun,
  refused,
  z
    .object({
      outcome: z.enum(['queued', 'in_progress', 'replay']),
      message,
      age_seconds: z.number(),
      rate,
      api_key_id: apiKeyId,
    })
    .transform(({ age_seconds, api_key_id, ...row }) => ({
      ...row,
      ageSeconds: age_seconds,
      apiKeyId: api_key_id,
    })),
]);

const claimed = z.union([
  begun,
  z.object({ outcome: z.enum(['unknown', 'failed', 'superseded']) }),
]);

const settled = z.union([
  z
    .object({ status, sent_at: time.nullable(), error: storedError.nullable() })
    .transform(({ sent_at, ...row }) => ({ ...row, sentAt: sent_at })),
  z.object({ status: z.null() }).transform(() => null),
]);

const seen = z.object({ outcome: z.enum(['unchanged', 'opted_out', 'lost']) });

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

const foundMessage = z.union([
  z
    .object({
      outcome: z.literal('found'),
      message: message.nullable(),
      attempts: z.array(attempt),
      rate,
      api_key_id: apiKeyId,
    })
    .transform(({ api_key_id, ...row }) => ({ ...row, apiKeyId: api_key_id })),
  refused,
]);

export const parseBeginResult = (answer: unknown): BeginResult => beginResult.parse(answer);

export const parseCommitted = (answer: unknown): z.infer<typeof committed>['outcome'] =>
  committed.parse(answer).outcome;

export const parseSettled = (answer: unknown): Settled | null => settled.parse(answer);

export const parseSeen = (answer: unknown): z.infer<typeof seen>['outcome'] =>
  seen.parse(answer).outcome;

export const parseClaimed = (answer: unknown): Claimed => {
  // Each for itself: of one that nobody can read, the others of all tenants know nothing.
  const parsed = z
    .array(z.unknown())
    .parse(answer)
    .map((row) => claimed.safeParse(row));
  const rows = parsed.flatMap(({ data }) => data ?? []);
  return {
    unreadable: parsed.length - rows.length,
    begun: rows.filter((row) => row.outcome === 'begun'),
    unknown: rows.filter(({ outcome }) => outcome === 'unknown').length,
    failed: rows.filter(({ outcome }) => outcome === 'failed').length,
    superseded: rows.filter(({ outcome }) => outcome === 'superseded').length,
  };
};

export const parseFoundMessage = (answer: unknown): FoundMessage => foundMessage.parse(answer);
