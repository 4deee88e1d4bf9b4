import * as z from 'zod';
import { isBusinessScopedId } from '../lib/business-scoped-id.ts';
import type { ChannelProvider, OutboundMessage } from '../ports/channel.ts';
import {
  callVendor,
  type VendorError,
  type VendorRequest,
  type VendorRules,
} from './call-vendor.ts';
import { channelNotServed, credentialsDoNotFit, secret } from './credentials.ts';
import { refused } from './outcome.ts';
import { twilioVerdict } from './twilio-errors.ts';
import { twilioWebhook } from './twilio-webhook.ts';

const credentials = z.object({ accountSid: secret, authToken: secret });
type Credentials = z.infer<typeof credentials>;

const acceptedId = z.object({ sid: z.string().min(1) }).transform(({ sid }) => sid);

const errorBody = z.object({
  code: z.number(),
  message: z.string().nullable().catch(null),
});

const readError = (body: unknown): VendorError | null => {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return null;
  const { code, message } = parsed.data;
  return { code: String(code), message, verdict: twilioVerdict(code) };
};

const rules: VendorRules = { acceptedId, readError };

/** An alphanumeric sender may also begin with MG, but has at most 11 characters; a SID has 34. */
export const isMessagingService = (from: string): boolean =>
  from.startsWith('MG') && from.length > 11;

const toAddress = (address: string, { channel }: OutboundMessage): string =>
  channel === 'whatsapp' && !address.startsWith('whatsapp:') ? `whatsapp:${address}` : address;

const toForm = (message: OutboundMessage): URLSearchParams =>
  new URLSearchParams({
    To: toAddress(message.to, message),
    ...(isMessagingService(message.from)
      ? { MessagingServiceSid: message.from }
      : { From: toAddress(message.from, message) }),
    Body: message.content.text,
    StatusCallback: message.receiptUrl,
  });

const toRequest = (
  { accountSid, authToken }: Credentials,
  message: OutboundMessage,
): VendorRequest => ({
  url: `https://api.twilio.com/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`,
  headers: {
    Authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  },
  body: toForm(message).toString(),
});

/** Twilio Programmable Messaging: https://www.twilio.com/docs/messaging/api/message-resource */
export const twilio = {
  name: 'twilio',
  carries: {
    sms: { text: { max: 1600, unit: 'characters' } },
    whatsapp: { text: { max: 1600, unit: 'characters' } },
  },
  repeatableForSeconds: null,
  credentials,
  webhook: twilioWebhook,
  send: async (opened, message, io) => {
    const parsed = credentials.safeParse(opened);
    if (!parsed.success) return credentialsDoNotFit(parsed.error);
    const { channel, to } = message;
    if (channel !== 'sms' && channel !== 'whatsapp') return channelNotServed('twilio', channel);
    if (channel === 'whatsapp' && isBusinessScopedId(to)) {
      return refused('invalid_recipient', {
        message: 'Twilio reaches WhatsApp by phone number only; the contact has none here.',
        otherSenderMayHelp: true,
      });
    }
    return callVendor(toRequest(parsed.data, message), rules, io);
  },
} as const satisfies ChannelProvider;
