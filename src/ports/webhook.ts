import type { Channel, RefusalReason } from './channel.ts';
import type { Fetch } from './io.ts';

/** A call from a vendor, with its body as it arrived: signatures are over bytes. */
export type WebhookCall = {
  /** As the vendor knows it, the query included: behind a gateway it is not the request's own. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** When it arrived: milliseconds since 1970. */
  readonly receivedAt: number;
};

/** What a contact sent beside text. Only what the vendor says of it is kept, never the file. */
export type Attachment = {
  /**
   * The vendor's word: image, video, audio, document, sticker, location, contact …; `voice` is an audio that was spoken
   * in the chat.
   */
  readonly kind: string;
  /** The vendor's id of the file. */
  readonly id: string | null;
  /** Of a file, or `geo:` with a place's coordinates, or `tel:` and `mailto:` with what a contact card says. */
  readonly url: string | null;
  readonly mimeType: string | null;
  readonly name: string | null;
};

/** Beside the text: a small, named set of what the vendor says, kept with the message and told to the agent in words. */
export type InboundDetails = {
  /** The button or row of a list that the contact pressed: the business wrote its title, `id` is what it means. */
  readonly button?: {
    readonly id: string | null;
    readonly title: string | null;
    readonly description: string | null;
  };
  /** The ad or link that brought the contact here. */
  readonly referral?: {
    readonly type: string | null;
    readonly id: string | null;
    readonly headline: string | null;
    readonly url: string | null;
    readonly clickId: string | null;
  };
  /** The product that the contact asks about. */
  readonly product?: { readonly id: string; readonly catalogId: string | null };
  /** What the contact ordered; the text has it in words. */
  readonly order?: {
    readonly catalogId: string | null;
    readonly items: readonly {
      readonly productId: string;
      readonly quantity: number | null;
      readonly price: number | null;
      readonly currency: string | null;
    }[];
  };
  /** What the contact filled in, by the name of the field. */
  readonly form?: Readonly<Record<string, unknown>>;
  /** The vendor's word for a type that is not known here; the text is a placeholder then. */
  readonly unknownType?: string;
};

export type InboundEmail = {
  /** RFC 5322 Message-ID, angle brackets included. */
  readonly messageId: string | null;
  /** The ids in `In-Reply-To` and `References`, angle brackets included. */
  readonly threadIds: readonly string[];
  /** Written by no person: `Auto-Submitted`, a bounce, a no-reply address, a mailing list. */
  readonly automatic: boolean;
  /** Whether the receiving server vouches for the address (SPF, DKIM, DMARC aligned with it); null: it does not say. */
  readonly authenticated: boolean | null;
  /** The one mailbox in Reply-To, where it is another than From's: who fills in a form on a website is named there. */
  readonly replyTo?: {
    readonly address: string;
    readonly name: string | null;
    /** As above, of an email that this address wrote. */
    readonly automatic: boolean;
  };
};

/** A contact wrote. */
export type InboundMessage = {
  readonly type: 'inbound';
  readonly channel: Channel;
  /** What the vendor may call our side: a number and its messaging service, a phone number id, a page, mailboxes. */
  readonly accounts: readonly string[];
  /** The contact's address as `contact_addresses` holds it: E.164, a lower-case email address, an id. */
  readonly from: string;
  /** Another address of the same person on this channel: on WhatsApp a number and a business-scoped id. */
  readonly otherAddress: string | null;
  /** The contact's address means nothing to another sender of ours: an id that the vendor made for one page. */
  readonly scopedToSender: boolean;
  readonly name: string | null;
  readonly providerMessageId: string;
  /** When the contact wrote it: milliseconds since 1970. */
  readonly at: number;
  /** Null: there is none, or it has to be fetched. */
  readonly text: string | null;
  /** The contact typed the text, so words such as STOP count in it. The title of a button was written by the business. */
  readonly typed: boolean;
  /**
   * There is something that an agent can answer: words, or a file or place that says what it is. A sticker, a like and a
   * type that is not known are none; they end no waiting answer either.
   */
  readonly answerable: boolean;
  readonly details: InboundDetails;
  /** The text is not in the call: the vendor is asked for it by `providerMessageId`. */
  readonly textIsElsewhere: boolean;
  readonly subject: string | null;
  readonly attachments: readonly Attachment[];
  /** The vendor's id of the message that it answers. */
  readonly repliedProviderMessageId: string | null;
  readonly email: InboundEmail | null;
  /** What the vendor itself understood of the text (Twilio's `OptOutType`). */
  readonly preference: Preference | null;
};

export type Preference = 'opted_out' | 'opted_in';

/** Something happened to one of our messages. At least one of the two ids is known. */
export type Receipt = {
  readonly type: 'receipt';
  readonly providerMessageId: string | null;
  /** Our own id (`msg_…`), where the vendor carried it. */
  readonly messageId: string | null;
  /** `sent`: the vendor has it. */
  readonly status: 'sent' | 'delivered' | 'read' | 'failed';
  /** Milliseconds since 1970. */
  readonly at: number;
  /** With `failed`. */
  readonly failure: {
    readonly reason: RefusalReason;
    readonly code: string | null;
    readonly message: string | null;
  } | null;
  /** What it says of the recipient's address. */
  readonly consequence: 'opted_out' | 'marketing_opted_out' | 'invalid' | null;
};

/** All that we sent to one contact before a moment has arrived or was read. */
type Watermark = {
  readonly type: 'watermark';
  readonly channel: Channel;
  readonly accounts: readonly string[];
  readonly address: string;
  readonly status: 'delivered' | 'read';
  /** Milliseconds since 1970. */
  readonly until: number;
};

/** A contact opted out or in without writing. */
type PreferenceChange = {
  readonly type: 'preference';
  /** `marketing`: promotions alone; everything else may still be sent. */
  readonly scope: 'all' | 'marketing';
  readonly channel: Channel;
  readonly accounts: readonly string[];
  readonly address: string;
  readonly preference: Preference;
  readonly at: number;
};

/** The vendor gave the same person a new id. */
type AddressChange = {
  readonly type: 'address_change';
  readonly channel: Channel;
  readonly previous: string;
  readonly current: string;
};

/** Somebody of ours wrote to the contact outside this API: in the vendor's app or inbox. Never answered. */
type Echo = {
  readonly type: 'echo';
  readonly channel: Channel;
  readonly accounts: readonly string[];
  /** The contact's address. */
  readonly to: string;
  /** Another address of the same person on this channel. */
  readonly otherAddress: string | null;
  /** As of an inbound message. */
  readonly scopedToSender: boolean;
  readonly providerMessageId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string | null;
  readonly attachments: readonly Attachment[];
};

/** The contact corrected a message. */
export type Correction = {
  readonly type: 'correction';
  readonly channel: Channel;
  readonly accounts: readonly string[];
  /** Of the message that is corrected. */
  readonly providerMessageId: string;
  readonly text: string;
  readonly at: number;
};

/** The contact took a message back: what was in it is not kept. */
type Withdrawal = {
  readonly type: 'withdrawal';
  readonly channel: Channel;
  readonly accounts: readonly string[];
  /** Of the message that is taken back. */
  readonly providerMessageId: string;
  readonly at: number;
};

/** Understood, and not served: nothing of it is stored, and the log tells how often it came. */
type LeftOut = {
  readonly type: 'left_out';
  /** One of a few fixed words; nothing that a contact wrote. */
  readonly what: 'group' | 'reaction' | 'note' | 'channel' | 'preference' | 'self';
};

export type WebhookEvent =
  | InboundMessage
  | Receipt
  | Watermark
  | PreferenceChange
  | AddressChange
  | Echo
  | Correction
  | Withdrawal
  | LeftOut;

export type WebhookResponse = { readonly contentType: string; readonly body: string };

/** What a vendor calls back with. None of these throws for anything a vendor sends. */
export type ProviderWebhook = {
  /** Bytes: no call of the vendor's is larger, and of a larger one nothing is read. */
  readonly largestCall: number;
  /** Is the call signed with this connection's own secret, and fresh? In constant time; credentials without the secret verify nothing. */
  readonly verify: (credentials: unknown, call: WebhookCall) => Promise<boolean>;
  /** The events in a verified call, in its order. What is not understood is no event; null: the body is not in the vendor's format at all. */
  readonly parse: (call: WebhookCall) => readonly WebhookEvent[] | null;
  /** What the vendor wants to be answered with 200. */
  readonly answer: WebhookResponse;
  /** Meta's question whether the address is ours: what to answer to its query, or null when the token is not this connection's. */
  readonly challenge?: (credentials: unknown, query: URLSearchParams) => Promise<string | null>;
  /** Asks the vendor for the text of a message whose `textIsElsewhere`. */
  readonly fetchText?: (
    credentials: unknown,
    providerMessageId: string,
    io: { readonly fetch: Fetch; readonly signal: AbortSignal },
  ) => Promise<TextOutcome>;
};

export type FetchedText = {
  readonly text: string;
  readonly email: InboundEmail | null;
};

export type TextOutcome =
  | { readonly type: 'fetched'; readonly fetched: FetchedText }
  /** Not to be had now: it is asked for again. What is said here is logged, so no text and no address is in it. */
  | {
      readonly type: 'not_fetched';
      readonly reason: 'misconfigured' | 'no_answer' | 'refused' | 'too_long' | 'unreadable';
      /** The HTTP status; null: there was no answer. */
      readonly status: number | null;
      /** The vendor's own code. */
      readonly code: string | null;
    };
