import { z } from 'zod';

const id = z.string().min(1);

/**
 * The things that a contact can send beside text and files, or do to a sent message. inbound-schema says which
 * vendor has which.
 */
export const whatSchema = z
  .discriminatedUnion('type', [
    /** The text and the attachments. */
    z.strictObject({ type: z.literal('message') }),
    z.strictObject({ type: z.literal('sticker') }),
    /** The business wrote the title, and `id` is what it means. */
    z.strictObject({
      type: z.literal('button'),
      id: id.default('CONFIRM_17'),
      title: id.default('Confirm'),
      /** WhatsApp: from a template, from a message with buttons, or a row of a list. */
      of: z.enum(['template', 'message', 'list']).default('template'),
      /** Only for a row. */
      description: id.optional(),
    }),
    /** The text is its note. */
    z.strictObject({
      type: z.literal('order'),
      items: z
        .array(
          z.strictObject({
            id,
            quantity: z.int().positive(),
            price: z.number().nonnegative(),
            currency: z.string().regex(/^[A-Z]{3}$/),
          }),
        )
        .min(1)
        .default([{ id: 'sku-17', quantity: 2, price: 12.5, currency: 'EUR' }]),
    }),
    /** A form that was filled in. */
    z.strictObject({ type: z.literal('form'), answers: z.record(id, z.unknown()) }),
    z.strictObject({
      type: z.literal('location'),
      latitude: z.number().min(-90).max(90).default(48.137),
      longitude: z.number().min(-180).max(180).default(11.575),
      name: id.optional(),
    }),
    z.strictObject({
      type: z.literal('contact_card'),
      name: id.default('Dr. Lee'),
      phone: z
        .string()
        .regex(/^\+[1-9]\d{6,14}$/)
        .default('+12125550199'),
    }),
    /** The vendor's word for a kind of message that its API does not pass on, or a new kind. */
    z.strictObject({
      type: z.literal('unknown'),
      word: z
        .string()
        .regex(/^[a-z_]+$/)
        .default('unsupported'),
    }),
    /** The text replaces the message's text. */
    z.strictObject({ type: z.literal('correction'), providerMessageId: id }),
    z.strictObject({ type: z.literal('withdrawal'), providerMessageId: id }),
    /** The contact continues under another number. */
    z.strictObject({
      type: z.literal('new_number'),
      number: z.string().regex(/^\+[1-9]\d{6,14}$/),
    }),
    /** A person wrote the text to the contact, in the vendor's app or inbox. */
    z.strictObject({ type: z.literal('echo') }),
  ])
  .prefault({ type: 'message' });

export type What = z.output<typeof whatSchema>;

type Words = ReadonlySet<What['type']>;

const kinds: Readonly<Record<string, Words>> = {
  sms: new Set(['message'] as const),
  email: new Set(['message'] as const),
  'whatsapp meta': new Set(whatSchema.unwrap().options.map((option) => option.shape.type.value)),
  'whatsapp twilio': new Set([
    'message',
    'sticker',
    'button',
    'location',
    'contact_card',
    'unknown',
  ] as const),
  facebook: new Set(['message', 'sticker', 'button', 'unknown', 'correction', 'echo'] as const),
  instagram: new Set([
    'message',
    'sticker',
    'button',
    'unknown',
    'correction',
    'withdrawal',
    'echo',
  ] as const),
};

/** The kinds that a channel reports; on WhatsApp it depends on whose webhook is called. */
export const wordsOf = (channel: string, provider?: string): readonly What['type'][] => [
  ...(kinds[provider === undefined ? channel : `${channel} ${provider}`] ?? []),
];

/** The kinds whose text says something. */
export const needsText: Words = new Set(['correction', 'echo'] as const);
