import type { SentMessage } from './journal.ts';
import {
  type MessagingChannel,
  toMessagingCall,
  toWhatsappCall,
  unixSeconds,
} from './meta-webhook.ts';
import type { Receipt } from './receipt-schema.ts';
import type { SignedRequest, WebhookUrls } from './webhook.ts';

type Sent = Omit<SentMessage, 'receivedAt'>;

const appId = 100_000_000_000_008;

const urlFor = (channel: string, { webhookUrl }: Receipt, webhooks: WebhookUrls) =>
  webhookUrl ?? (channel === 'instagram' ? webhooks.instagram : webhooks.meta);

const toError = ({ errorCode, errorMessage = 'Message undeliverable' }: Receipt) => ({
  code: Number(errorCode ?? 131026),
  title: errorMessage,
  message: errorMessage,
  error_data: { details: `${errorMessage}.` },
  href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
});

const toStatus = ({ providerMessageId, to, ourMessageId }: Sent, receipt: Receipt) => ({
  id: providerMessageId,
  status: receipt.status,
  timestamp: unixSeconds(),
  recipient_id: to,
  ...(ourMessageId === null ? {} : { biz_opaque_callback_data: ourMessageId }),
  ...(receipt.status === 'failed' ? { errors: [toError(receipt)] } : {}),
});

/** One of `statuses[]`; null where no webhook is known. */
export const whatsappReceipt = (
  message: Sent,
  receipt: Receipt,
  webhooks: WebhookUrls,
): SignedRequest | null => {
  const url = urlFor('whatsapp', receipt, webhooks);
  return url === undefined ? null : toWhatsappCall(url, { statuses: [toStatus(message, receipt)] });
};

const toEcho = (channel: MessagingChannel, { providerMessageId, text, ourMessageId }: Sent) => ({
  message: {
    mid: providerMessageId,
    text,
    is_echo: true,
    ...(channel === 'facebook' ? { app_id: appId } : {}),
    ...(ourMessageId === null ? {} : { metadata: ourMessageId }),
  },
});

/** On Messenger a contact reads everything up to a moment, on Instagram one message. */
const toContent = (
  channel: MessagingChannel,
  { providerMessageId: mid }: Sent,
  receipt: Receipt,
) => {
  const watermark = receipt.watermark ?? Date.now();
  if (receipt.status === 'read') {
    return { read: channel === 'facebook' ? { watermark } : { mid } };
  }
  return { delivery: { ...(receipt.withoutMids ? {} : { mids: [mid] }), watermark } };
};

/** The echo, delivery or read event of a message; null if no webhook is known. */
export const messagingReceipt = (
  channel: MessagingChannel,
  message: Sent,
  receipt: Receipt,
  webhooks: WebhookUrls,
): SignedRequest | null => {
  const url = urlFor(channel, receipt, webhooks);
  if (url === undefined) return null;
  const { from, to } = message;
  // The account itself sends an echo; the contact sends everything else.
  return receipt.status === 'echo'
    ? toMessagingCall(url, channel, {
        sender: from,
        recipient: to,
        content: toEcho(channel, message),
      })
    : toMessagingCall(url, channel, {
        sender: to,
        recipient: from,
        content: toContent(channel, message, receipt),
      });
};
