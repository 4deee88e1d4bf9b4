import { z } from 'zod';
import { demoData } from '../demo-data.ts';
import { needsText, whatSchema, wordsOf } from './inbound-what.ts';
import { times } from './receipt-schema.ts';

const { twilio, resend, contact } = demoData;

const attachment = z.strictObject({
  kind: z.enum(['image', 'audio', 'video', 'document']),
  mimeType: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a type such as image/jpeg'),
  url: z.url().default('https://files.example.com/photo.jpg'),
  name: z.string().min(1).optional(),
});
export type InboundAttachment = z.output<typeof attachment>;

const number = z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a number such as +15005550101');
const businessScopedId = z.string().regex(/^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/);
const userId = z.string().regex(/^\d{5,25}$/, 'must be a user id: 5 to 25 digits');

const common = {
  text: z.string().default(''),
  /** The contact's name; the vendors of sms, facebook and instagram do not pass it on. */
  name: z.string().min(1).default(contact.name),
  attachments: z.array(attachment).max(10).default([]),
  what: whatSchema,
  times,
  /** Calls again, after growing pauses, until the webhook answers with a 2xx. */
  untilTaken: z.boolean().default(false),
};
/** The vendor's id of the message that this one replies to; in emails a Message-ID. */
const inReplyTo = z.string().min(1).optional();

/** When it was written, if the vendor says so: it may call hours later. */
const at = z.iso.datetime().optional();

const sms = z.strictObject({
  ...common,
  channel: z.literal('sms'),
  /** The contact's phone has RCS, and the sender is a messaging service with an RCS agent. */
  rcs: z
    .strictObject({
      agent: z.string().min(1).default('acme_dental_agent'),
      messagingServiceSid: z.string().regex(/^MG[0-9a-f]{32}$/),
    })
    .optional(),
  from: number.default(contact.phone),
  to: z.literal([twilio.phoneNumber, twilio.secondPhoneNumber]).default(twilio.phoneNumber),
});

const whatsapp = z.strictObject({
  ...common,
  channel: z.literal('whatsapp'),
  /** The account whose webhook is called. */
  provider: z.enum(['meta', 'twilio']).default('meta'),
  /** A number, or at Meta a business-scoped user id. */
  from: z.union([number, businessScopedId]).default(contact.whatsappNumber),
  /** Meta only: the message was written to a group. */
  groupId: z.string().min(1).optional(),
  at,
  inReplyTo,
});

const facebook = z.strictObject({
  ...common,
  channel: z.literal('facebook'),
  from: userId.default(contact.messengerUserId),
  at,
  inReplyTo,
});

const instagram = z.strictObject({
  ...common,
  channel: z.literal('instagram'),
  from: userId.default(contact.instagramUserId),
  at,
  inReplyTo,
});

const email = z.strictObject({
  ...common,
  channel: z.literal('email'),
  from: z.email().default(contact.email),
  to: z
    .email()
    .refine((address) => address.toLowerCase().endsWith(`@${resend.domain}`), {
      error: `must be an address at ${resend.domain}, whose mail Resend receives`,
    })
    .default(`hello@${resend.domain}`),
  subject: z.string().default(''),
  /** Replaces the HTML or text that is made of `text`; an email of HTML alone has no text. */
  html: z.string().min(1).optional(),
  inReplyTo,
  /** The header's value, such as `auto-replied`: no person wrote it. */
  autoSubmitted: z.string().min(1).optional(),
  /** Where replies are to go, as a website's form says of its visitor. */
  replyTo: z.string().includes('@').optional(),
  /** The receiving server's verdict on the sender: `fail` for a forged From. */
  authentication: z.enum(['pass', 'fail', 'none']).default('pass'),
  /** More headers, or replacements for the usual ones, by their lower-case names. */
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/), z.string()).default({}),
});

const message = z.discriminatedUnion('channel', [sms, whatsapp, facebook, instagram, email]);
type Message = z.output<typeof message>;

const saysSomething = ({ channel, text, attachments, what }: Message): boolean => {
  if (needsText.has(what.type)) return text !== '';
  return what.type !== 'message' || channel === 'email' || text !== '' || attachments.length > 0;
};

const isByTwilio = (inbound: Message): boolean =>
  inbound.channel === 'whatsapp' && inbound.provider === 'twilio';

const isKnown = (inbound: Message): boolean =>
  (inbound.channel === 'whatsapp'
    ? wordsOf(inbound.channel, inbound.provider)
    : wordsOf(inbound.channel)
  ).includes(inbound.what.type);

/** A message from a contact to the account that the double stands for. */
export const inboundSchema = message
  .refine(saysSomething, {
    path: ['text'],
    error: 'is empty: write something, or send attachments',
  })
  .refine(isKnown, { path: ['what'], error: 'is nothing that the vendor tells of on this channel' })
  .refine(
    (inbound) =>
      inbound.channel !== 'whatsapp' || isByTwilio(inbound) || inbound.attachments.length <= 1,
    {
      path: ['attachments'],
      error: 'WhatsApp sends each file as a message of its own: write once for each',
    },
  )
  .refine((inbound) => !isByTwilio(inbound) || number.safeParse(inbound.from).success, {
    path: ['from'],
    error: 'Twilio knows people on WhatsApp by their number: give one such as +15005550101',
  })
  .refine((inbound) => !isByTwilio(inbound) || !('at' in inbound) || inbound.at === undefined, {
    path: ['at'],
    error: 'Twilio does not say when a message was written',
  })
  .refine((inbound) => !isByTwilio(inbound) || !('groupId' in inbound) || !inbound.groupId, {
    path: ['groupId'],
    error: 'Twilio has no groups on WhatsApp',
  });

export type InboundInput = z.input<typeof inboundSchema>;
export type Inbound = z.output<typeof inboundSchema>;
export type InboundOn<Channel extends Inbound['channel']> = Extract<Inbound, { channel: Channel }>;
