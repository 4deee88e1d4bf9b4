import * as z from 'zod';
import { cleanText } from '../lib/clean-text.ts';
import type { Attachment, InboundMessage } from '../ports/inbound.ts';
import type { WebhookEvent } from '../ports/webhook.ts';

/** A text that is not blank; null if it is missing, blank or not text. */
export const word = z.string().min(1).nullable().catch(null);

/** A number, even if it is written as text; null if it is not one. */
export const amount = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,15}(?:\.\d{1,15})?$/)
      .transform(Number),
  ])
  .nullable()
  .catch(null);

/** An optional part. If it is malformed, only that part is lost. */
export const maybe = <Part extends z.ZodType>(schema: Part) => z.nullable(schema).catch(null);

/** The valid items of a list. A malformed one loses no other. */
export const listOf = <Item extends z.ZodType>(schema: Item) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((items) =>
      items.flatMap((item) => {
        const parsed = schema.safeParse(item);
        return parsed.success ? [parsed.data] : [];
      }),
    );

/** A hundred for each of the most events in one vendor's call. A call with more is not the vendor's. */
const mostValues = 100_000;

/**
 * Parses JSON, cuts its texts to so many characters, and removes characters that Postgres does not store. Undefined: it
 * is not JSON, or has more values than any vendor sends.
 */
export const parseVendorJson = (json: string, longestText = Number.POSITIVE_INFINITY): unknown => {
  let count = 0;
  try {
    return JSON.parse(json, (_, value) => {
      count += 1;
      if (count > mostValues) throw new Error('too many values');
      return typeof value === 'string' ? cleanText(value.slice(0, longestText)) : value;
    });
  } catch {
    return undefined;
  }
};

const day = 24 * 60 * 60 * 1000;

/** The time that a vendor names (milliseconds since 1970), or the time of its call if that cannot be right. */
export const momentOr = (moment: number, receivedAt: number): number =>
  moment > 0 && moment < receivedAt + day ? Math.trunc(moment) : receivedAt;

/** A file of which nothing else is known. */
export const attachment = (kind: string, known: Partial<Attachment> = {}): Attachment => ({
  kind,
  id: null,
  url: null,
  mimeType: null,
  name: null,
  ...known,
});

const kinds = new Set(['image', 'video', 'audio']);

/** The kind of a file of which only the type is known. */
export const kindOf = (mimeType: string | null): string => {
  const [kind = ''] = mimeType?.split('/') ?? [];
  return kinds.has(kind) ? kind : 'document';
};

type LeftOut = Extract<WebhookEvent, { type: 'left_out' }>;

export const leftOut = (what: LeftOut['what']): LeftOut => ({ type: 'left_out', what });

/** The content of a message, written by a contact or by a person on our side. */
export type Content = Pick<
  InboundMessage,
  'text' | 'typed' | 'answerable' | 'details' | 'attachments'
>;

const longestType = 60;

/** A message of an unknown type. It is stored, so that people see it and the window opens, but no agent replies to it. */
export const unknownContent = (type: string): Content => {
  const unknownType = type.slice(0, longestType);
  return {
    text: `[message of a type that is not known: ${unknownType}]`,
    typed: false,
    answerable: false,
    details: { unknownType },
    attachments: [],
  };
};

/** Only blanks were sent. */
export const emptyContent: Content = {
  text: null,
  typed: true,
  answerable: false,
  details: {},
  attachments: [],
};

/** The fields that every channel's message has; the rest is unknown. */
type Known = 'channel' | 'accounts' | 'from' | 'providerMessageId' | 'at';

export const inbound = (
  known: Pick<InboundMessage, Known> & Partial<InboundMessage>,
): InboundMessage => ({
  type: 'inbound',
  otherAddress: null,
  scopedToSender: false,
  name: null,
  text: null,
  typed: true,
  answerable: true,
  details: {},
  textIsElsewhere: false,
  subject: null,
  attachments: [],
  repliedProviderMessageId: null,
  email: null,
  preference: null,
  ...known,
});
