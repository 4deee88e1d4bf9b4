import * as z from 'zod';
import { parseWireId } from '../lib/message-id.ts';
import type { Attachment, Receipt, WebhookEvent } from '../ports/webhook.ts';
import { fine } from './failed-receipt.ts';

type MessagingChannel = 'facebook' | 'instagram';

const word = z.string().min(1);
const person = z.object({ id: word });

const entrySchema = z.object({ messaging: z.array(z.unknown()) });

const attachmentSchema = z.object({
  type: word,
  payload: z.object({ url: z.string().optional() }).nullish().catch(null),
});

const eventSchema = z.object({
  sender: person,
  recipient: person,
  timestamp: z.number(),
  message: z
    .object({
      mid: word,
      text: z.string().optional(),
      attachments: z.array(attachmentSchema.nullable().catch(null)).default([]),
      reply_to: z.object({ mid: z.string().optional() }).optional(),
      is_echo: z.boolean().default(false),
      metadata: z.string().optional(),
    })
    .optional(),
  postback: z.object({ mid: word.optional(), title: z.string().optional() }).optional(),
  delivery: z
    .object({ mids: z.array(word).default([]), watermark: z.number().optional() })
    .optional(),
  read: z.object({ mid: word.optional(), watermark: z.number().optional() }).optional(),
});
type Event = z.infer<typeof eventSchema>;
type Message = NonNullable<Event['message']>;

const receipt = (
  status: Receipt['status'],
  at: number,
  providerMessageId: string,
  messageId: string | null = null,
): Receipt => ({ type: 'receipt', status, at, providerMessageId, messageId, ...fine });

// Our own message comes back: the mark that it carries tells which one, also where the answer to the call was lost.
const parseEcho = ({ mid, metadata = '' }: Message, at: number): WebhookEvent[] =>
  parseWireId(metadata) === null ? [] : [receipt('sent', at, mid, metadata)];

const toAttachments = ({ attachments }: Message): Attachment[] =>
  attachments.flatMap((attachment) =>
    attachment
      ? [
          {
            kind: attachment.type,
            id: null,
            url: attachment.payload?.url ?? null,
            mimeType: null,
            name: null,
          },
        ]
      : [],
  );

const toInbound = (
  { sender, recipient, timestamp }: Event,
  channel: MessagingChannel,
  message: Pick<Message, 'mid' | 'text' | 'reply_to'>,
  attachments: readonly Attachment[],
): WebhookEvent[] => {
  if (!message.text && attachments.length === 0) return [];
  return [
    {
      type: 'inbound',
      channel,
      accounts: [recipient.id],
      from: sender.id,
      otherAddress: null,
      name: null,
      providerMessageId: message.mid,
      at: timestamp,
      text: message.text ?? null,
      textIsElsewhere: false,
      subject: null,
      attachments,
      repliedProviderMessageId: message.reply_to?.mid ?? null,
      email: null,
      preference: null,
    },
  ];
};

const parseMarks = (
  { sender, recipient, timestamp, delivery, read }: Event,
  channel: MessagingChannel,
): WebhookEvent[] => {
  const reach = (status: 'delivered' | 'read', until: number | undefined): WebhookEvent[] =>
    until === undefined
      ? []
      : [
          {
            type: 'watermark',
            channel,
            accounts: [recipient.id],
            address: sender.id,
            status,
            until,
          },
        ];
  return [
    ...(delivery?.mids ?? []).map((mid) => receipt('delivered', timestamp, mid)),
    ...reach('delivered', delivery?.watermark),
    ...(read?.mid ? [receipt('read', timestamp, read.mid)] : []),
    ...reach('read', read?.watermark),
  ];
};

const parseEvent = (event: Event, channel: MessagingChannel): WebhookEvent[] => {
  const { message, postback, sender, timestamp } = event;
  if (message?.is_echo) return parseEcho(message, timestamp);
  if (message) return toInbound(event, channel, message, toAttachments(message));
  if (postback) {
    // A button of long ago comes without an id: who pressed it, and when, is one.
    const mid = postback.mid ?? `postback.${sender.id}.${timestamp}`;
    return toInbound(event, channel, { mid, text: postback.title }, []);
  }
  return parseMarks(event, channel);
};

/** The events in one entry: https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks */
export const parseMessaging = (entry: unknown, channel: MessagingChannel): WebhookEvent[] => {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) return [];
  return parsed.data.messaging.flatMap((item) => {
    const event = eventSchema.safeParse(item);
    return event.success ? parseEvent(event.data, channel) : [];
  });
};
