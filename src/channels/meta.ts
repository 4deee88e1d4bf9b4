import * as z from 'zod';
import { isBusinessScopedId } from '../lib/business-scoped-id.ts';
import type { ChannelProvider, OutboundMessage } from '../ports/channel.ts';
import { callVendor } from './call-vendor.ts';
import { channelNotServed, credentialsDoNotFit, secret } from './credentials.ts';
import { pageRules, whatsappRules } from './meta-errors.ts';
import { metaWebhook } from './meta-webhook.ts';
import { refused } from './outcome.ts';

const credentials = z.object({
  accessToken: secret,
  /** Signs the webhooks. */
  appSecret: secret.optional(),
  /** Answers the challenge that Meta sends to check the webhook's address. */
  verifyToken: secret.optional(),
  graphVersion: z
    .string()
    .regex(/^v\d+\.\d+$/)
    .default('v25.0'),
  /** The token comes from Instagram Login, which has its own host, not from Facebook Login. */
  instagramLogin: z.boolean().default(false),
});
type Credentials = z.infer<typeof credentials>;

const phoneNumber = /^\+?[\d\s().-]{5,30}$/;

// Any other address is refused. It is not cut down to its digits, because they may be a stranger's number.
const isWhatsappAddress = (to: string) => isBusinessScopedId(to) || phoneNumber.test(to);

const toWhatsappRecipient = (to: string) =>
  isBusinessScopedId(to) ? { recipient: to } : { to: to.replace(/\D/g, '') };

const toWhatsapp = ({ id, to, content, replyTo }: OutboundMessage) => ({
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  ...toWhatsappRecipient(to),
  type: 'text',
  text: { body: content.text, preview_url: false },
  ...(replyTo?.providerMessageId && { context: { message_id: replyTo.providerMessageId } }),
  biz_opaque_callback_data: id,
});

const toInstagram = ({ to, content, replyTo }: OutboundMessage) => ({
  recipient: { id: to },
  message: { text: content.text },
  ...(replyTo?.providerMessageId && { reply_to: { mid: replyTo.providerMessageId } }),
});

// `metadata` comes back in the echo webhook.
const toMessenger = (message: OutboundMessage) => ({
  ...toInstagram(message),
  message: { text: message.content.text, metadata: message.id },
  messaging_type: 'RESPONSE',
});

const wires = {
  whatsapp: { toBody: toWhatsapp, rules: whatsappRules },
  facebook: { toBody: toMessenger, rules: pageRules },
  instagram: { toBody: toInstagram, rules: pageRules },
} as const;

const toUrl = ({ graphVersion, instagramLogin }: Credentials, message: OutboundMessage): string => {
  const isInstagramHost = message.channel === 'instagram' && instagramLogin;
  const host = isInstagramHost ? 'graph.instagram.com' : 'graph.facebook.com';
  return `https://${host}/${graphVersion}/${encodeURIComponent(message.from)}/messages`;
};

/** Meta's Graph API: https://developers.facebook.com/docs/whatsapp/cloud-api and /docs/messenger-platform */
export const meta = {
  name: 'meta',
  carries: {
    whatsapp: { text: { max: 4096, unit: 'characters' } },
    facebook: { text: { max: 2000, unit: 'characters' } },
    instagram: { text: { max: 1000, unit: 'bytes' } },
  },
  repeatableForSeconds: null,
  credentials,
  webhook: metaWebhook,
  send: async (opened, message, io) => {
    const parsed = credentials.safeParse(opened);
    if (!parsed.success) return credentialsDoNotFit(parsed.error);
    const { channel } = message;
    if (channel === 'sms' || channel === 'email') return channelNotServed('meta', channel);
    if (channel === 'whatsapp' && !isWhatsappAddress(message.to)) {
      return refused('invalid_recipient', {
        message: 'The address is no WhatsApp number or user id.',
      });
    }
    const { toBody, rules } = wires[channel];
    const request = {
      url: toUrl(parsed.data, message),
      headers: {
        Authorization: `Bearer ${parsed.data.accessToken}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(toBody(message)),
    };
    return callVendor(request, rules, io);
  },
} as const satisfies ChannelProvider;
