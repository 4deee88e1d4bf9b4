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
import { findVerdict, type Verdict } from './verdict.ts';

const credentials = z.object({ accountSid: secret, authToken: secret });
type Credentials = z.infer<typeof credentials>;

// https://www.twilio.com/docs/api/errors. The 30xxx and most of the 63xxx usually come later, with a receipt.
const verdicts = {
  20003: 'misconfigured', // authentication failed
  20429: 'rate_limited', // documented as not processed
  21211: 'invalid_recipient', // not a valid number
  21266: 'misconfigured', // To is From
  21408: 'misconfigured', // region not enabled for the account
  21601: 'misconfigured', // From cannot send SMS
  21606: 'misconfigured', // From is not a number of the account
  21608: 'misconfigured', // trial account, unverified To
  21610: 'opted_out', // the contact replied STOP
  21612: { reason: 'other', otherSenderMayHelp: true }, // this To cannot be reached from this From
  21614: 'invalid_recipient', // not a mobile number
  21617: 'content_rejected', // over 1600 characters
  30001: 'rate_limited', // queue overflow
  30002: 'misconfigured', // account suspended
  30003: { reason: 'other', laterMayHelp: true }, // handset unreachable, may be passing
  30004: 'opted_out', // blocked
  30005: 'invalid_recipient', // unknown handset
  30006: 'invalid_recipient', // landline or unreachable carrier
  30007: 'content_rejected', // filtered as spam
  30008: { reason: 'other', laterMayHelp: true }, // unknown error at the carrier
  30034: 'misconfigured', // number not registered for A2P 10DLC
  63003: 'invalid_recipient', // the channel cannot find To
  63016: 'window_closed',
  63018: 'rate_limited', // the channel's rate
  63019: 'content_rejected', // media
  63021: 'content_rejected', // content
  63024: 'invalid_recipient', // not on WhatsApp
  63032: 'other', // a limitation of WhatsApp on this user
  63049: 'other', // Meta chose not to deliver; not to be repeated in the US
} as const satisfies Record<number, Verdict>;

const acceptedId = z.object({ sid: z.string().min(1) }).transform(({ sid }) => sid);

const errorBody = z.object({
  code: z.number(),
  message: z.string().nullable().catch(null),
});

// Twilio keeps splitting its codes: a 21xxx that is not known yet is still a complaint about the request.
const verdictOn = (code: number): Verdict | null =>
  findVerdict(verdicts, code) ?? (code >= 21_000 && code < 22_000 ? 'other' : null);

const readError = (body: unknown): VendorError | null => {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return null;
  const { code, message } = parsed.data;
  return { code: String(code), message, verdict: verdictOn(code) };
};

const rules: VendorRules = { acceptedId, readError };

// An alphanumeric sender may begin with MG too, but has at most 11 characters; a SID has 34.
const isMessagingService = (from: string): boolean => from.startsWith('MG') && from.length > 11;

const toAddress = (address: string, { channel }: OutboundMessage): string =>
  channel === 'whatsapp' && !address.startsWith('whatsapp:') ? `whatsapp:${address}` : address;

const toForm = (message: OutboundMessage): URLSearchParams =>
  new URLSearchParams({
    To: toAddress(message.to, message),
    ...(isMessagingService(message.from)
      ? { MessagingServiceSid: message.from }
      : { From: toAddress(message.from, message) }),
    Body: message.text,
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
  limits: {
    sms: { max: 1600, unit: 'characters' },
    whatsapp: { max: 1600, unit: 'characters' },
  },
  repeatable: false,
  credentials,
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
