import * as z from 'zod';
import { cleanText } from '../lib/clean-text.ts';
import type { Attachment, InboundMessage, WebhookEvent } from '../ports/webhook.ts';

/** A text that says something; null: it is missing, empty or no text. */
export const word = z.string().min(1).nullable().catch(null);

/** A number, also one that is written as text; null: it is none. */
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

/** A part that may be missing, and that does not lose the whole when it is malformed. */
export const maybe = <Part extends z.ZodType>(schema: Part) => z.nullable(schema).catch(null);

/** The items that fit; a malformed one loses no other. */
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

/** A hundred for each of the most events that a vendor puts into one call; whoever sends more sends something else. */
const mostValues = 100_000;

/**
 * Parses JSON, cuts its texts to so many characters, and takes out of them what Postgres does not store. Undefined: it
 * is none, or has more values in it than anybody has a reason to send.
 */
export const parseJson = (json: string, longestText = Number.POSITIVE_INFINITY): unknown => {
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

/** The moment (milliseconds since 1970) that a vendor names, or when it said so, where that is no moment of the past. */
export const momentOr = (moment: number, receivedAt: number): number =>
  moment > 0 && moment < receivedAt + day ? Math.trunc(moment) : receivedAt;

/** A file of which all else is not known. */
export const attachment = (kind: string, known: Partial<Attachment> = {}): Attachment => ({
  kind,
  id: null,
  url: null,
  mimeType: null,
  name: null,
  ...known,
});

const kinds = new Set(['image', 'video', 'audio']);

/** The kind of a file of which only its type is told. */
export const kindOf = (mimeType: string | null): string => {
  const [kind = ''] = mimeType?.split('/') ?? [];
  return kinds.has(kind) ? kind : 'document';
};

type LeftOut = Extract<WebhookEvent, { type: 'left_out' }>;

export const leftOut = (what: LeftOut['what']): LeftOut => ({ type: 'left_out', what });

/** What a message says, whoever wrote it. */
export type Content = Pick<
  InboundMessage,
  'text' | 'typed' | 'answerable' | 'details' | 'attachments'
>;

const longestType = 60;

/** Of a type that is not known: it is stored, so that people see it and the window opens, and nobody answers it. */
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

/** Nothing but blanks was sent. */
export const emptyContent: Content = {
  text: null,
  typed: true,
  answerable: false,
  details: {},
  attachments: [],
};

/** What is in every channel's message; all else is not known. */
type Known = 'channel' | 'accounts' | 'from' | 'providerMessageId' | 'at';

export const inbound = (
  known: Pick<InboundMessage, Known> & Partial<InboundMessage>,
): InboundMessage => ({
  type: 'inbound',
  otherAddress: null,
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
