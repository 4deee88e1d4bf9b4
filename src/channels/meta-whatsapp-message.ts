import * as z from 'zod';
import type { WebhookEvent } from '../ports/webhook.ts';
import { type FindContact, toAddresses, toNumber } from './meta-whatsapp-address.ts';
import { contentSchema, readContent } from './meta-whatsapp-content.ts';
import { inbound, leftOut, maybe, momentOr, word } from './webhook-body.ts';

/** Seconds since 1970, which Meta writes as text. */
export const seconds = z
  .union([z.string(), z.number()])
  .transform((value) => Number(value) * 1000)
  .catch(0);

const id = z.string().min(1);

export const messageSchema = contentSchema.extend({
  id,
  from: word,
  from_user_id: word,
  timestamp: seconds,
  // A message of any type that has it was written to a group.
  group_id: z.unknown().optional(),
  edit: maybe(z.object({ original_message_id: id, message: contentSchema })),
  revoke: maybe(z.object({ original_message_id: id })),
  system: maybe(z.object({ type: word, wa_id: word, new_wa_id: word, user_id: word })),
});
type Message = z.infer<typeof messageSchema>;

/** The facts that all messages of one call share. */
export type Place = {
  readonly accounts: readonly string[];
  readonly findContact: FindContact;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
};

const changes = new Set(['user_changed_number', 'customer_changed_number', 'user_changed_user_id']);

/** A person's number or id has changed. All other system messages are about something else. */
const readSystem = ({ from, from_user_id, system }: Message): WebhookEvent[] => {
  if (!changes.has(system?.type ?? '')) return [leftOut('note')];
  const [number, userId] = [toNumber(from), toAddresses(null, from_user_id)[0]];
  const newNumber = toNumber(system?.wa_id ?? system?.new_wa_id ?? null);
  const newUserId = toAddresses(null, system?.user_id ?? null)[0];
  const pairs = [
    { previous: number, current: newNumber },
    { previous: userId, current: newUserId },
  ];
  const events = pairs.flatMap(({ previous, current }): WebhookEvent[] =>
    previous && current && previous !== current
      ? [{ type: 'address_change', channel: 'whatsapp', previous, current }]
      : [],
  );
  return events.length === 0 ? [leftOut('note')] : events;
};

const readEdit = (
  { edit, timestamp }: Message,
  { accounts, receivedAt }: Place,
): WebhookEvent[] => {
  const { text = null, details = {} } = edit ? readContent(edit.message) : {};
  if (!edit || text === null || details.unknownType !== undefined) return [];
  return [
    {
      type: 'correction',
      channel: 'whatsapp',
      accounts,
      providerMessageId: edit.original_message_id,
      text,
      at: momentOr(timestamp, receivedAt),
    },
  ];
};

const readRevoke = ({ revoke, timestamp }: Message, place: Place): WebhookEvent[] =>
  revoke
    ? [
        {
          type: 'withdrawal',
          channel: 'whatsapp',
          accounts: place.accounts,
          providerMessageId: revoke.original_message_id,
          at: momentOr(timestamp, place.receivedAt),
        },
      ]
    : [];

const readInbound = (
  message: Message,
  { accounts, findContact, receivedAt }: Place,
): WebhookEvent[] => {
  const { from: number, from_user_id: userId } = message;
  const contact = findContact(number, userId);
  const [from, otherAddress = null] = toAddresses(
    number ?? contact?.wa_id ?? null,
    userId ?? contact?.user_id ?? null,
  );
  if (from === undefined) return [];
  return [
    inbound({
      channel: 'whatsapp',
      accounts,
      from,
      otherAddress,
      name: contact?.profile?.name ?? null,
      providerMessageId: message.id,
      at: momentOr(message.timestamp, receivedAt),
      repliedProviderMessageId: message.context?.id ?? null,
      ...readContent(message),
    }),
  ];
};

/** Reads one of `messages[]`. A person wrote it, so it is a message whatever its type. */
export const readMessage = (message: Message, place: Place): WebhookEvent[] => {
  if (message.group_id !== undefined && message.group_id !== null) return [leftOut('group')];
  switch (message.type) {
    case 'reaction':
      return [leftOut('reaction')];
    case 'request_welcome':
      // Somebody opened the chat for the first time, and wrote nothing.
      return [leftOut('note')];
    case 'system':
      return readSystem(message);
    case 'edit':
      return readEdit(message, place);
    case 'revoke':
      return readRevoke(message, place);
    default:
      return readInbound(message, place);
  }
};
