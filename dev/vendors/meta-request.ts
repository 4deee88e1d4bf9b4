import { z } from 'zod';
import { demoData } from '../demo-data.ts';
import { checkBody } from './check-body.ts';
import { type MetaRefusal, refuseField } from './meta-graph.ts';

// Fields: facebook/openapi, business-messaging-api; Send API reference v25.0.

const whatsappSchema = z
  .strictObject({
    messaging_product: z.literal('whatsapp'),
    recipient_type: z.literal('individual'),
    to: z
      .string()
      .regex(/^[1-9]\d{6,14}$/)
      .optional(),
    /** A business-scoped user id, in place of a number. */
    recipient: z
      .string()
      .regex(/^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/)
      .optional(),
    type: z.literal('text'),
    text: z.strictObject({
      body: z.string().min(1).max(4096, 'must be at most 4096 characters long.'),
      preview_url: z.boolean().optional(),
    }),
    context: z.strictObject({ message_id: z.string().min(1) }).optional(),
    biz_opaque_callback_data: z.string().max(512).optional(),
  })
  .refine(({ to, recipient }) => (to === undefined) !== (recipient === undefined), {
    path: ['to'],
    message: 'exactly one of to and recipient is expected',
  });

export type WhatsappSend = z.output<typeof whatsappSchema>;

const messagingFields = {
  recipient: z.strictObject({ id: z.string() }),
  message: z.strictObject({
    text: z.string().min(1),
    metadata: z.string().max(1000).optional(),
  }),
  tag: z.literal('HUMAN_AGENT').optional(),
  reply_to: z.strictObject({ mid: z.string().min(1) }).optional(),
};
const messagingType = z.enum(['RESPONSE', 'UPDATE', 'MESSAGE_TAG']);

const messengerSchema = z.strictObject({ ...messagingFields, messaging_type: messagingType });
const instagramSchema = z.strictObject({
  ...messagingFields,
  messaging_type: messagingType.optional(),
});

export type MessagingSend = z.output<typeof instagramSchema>;

const refuse = (message: string, subcode?: number): MetaRefusal => ({
  status: 400,
  code: 100,
  message: `(#100) ${message}`,
  ...(subcode === undefined ? {} : { subcode }),
});

export const readWhatsapp = (body: unknown): WhatsappSend | MetaRefusal => {
  const checked = checkBody(whatsappSchema, body);
  return checked.ok ? checked.value : refuseField(checked.problem);
};

const isMessagingUserId = (id: string): boolean => /^\d{5,25}$/.test(id);

const refuseTag = ({ messaging_type: type, tag }: MessagingSend): MetaRefusal | null =>
  (type === 'MESSAGE_TAG') === (tag !== undefined)
    ? null
    : refuse('Param tag: goes with messaging_type MESSAGE_TAG, and only with it.');

export const readMessenger = (body: unknown): MessagingSend | MetaRefusal => {
  const checked = checkBody(messengerSchema, body);
  if (!checked.ok) return refuseField(checked.problem);
  const { message, recipient } = checked.value;
  if (message.text.length > 2000) {
    return refuse('Length of param message[text] must be less than or equal to 2000');
  }
  if (!isMessagingUserId(recipient.id)) return refuse('No matching user found', 2018001);
  return refuseTag(checked.value) ?? checked.value;
};

export const readInstagram = (body: unknown): MessagingSend | MetaRefusal => {
  const checked = checkBody(instagramSchema, body);
  if (!checked.ok) return refuseField(checked.problem);
  const { message, recipient } = checked.value;
  if (Buffer.byteLength(message.text) > 1000) {
    return refuse('Length of param message[text] must be less than or equal to 1000');
  }
  const isElsewhere = recipient.id === demoData.contact.messengerUserId;
  if (!isMessagingUserId(recipient.id) || isElsewhere) {
    return refuse('The requested user cannot be found.', 2534014);
  }
  return refuseTag(checked.value) ?? checked.value;
};
