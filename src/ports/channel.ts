import * as z from 'zod';
import type { Content } from './content.ts';
import type { Fetch } from './io.ts';
import type { ProviderWebhook } from './webhook.ts';

export const channels = ['sms', 'email', 'whatsapp', 'facebook', 'instagram'] as const;
export type Channel = (typeof channels)[number];

/** The longest text a provider takes: `characters` are UTF-16 code units, `bytes` are UTF-8. */
export type TextLimit = { readonly max: number; readonly unit: 'characters' | 'bytes' };

/** The most that one message may hold. */
export type ChannelCapacity = { readonly text: TextLimit };

/** The channels that a provider serves, with what it carries on each. */
type Carries = { readonly [C in Channel]?: ChannelCapacity };

/** Why a provider refused a message. Every vendor's codes are mapped to one of these. */
export const refusalReasons = [
  'invalid_recipient',
  'opted_out',
  'window_closed',
  'content_rejected',
  'misconfigured',
  'rate_limited',
  'quota_exceeded',
  'provider_unavailable',
  'other',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** The vendor's own code and words. The words may quote the recipient, so the core redacts them first. */
export type VendorWord = { readonly code: string | null; readonly message: string | null };

export type Accepted = { readonly type: 'accepted'; readonly providerMessageId: string };

/** The vendor promises that it did nothing. */
export type Refused = VendorWord & {
  readonly type: 'refused';
  readonly reason: RefusalReason;
  /** The same request may succeed later. */
  readonly laterMayHelp: boolean;
  /** The same message may succeed through another sender now. */
  readonly otherSenderMayHelp: boolean;
  /** How long the vendor asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
};

/** The request may have reached the vendor, and no usable response came. */
export type Unknown = VendorWord & { readonly type: 'unknown' };

export type SendOutcome = Accepted | Refused | Unknown;

/** The message that this one replies to, as far as it is known. */
export const repliedMessage = z.object({
  /** The vendor's own id: a wamid, a mid. */
  providerMessageId: z.string().nullable(),
  /** The RFC 5322 Message-ID of an email, angle brackets included. */
  emailMessageId: z.string().nullable(),
});
export type RepliedMessage = Readonly<z.infer<typeof repliedMessage>>;

export type OutboundMessage = {
  /** Our id on the wire (`msg_…`). The vendor carries it if it can. */
  readonly id: string;
  readonly channel: Channel;
  /** The sender's address as the vendor knows it: a number, a phone number id, a page id, a mailbox. */
  readonly from: string;
  /** The contact's address: E.164, an email address, a PSID or IGSID, or on WhatsApp a business-scoped id. */
  readonly to: string;
  readonly content: Content;
  /** Email only. */
  readonly subject: string | null;
  readonly replyTo: RepliedMessage | null;
  /** An agent wrote this reply by itself; an email says so in a header. */
  readonly automatic: boolean;
  /** Where the vendor posts receipts for this connection; the message id is in its query. */
  readonly receiptUrl: string;
};

export type ProviderIo = {
  readonly fetch: Fetch;
  /** Aborts when the time for this call is over. */
  readonly signal: AbortSignal;
};

export type ChannelProvider = {
  /** The name of this provider in the registry, in `connections.provider`, in URLs and in responses. */
  readonly name: string;
  /** The channels that it serves, with what it carries on each. */
  readonly carries: Carries;
  /** For this many seconds, a repeated call with the same message id cannot send twice; null: it always may. */
  readonly repeatableForSeconds: number | null;
  /** The shape of a connection's opened credentials. */
  readonly credentials: z.ZodType;
  /** Receipts and contacts' messages. */
  readonly webhook: ProviderWebhook;
  /** Makes one call to the vendor. Credentials that do not fit the schema are `misconfigured`. Never throws for anything a vendor does. */
  readonly send: (
    credentials: unknown,
    message: OutboundMessage,
    io: ProviderIo,
  ) => Promise<SendOutcome>;
};
