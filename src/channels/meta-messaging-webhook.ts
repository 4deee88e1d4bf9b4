import * as z from 'zod';
import { parseWireId } from '../lib/message-id.ts';
import type { Receipt, WebhookEvent } from '../ports/webhook.ts';
import { fine } from './failed-receipt.ts';
import { attachment, inbound, listOf, maybe, momentOr, word } from './webhook-body.ts';

type MessagingChannel = 'facebook' | 'instagram';

const id = z.string().min(1);
const moment = z.number().positive().max(8e15);

const eventSchema = z.object({
  sender: z.object({ id }),
  recipient: z.object({ id }),
  // Deliveries and readings may come without it.
  timestamp: z.number().catch(0),
  message: maybe(
    z.object({
      mid: id,
      text: word,
      attachments: listOf(
        z.object({ type: id, title: word, payload: maybe(z.object({ url: word, title: word })) }),
      ),
      reply_to: maybe(z.object({ mid: word })),
      is_echo: z.boolean().catch(false),
      metadata: word,
    }),
  ),
  postback: maybe(z.object({ mid: word, title: word })),
  delivery: maybe(z.object({ mids: listOf(id), watermark: maybe(moment) })),
  read: maybe(z.object({ mid: word, watermark: maybe(moment) })),
});
type Event = z.infer<typeof eventSchema>;
type Message = NonNullable<Event['message']>;

const entries = listOf(z.object({ id, messaging: listOf(eventSchema) }));

/** Whose event it is, and when it happened. */
type Place = {
  readonly channel: MessagingChannel;
  readonly accounts: readonly string[];
  readonly at: number;
};

const receipt = (
  status: Receipt['status'],
  at: number,
  providerMessageId: string,
  messageId: string | null = null,
): Receipt => ({ type: 'receipt', status, at, providerMessageId, messageId, ...fine });

const readMessage = (message: Message, from: string, place: Place): WebhookEvent[] => {
  const { mid, text, metadata } = message;
  if (message.is_echo) {
    // Our own message comes back. Its mark tells which one, also where the answer to the call was lost.
    const isOurs = metadata !== null && parseWireId(metadata) !== null;
    return isOurs ? [receipt('sent', place.at, mid, metadata)] : [];
  }
  const attachments = message.attachments.map(({ type, title, payload }) =>
    attachment(type, { url: payload?.url ?? null, name: title ?? payload?.title ?? null }),
  );
  if (text === null && attachments.length === 0) return [];
  const repliedProviderMessageId = message.reply_to?.mid ?? null;
  const known = { ...place, from, providerMessageId: mid, text, attachments };
  return [inbound({ ...known, repliedProviderMessageId })];
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
  const { message, postback, sender, timestamp } = event;
  if (message) return readMessage(message, sender.id, place);
  if (!postback?.title) return readMarks(event, sender.id, place);
  // Without an id, who pressed the button, and when, is one.
  const providerMessageId = postback.mid ?? `postback.${sender.id}.${timestamp}`;
  return [inbound({ ...place, from: sender.id, providerMessageId, text: postback.title })];
};

/** The events in the entries of a page or an Instagram account: https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks */
export const parseMessaging = (
  given: unknown,
  channel: MessagingChannel,
  receivedAt: number,
): WebhookEvent[] =>
  entries.parse(given).flatMap((entry) =>
    entry.messaging.flatMap((event) => {
      // Instagram has two ids for one account, and not always the same one in both places (unconfirmed).
      const accounts = [...new Set([entry.id, event.recipient.id])];
      return readEvent(event, { channel, accounts, at: momentOr(event.timestamp, receivedAt) });
    }),
  );
