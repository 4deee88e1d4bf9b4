import * as z from 'zod';
import type { Attachment, InboundDetails } from '../ports/inbound.ts';
import { formSchema, readForm } from './meta-whatsapp-form.ts';
import { orderSchema, readOrder } from './meta-whatsapp-order.ts';
import {
  attachment,
  type Content,
  emptyContent,
  listOf,
  maybe,
  unknownContent,
  word,
} from './webhook-body.ts';

const media = maybe(
  z.object({
    id: word,
    url: word,
    mime_type: word,
    filename: word,
    caption: word,
    voice: z.boolean().catch(false),
  }),
);
const reply = maybe(z.object({ id: word, title: word, description: word }));
const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const;

const card = z.object({
  name: maybe(z.object({ formatted_name: word })),
  phones: listOf(z.object({ phone: word, wa_id: word })),
  emails: listOf(z.object({ email: word })),
});

/**
 * The contents of a message:
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
 */
export const contentSchema = z.object({
  type: word,
  context: maybe(
    z.object({
      id: word,
      referred_product: maybe(
        z.object({ catalog_id: word, product_retailer_id: z.string().min(1) }),
      ),
    }),
  ),
  referral: maybe(
    z.object({
      source_type: word,
      source_id: word,
      source_url: word,
      headline: word,
      ctwa_clid: word,
    }),
  ),
  text: maybe(z.object({ body: word })),
  button: maybe(z.object({ text: word, payload: word })),
  interactive: maybe(
    z.object({ button_reply: reply, list_reply: reply, nfm_reply: maybe(formSchema) }),
  ),
  order: maybe(orderSchema),
  image: media,
  video: media,
  audio: media,
  document: media,
  sticker: media,
  location: maybe(
    z.object({ latitude: z.number(), longitude: z.number(), name: word, address: word }),
  ),
  contacts: listOf(card),
  // The type that the contact really sent (unconfirmed).
  unsupported: maybe(z.object({ type: word })),
});
type Message = z.infer<typeof contentSchema>;

type Words = Pick<Content, 'typed' | 'details'> & { readonly text: string };

const readButton = ({ button, interactive }: Message): Words | null => {
  const pressed =
    button === null
      ? (interactive?.button_reply ?? interactive?.list_reply)
      : { id: button.payload, title: button.text, description: null };
  const text = pressed?.title ?? pressed?.id;
  return pressed && text ? { text, typed: false, details: { button: pressed } } : null;
};

const readFilledIn = ({ order, interactive }: Message): Words | null => {
  const ordered = order && readOrder(order);
  if (ordered) return { text: ordered.text, typed: false, details: { order: ordered.order } };
  const filledIn = interactive?.nfm_reply ? readForm(interactive.nfm_reply) : null;
  return filledIn && { text: filledIn.text, typed: false, details: { form: filledIn.form } };
};

const readTyped = ({ text, ...message }: Message): Words | null => {
  const captions = mediaKinds.map((kind) => message[kind]?.caption ?? null);
  const typed = text?.body ?? captions.find((caption) => caption !== null) ?? null;
  return typed === null ? null : { text: typed, typed: true, details: {} };
};

const toCard = ({ name, phones, emails }: z.infer<typeof card>): Attachment[] => {
  const numbers = phones.flatMap(({ wa_id, phone }) =>
    wa_id === null ? (phone?.replace(/[^\d+]/g, '') ?? []) : `+${wa_id}`,
  );
  const mailboxes = emails.flatMap(({ email }) => email ?? []);
  const urls = [
    ...numbers.map((number) => `tel:${number}`),
    ...mailboxes.map((mailbox) => `mailto:${mailbox}`),
  ];
  const known = { name: name?.formatted_name ?? null };
  return urls.length === 0
    ? [attachment('contact', known)]
    : urls.map((url) => attachment('contact', { ...known, url }));
};

const readFiles = (message: Message): Attachment[] =>
  mediaKinds.flatMap((kind) => {
    const file = message[kind];
    if (!file) return [];
    const { id, url, mime_type: mimeType, filename: name, voice } = file;
    return [attachment(kind === 'audio' && voice ? 'voice' : kind, { id, url, mimeType, name })];
  });

const readPlace = ({ location }: Message): Attachment[] => {
  if (!location) return [];
  const { latitude, longitude, name, address } = location;
  return [attachment('location', { url: `geo:${latitude},${longitude}`, name: name ?? address })];
};

const readOrigin = ({ referral, context }: Message): InboundDetails => {
  const product = context?.referred_product;
  return {
    ...(referral && {
      referral: {
        type: referral.source_type,
        id: referral.source_id,
        headline: referral.headline,
        url: referral.source_url,
        clickId: referral.ctwa_clid,
      },
    }),
    ...(product && {
      product: { id: product.product_retailer_id, catalogId: product.catalog_id },
    }),
  };
};

const readSaid = (message: Message): Content => {
  const words = readButton(message) ?? readFilledIn(message) ?? readTyped(message);
  const attachments = [
    ...readFiles(message),
    ...readPlace(message),
    ...message.contacts.flatMap(toCard),
  ];
  if (words) return { ...words, answerable: true, attachments };
  if (attachments.length > 0) {
    const answerable = attachments.some(({ kind }) => kind !== 'sticker');
    return { ...emptyContent, answerable, attachments };
  }
  const type = message.unsupported?.type ?? message.type ?? 'text';
  return type === 'text' ? emptyContent : unknownContent(type);
};

/** Reads the content of a message. An unknown type gets a placeholder as its text. */
export const readContent = (message: Message): Content => {
  const said = readSaid(message);
  return { ...said, details: { ...readOrigin(message), ...said.details } };
};
