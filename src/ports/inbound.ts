import type { Channel } from './channel.ts';

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
