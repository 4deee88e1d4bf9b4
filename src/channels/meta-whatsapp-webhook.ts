import * as z from 'zod';
import { ownValue } from '../lib/own-value.ts';
import type { Receipt, WebhookEvent } from '../ports/webhook.ts';
import { failed, fine } from './failed-receipt.ts';
import { whatsappRules } from './meta-errors.ts';
import { contactFinder, contactSchema, toAddresses } from './meta-whatsapp-address.ts';
import { echoSchema, readEcho } from './meta-whatsapp-echo.ts';
import { messageSchema, readMessage, seconds } from './meta-whatsapp-message.ts';
import { leftOut, listOf, maybe, momentOr, word } from './webhook-body.ts';

type AddressChange = Extract<WebhookEvent, { type: 'address_change' }>;

const id = z.string().min(1);

const statusSchema = z.object({
  id,
  status: z.string(),
  timestamp: seconds,
  biz_opaque_callback_data: word,
  errors: listOf(z.unknown()),
});

const preferenceSchema = z.object({
  wa_id: word,
  user_id: word,
  category: word,
  value: z.enum(['stop', 'resume']),
  timestamp: seconds,
});

const idUpdateSchema = z.object({ user_id: z.object({ previous: id, current: id }) });

// A change has one of these lists; `field` only says which one.
const valueSchema = z.object({
  metadata: maybe(z.object({ phone_number_id: id })),
  contacts: listOf(contactSchema),
  messages: listOf(messageSchema),
  message_echoes: listOf(echoSchema),
  statuses: listOf(statusSchema),
  user_preferences: listOf(preferenceSchema),
  user_id_update: listOf(idUpdateSchema),
});

const entries = listOf(z.object({ changes: listOf(z.object({ value: valueSchema })) }));

const statuses: Readonly<Record<string, Receipt['status']>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read', // a voice message
  failed: 'failed',
};

// The contact takes no promotions from this number:
// https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
const promotionsStopped = '131050';

const toFailed = (errors: readonly unknown[]) => {
  const error = whatsappRules.readError({ error: errors[0] });
  const outcome = failed(error);
  return error?.code === promotionsStopped
    ? ({ ...outcome, consequence: 'marketing_opted_out' } as const)
    : outcome;
};

const toReceipt = (given: z.infer<typeof statusSchema>, receivedAt: number): Receipt[] => {
  const status = ownValue(statuses, given.status);
  if (!status) return [];
  return [
    {
      type: 'receipt',
      providerMessageId: given.id,
      messageId: given.biz_opaque_callback_data,
      status,
      at: momentOr(given.timestamp, receivedAt),
      ...(status === 'failed' ? toFailed(given.errors) : fine),
    },
  ];
};

/**
 * A stop of promotions stops nothing else. A category that we do not know is about a kind of template that we do not
 * send. A stop without a category is about everything.
 */
const toPreference = (
  { wa_id, user_id, category, value, timestamp }: z.infer<typeof preferenceSchema>,
  accounts: readonly string[],
  receivedAt: number,
): WebhookEvent[] => {
  if (category !== null && category !== 'marketing_messages') return [leftOut('preference')];
  return toAddresses(wa_id, user_id).map((address) => ({
    type: 'preference',
    scope: category === null ? 'all' : 'marketing',
    channel: 'whatsapp',
    accounts,
    address,
    preference: value === 'stop' ? 'opted_out' : 'opted_in',
    at: momentOr(timestamp, receivedAt),
  }));
};

const toAddressChange = ({ user_id }: z.infer<typeof idUpdateSchema>): AddressChange => ({
  type: 'address_change',
  channel: 'whatsapp',
  ...user_id,
});

/** The events in the entries of WhatsApp accounts: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference */
export const parseWhatsapp = (given: unknown, receivedAt: number): WebhookEvent[] =>
  entries
    .parse(given)
    .flatMap(({ changes }) => changes)
    .flatMap(({ value }) => {
      const accounts = value.metadata ? [value.metadata.phone_number_id] : [];
      const place = { accounts, findContact: contactFinder(value.contacts), receivedAt };
      return [
        ...value.messages.flatMap((each) => readMessage(each, place)),
        ...value.message_echoes.flatMap((each) => readEcho(each, place)),
        ...value.statuses.flatMap((each) => toReceipt(each, receivedAt)),
        ...value.user_preferences.flatMap((each) => toPreference(each, accounts, receivedAt)),
        ...value.user_id_update.map(toAddressChange),
      ];
    });
