import type { Channel, RefusalReason } from './channel.ts';
import type { Attachment, InboundEmail, InboundMessage, Preference } from './inbound.ts';
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
