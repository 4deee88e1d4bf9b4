import * as z from 'zod';
import { ownValue } from '../lib/own-value.ts';
import type { Receipt, WebhookEvent } from '../ports/webhook.ts';
import { failed, fine } from './failed-receipt.ts';
import { whatsappVerdict } from './meta-errors.ts';
import { contactSchema, messageSchema, toInbound, toNumber } from './meta-whatsapp-message.ts';

const word = z.string().min(1);
const optional = word.optional().catch(undefined);

const entrySchema = z.object({
  changes: z.array(
    z.object({ field: z.string(), value: z.unknown() }).catch({ field: '', value: null }),
  ),
});

const valueSchema = z.object({
  metadata: z.object({ phone_number_id: word }),
  contacts: z.array(z.unknown()).default([]),
  messages: z.array(z.unknown()).default([]),
  statuses: z.array(z.unknown()).default([]),
});

const statusSchema = z.object({
  id: word,
  status: z.string(),
  timestamp: z.coerce.number(),
  biz_opaque_callback_data: optional,
  errors: z
    .array(
      z.object({
        code: z.number(),
        title: optional,
        error_data: z.object({ details: optional }).optional(),
      }),
    )
    .default([]),
});

const statuses: Readonly<Record<string, Receipt['status']>> = {
  accepted: 'sent',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read',
  failed: 'failed',
};

/** What fits the schema; one that does not loses nobody else. */
const readEach = <Schema extends z.ZodType>(schema: Schema, items: readonly unknown[]) =>
  items.flatMap((item) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });

const toReceipt = (status: z.infer<typeof statusSchema>): Receipt[] => {
  const known = ownValue(statuses, status.status);
  if (!known) return [];
  const error = status.errors[0];
  return [
    {
      type: 'receipt',
      providerMessageId: status.id,
      messageId: status.biz_opaque_callback_data ?? null,
      status: known,
      at: status.timestamp * 1000,
      ...(known === 'failed'
        ? failed(
            error ? whatsappVerdict(error.code) : null,
            error ? String(error.code) : null,
            error?.error_data?.details ?? error?.title ?? null,
          )
        : fine),
    },
  ];
};

const parseMessages = (value: unknown): WebhookEvent[] => {
  const parsed = valueSchema.safeParse(value);
  if (!parsed.success) return [];
  const { metadata, messages, statuses: all } = parsed.data;
  const contacts = readEach(contactSchema, parsed.data.contacts);
  return [
    ...readEach(messageSchema, messages).flatMap((message) =>
      toInbound(message, contacts, metadata.phone_number_id),
    ),
    ...readEach(statusSchema, all).flatMap(toReceipt),
  ];
};

const preferencesSchema = z.object({
  metadata: z.object({ phone_number_id: word }).optional(),
  user_preferences: z.array(
    z.object({
      wa_id: optional,
      user_id: optional,
      value: z.enum(['stop', 'resume']),
      timestamp: z.coerce.number().optional(),
    }),
  ),
});

const parsePreferences = (value: unknown, receivedAt: number): WebhookEvent[] => {
  const parsed = preferencesSchema.safeParse(value);
  if (!parsed.success) return [];
  const { metadata, user_preferences } = parsed.data;
  return user_preferences.flatMap(({ wa_id, user_id, value: asked, timestamp }) => {
    const address = toNumber(wa_id) ?? user_id;
    if (!address) return [];
    return [
      {
        type: 'preference' as const,
        channel: 'whatsapp' as const,
        accounts: metadata ? [metadata.phone_number_id] : [],
        address,
        preference: asked === 'stop' ? ('opted_out' as const) : ('opted_in' as const),
        at: timestamp === undefined ? receivedAt : timestamp * 1000,
      },
    ];
  });
};

const idUpdateSchema = z.object({
  user_id_update: z.array(z.object({ user_id: z.object({ previous: word, current: word }) })),
});

const parseIdUpdates = (value: unknown): WebhookEvent[] => {
  const parsed = idUpdateSchema.safeParse(value);
  if (!parsed.success) return [];
  return parsed.data.user_id_update.map(({ user_id }) => ({
    type: 'address_change' as const,
    channel: 'whatsapp' as const,
    ...user_id,
  }));
};

/** The events in one entry: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference */
export const parseWhatsapp = (entry: unknown, receivedAt: number): WebhookEvent[] => {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) return [];
  return parsed.data.changes.flatMap(({ field, value }) => {
    if (field === 'messages') return parseMessages(value);
    if (field === 'user_preferences') return parsePreferences(value, receivedAt);
    return field === 'user_id_update' ? parseIdUpdates(value) : [];
  });
};
