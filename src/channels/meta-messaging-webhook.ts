import * as z from 'zod';
import { parseWireId } from '../lib/message-id.ts';
import type { Receipt, WebhookEvent } from '../ports/webhook.ts';
import { fine } from './failed-receipt.ts';
import {
  contentSchema,
  readContent,
  readOrigin,
  referralSchema,
} from './meta-messaging-content.ts';
import { attachment, inbound, leftOut, listOf, maybe, momentOr, word } from './webhook-body.ts';

type MessagingChannel = 'facebook' | 'instagram';

const id = z.string().min(1);
const moment = z.number().positive().max(8e15);
const flag = z.boolean().catch(false);

const eventSchema = z.object({
  sender: z.object({ id }),
  recipient: z.object({ id }),
  // Deliveries and reads may come without it.
  timestamp: z.coerce.number().catch(0),
  message: maybe(
    contentSchema.extend({
      mid: id,
      reply_to: maybe(z.object({ mid: word, story: maybe(z.object({ id: word, url: word })) })),
      is_echo: flag,
      is_deleted: flag,
      is_self: flag,
      metadata: word,
    }),
  ),
  message_edit: maybe(z.object({ mid: id, text: id })),
  postback: maybe(z.object({ mid: word, title: word, payload: word, referral: referralSchema })),
  reaction: z.unknown().optional(),
  delivery: maybe(z.object({ mids: listOf(id), watermark: maybe(moment) })),
  read: maybe(z.object({ mid: word, watermark: maybe(moment) })),
});
type Event = z.infer<typeof eventSchema>;
type Message = NonNullable<Event['message']>;
type Postback = NonNullable<Event['postback']>;

const entries = listOf(
  z.object({ id, messaging: listOf(eventSchema), standby: listOf(eventSchema) }),
);

/** The account and the contact of an event, and when it happened. */
type Place = {
  readonly channel: MessagingChannel;
  readonly accounts: readonly string[];
  readonly at: number;
};

/** A person's id is another one for each page, and the only one that we hear of. */
const scoped = { scopedToSender: true, otherAddress: null } as const;

const receipt = (
  status: Receipt['status'],
  at: number,
  providerMessageId: string,
  messageId: string | null = null,
): Receipt => ({ type: 'receipt', status, at, providerMessageId, messageId, ...fine });

/**
 * The account's own message comes back as an echo. On Messenger ours carries our mark, which says which message it is
 * even if the response to our call was lost. Any other echo was written by a person in an inbox, or by another app.
 * Instagram returns no mark. There the database finds ours by its id or, while the response to our call is still
 * awaited, by its text.
 */
const readEcho = (message: Message, to: string, place: Place): WebhookEvent[] => {
  const { mid, metadata } = message;
  if (metadata !== null && parseWireId(metadata) !== null) {
    return [receipt('sent', place.at, mid, metadata)];
  }
  const { text, attachments } = readContent(message);
  const written = { ...place, ...scoped, to, providerMessageId: mid, text, attachments };
  return [{ type: 'echo', watermarks: true, ...written }];
};

const readMessage = (
  message: Message,
  { sender, recipient }: Event,
  place: Place,
): WebhookEvent[] => {
  const { mid: providerMessageId } = message;
  if (message.is_self || sender.id === recipient.id) return [leftOut('self')];
  if (message.is_deleted) {
    // Only a contact's own message can be deleted here; an account's message is deleted in its inbox.
    return message.is_echo
      ? [leftOut('note')]
      : [{ type: 'withdrawal', ...place, providerMessageId }];
  }
  if (message.is_echo) return readEcho(message, recipient.id, place);
  const repliedProviderMessageId = message.reply_to?.mid ?? null;
  const known = { ...place, ...scoped, from: sender.id, providerMessageId };
  const content = readContent(message);
  const story = message.reply_to?.story;
  const attachments = [...(story ? [attachment('story', story)] : []), ...content.attachments];
  return [inbound({ ...known, ...content, attachments, repliedProviderMessageId })];
};

const readPostback = (
  { mid, title, payload, referral }: Postback,
  { sender, timestamp }: Event,
  place: Place,
): WebhookEvent[] => {
  const text = title ?? payload;
  if (text === null) return [];
  // A button press without an id is identified by the person and the time.
  const providerMessageId = mid ?? `postback.${sender.id}.${timestamp}`;
  const details = { ...readOrigin(referral), button: { id: payload, title, description: null } };
  const pressed = { providerMessageId, text, typed: false, details };
  return [inbound({ ...place, ...scoped, from: sender.id, ...pressed })];
};

const readMarks = ({ delivery, read }: Event, address: string, place: Place): WebhookEvent[] => {
  const { channel, accounts, at } = place;
  const reach = (status: 'delivered' | 'read', until: number | null = null): WebhookEvent[] =>
    until === null ? [] : [{ type: 'watermark', channel, accounts, address, status, until }];
  return [
    ...(delivery?.mids ?? []).map((mid) => receipt('delivered', at, mid)),
    ...reach('delivered', delivery?.watermark),
    ...(read?.mid ? [receipt('read', at, read.mid)] : []),
    ...reach('read', read?.watermark),
  ];
};

const readEvent = (event: Event, place: Place): WebhookEvent[] => {
  const { message, message_edit: edit, postback, reaction, sender } = event;
  if (message) return readMessage(message, event, place);
  if (edit) {
    return [{ type: 'correction', ...place, providerMessageId: edit.mid, text: edit.text }];
  }
  if (postback) return readPostback(postback, event, place);
  if (reaction) return [leftOut('reaction')];
  return readMarks(event, sender.id, place);
};

// Another app replies in these conversations, so no agent does. The contact's messages are still stored, and a STOP
// counts: https://developers.facebook.com/documentation/business-messaging/messenger-platform/handover-protocol
const leaveToOther = (event: WebhookEvent): WebhookEvent =>
  event.type === 'inbound' ? { ...event, answerable: false } : event;

/** The events in the entries of a page or an Instagram account: https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks */
export const parseMessaging = (
  given: unknown,
  channel: MessagingChannel,
  receivedAt: number,
): WebhookEvent[] =>
  entries.parse(given).flatMap((entry) => {
    const read = (event: Event): WebhookEvent[] => {
      // Instagram has two ids for one account, and may use either of them in either place (unconfirmed).
      const own = event.message?.is_echo ? event.sender : event.recipient;
      const accounts = [...new Set([entry.id, own.id])];
      return readEvent(event, { channel, accounts, at: momentOr(event.timestamp, receivedAt) });
    };
    return [...entry.messaging.flatMap(read), ...entry.standby.flatMap(read).map(leaveToOther)];
  });
