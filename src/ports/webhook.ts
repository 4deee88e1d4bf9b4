import type { Channel, RefusalReason } from './channel.ts';
import type { Attachment, InboundEmail, InboundMessage, Preference } from './inbound.ts';
import type { Fetch } from './io.ts';

/** A vendor's call. Its body is in bytes, because signatures are over bytes. */
export type WebhookCall = {
  /** The address as the vendor knows it, with the query. Behind a gateway it differs from the request's own. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** When it arrived: milliseconds since 1970. */
  readonly receivedAt: number;
};

/** Something happened to a message of ours. At least one of the two ids is known. */
export type Receipt = {
  readonly type: 'receipt';
  readonly providerMessageId: string | null;
  /** Our own id (`msg_…`), if the vendor carried it. */
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
  /** Whether the recipient's address is at fault. */
  readonly consequence: 'opted_out' | 'marketing_opted_out' | 'invalid' | null;
};

/** Everything that we sent to one contact before a time has arrived or was read. */
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
  /** `marketing`: only promotions; everything else may still be sent. */
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

/** A person on our side wrote to the contact outside this API, in the vendor's app or inbox. Never replied to. */
type Echo = {
  readonly type: 'echo';
  /** `settle_send` expects echoes of our messages on these channels only. */
  readonly channel: Exclude<Channel, 'sms' | 'email'>;
  readonly accounts: readonly string[];
  /** The contact's address. */
  readonly to: string;
  /** Another address of the same person on this channel. */
  readonly otherAddress: string | null;
  /** As of an inbound message. */
  readonly scopedToSender: boolean;
  /** Its receipts come as watermarks. */
  readonly watermarks: boolean;
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

/** The contact took a message back: its content is deleted. */
type Withdrawal = {
  readonly type: 'withdrawal';
  readonly channel: Channel;
  readonly accounts: readonly string[];
  /** Of the message that is taken back. */
  readonly providerMessageId: string;
  readonly at: number;
};

/** Understood, but not served: nothing is stored, and the log counts it. */
type LeftOut = {
  readonly type: 'left_out';
  /** One of a few fixed words, never a contact's own. */
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

/** Reads a vendor's calls. Nothing here throws for anything a vendor sends. */
export type ProviderWebhook = {
  /** Bytes. No call of the vendor's is larger; the body of a larger one is not read. */
  readonly largestCall: number;
  /**
   * Whether the call is fresh and signed with this connection's own secret. Compares in constant time. Credentials
   * without the secret verify nothing.
   */
  readonly verify: (credentials: unknown, call: WebhookCall) => Promise<boolean>;
  /** The events of a verified call, in order. Unknown events are skipped; null: the body is not in the vendor's format. */
  readonly parse: (call: WebhookCall) => readonly WebhookEvent[] | null;
  /** The body of the 200 that the vendor expects. */
  readonly answer: WebhookResponse;
  /** The channels on which it may say only until when all was delivered or read (`watermark`). */
  readonly watermarks?: readonly Channel[];
  /** Meta's check that the address is ours: the text to respond with, or null if the token is not this connection's. */
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
  /** It cannot be had now, and is asked for again. The reason is logged, so it holds no text and no address. */
  | {
      readonly type: 'not_fetched';
      readonly reason: 'misconfigured' | 'no_answer' | 'refused' | 'too_long' | 'unreadable';
      /** The HTTP status; null: no response came. */
      readonly status: number | null;
      /** The vendor's own code. */
      readonly code: string | null;
    };
