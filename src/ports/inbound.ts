import * as z from 'zod';
import type { Channel } from './channel.ts';

// A row leaves out what is null.
const word = z.string().nullable().default(null);
const amount = z.number().nullable().default(null);

/** Something that a contact sent beside text. We keep the vendor's description of it, never the file. */
export const attachment = z.object({
  /**
   * The vendor's word: image, video, audio, document, sticker, location, contact …; `voice` is an audio that was spoken
   * in the chat.
   */
  kind: z.string(),
  /** The vendor's id of the file. */
  id: word,
  /** The address of a file, `geo:` with a place's coordinates, or `tel:` and `mailto:` with the lines of a contact card. */
  url: word,
  mimeType: word,
  name: word,
});
export type Attachment = Readonly<z.infer<typeof attachment>>;

/**
 * A small, named set of facts from the vendor, kept beside the text and put into words for the agent. Anything else in
 * the row counts as nothing, so that it cannot break every reply in the conversation.
 */
export const inboundDetails = z
  .object({
    /** The button or list row that the contact pressed. The business wrote its title and chose `id`. */
    button: z.object({ id: word, title: word, description: word }).exactOptional(),
    /** The ad or link that brought the contact here. */
    referral: z
      .object({ type: word, id: word, headline: word, url: word, clickId: word })
      .exactOptional(),
    /** The product that the contact asks about. */
    product: z.object({ id: z.string(), catalogId: word }).exactOptional(),
    /** The contact's order; the text has it in words. */
    order: z
      .object({
        catalogId: word,
        items: z.array(
          z.object({ productId: z.string(), quantity: amount, price: amount, currency: word }),
        ),
      })
      .exactOptional(),
    /** The contact's entries in a form, by field. */
    form: z.record(z.string(), z.unknown()).exactOptional(),
    /** The vendor's word for a type that is not known here; the text is then a placeholder. */
    unknownType: z.string().exactOptional(),
  })
  .catch({});
export type InboundDetails = Readonly<z.infer<typeof inboundDetails>>;

export type InboundEmail = {
  /** RFC 5322 Message-ID, angle brackets included. */
  readonly messageId: string | null;
  /** The ids in `In-Reply-To` and `References`, angle brackets included. */
  readonly threadIds: readonly string[];
  /** No person wrote it: `Auto-Submitted`, a bounce, a no-reply address, a mailing list. */
  readonly automatic: boolean;
  /** Whether the receiving server vouches for the address (SPF, DKIM, DMARC aligned with it); null: it does not say. */
  readonly authenticated: boolean | null;
  /** The one mailbox in Reply-To, if it differs from From: a website's form names its visitor there. */
  readonly replyTo?: {
    readonly address: string;
    readonly name: string | null;
    /** The same for an email that this address wrote. */
    readonly automatic: boolean;
  };
};

/** A contact wrote. */
export type InboundMessage = {
  readonly type: 'inbound';
  readonly channel: Channel;
  /**
   * The names that the vendor may use for our side: a number and its messaging service, a phone number id, a page,
   * mailboxes.
   */
  readonly accounts: readonly string[];
  /** The contact's address as `contact_addresses` holds it: E.164, a lower-case email address, an id. */
  readonly from: string;
  /** Another address of the same person on this channel: on WhatsApp a number and a business-scoped id. */
  readonly otherAddress: string | null;
  /** The address is valid for one sender of ours only: an id that the vendor made for one page. */
  readonly scopedToSender: boolean;
  readonly name: string | null;
  readonly providerMessageId: string;
  /** When the contact wrote it: milliseconds since 1970. */
  readonly at: number;
  /** Null: there is none, or it must be fetched. */
  readonly text: string | null;
  /** The contact typed the text, so words such as STOP count. (The business writes the titles of buttons.) */
  readonly typed: boolean;
  /**
   * An agent can reply to it: it has words, or a file or place that says something. A sticker, a like and an unknown
   * type do not count, and do not end a reply that waits.
   */
  readonly answerable: boolean;
  readonly details: InboundDetails;
  /** The call does not contain the text: the vendor is asked for it by `providerMessageId`. */
  readonly textIsElsewhere: boolean;
  readonly subject: string | null;
  readonly attachments: readonly Attachment[];
  /** The vendor's id of the message that it answers. */
  readonly repliedProviderMessageId: string | null;
  readonly email: InboundEmail | null;
  /** The vendor's own reading of the text (Twilio's `OptOutType`). */
  readonly preference: Preference | null;
};

export type Preference = 'opted_out' | 'opted_in';
