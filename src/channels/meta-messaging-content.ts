import * as z from 'zod';
import type { Attachment, InboundDetails } from '../ports/inbound.ts';
import {
  attachment,
  type Content,
  emptyContent,
  listOf,
  maybe,
  unknownContent,
  word,
} from './webhook-body.ts';

/** An id that Meta writes as text or as a number. */
const anyId = z
  .union([z.string().min(1), z.number().transform(String)])
  .nullable()
  .catch(null);

const product = z.object({ id: anyId, retailer_id: word });

const payload = maybe(
  z.object({
    url: word,
    title: word,
    sticker_id: anyId,
    coordinates: maybe(z.object({ lat: z.number(), long: z.number() })),
    product: maybe(z.object({ elements: listOf(product) })),
  }),
);
const file = z.object({ type: z.string().min(1), title: word, payload });
type File = z.infer<typeof file>;

/** The ad, link or product that brought the contact here. */
export const referralSchema = maybe(
  z.object({
    ref: word,
    source: word,
    ad_id: anyId,
    referer_uri: word,
    ads_context_data: maybe(z.object({ ad_title: word, product_id: anyId })),
    product: maybe(z.object({ id: anyId })),
  }),
);
type Referral = z.infer<typeof referralSchema>;

/**
 * The contents of a message:
 * https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages
 */
export const contentSchema = z.object({
  text: word,
  attachments: listOf(file),
  quick_reply: maybe(z.object({ payload: word })),
  referral: referralSchema,
  is_unsupported: z.boolean().catch(false),
});
type Message = z.infer<typeof contentSchema>;

/** Attachments that can be replied to without words. Stickers, likes and view-once media are not among them. */
const telling = new Set([
  'image',
  'video',
  'audio',
  'file',
  'location',
  'fallback',
  'template',
  'share',
  'post',
  'reel',
  'ig_post',
  'ig_reel',
  'ig_story',
  'story_mention',
  'appointment_booking',
]);

// A file comes without name and type, but its address ends with the name.
const readFileName = (url: string | null): Pick<Attachment, 'name' | 'mimeType'> => {
  const path = url !== null && URL.canParse(url) ? new URL(url).pathname : '';
  const last = path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('/') + 200);
  const name = /\.\w{1,8}$/.test(last) ? last : null;
  return { name, mimeType: name?.toLowerCase().endsWith('.pdf') ? 'application/pdf' : null };
};

const toAttachment = ({ type, title, payload }: File): Attachment => {
  const { coordinates, sticker_id: sticker } = payload ?? {};
  const name = title ?? payload?.title ?? null;
  const url = coordinates ? `geo:${coordinates.lat},${coordinates.long}` : (payload?.url ?? null);
  if (sticker) return attachment('sticker', { id: sticker, url });
  return attachment(type, {
    url,
    ...(type === 'file' ? readFileName(url) : {}),
    ...(name && { name }),
  });
};

// Meta sends a sticker a second time, as an image.
const readFiles = (files: readonly File[]): Attachment[] => {
  const stickers = new Set<string>();
  return files.map(toAttachment).filter(({ kind, id }) => {
    if (kind !== 'sticker' || id === null) return true;
    const isNew = !stickers.has(id);
    stickers.add(id);
    return isNew;
  });
};

const readProduct = (files: readonly File[], referral: Referral): InboundDetails => {
  const [shown] = files.flatMap(({ payload }) => payload?.product?.elements ?? []);
  const id =
    shown?.retailer_id ??
    shown?.id ??
    referral?.product?.id ??
    referral?.ads_context_data?.product_id;
  return id ? { product: { id, catalogId: null } } : {};
};

const readReferral = (referral: Referral): InboundDetails => {
  const { ref = null, source = null, ad_id: ad = null, referer_uri: url = null } = referral ?? {};
  const known = [ref, source, ad, url].some((part) => part !== null);
  const headline = referral?.ads_context_data?.ad_title ?? null;
  return known ? { referral: { type: source, id: ad, headline, url, clickId: ref } } : {};
};

/** The ad or link that the contact came from, and the product that they ask about. */
export const readOrigin = (referral: Referral, files: readonly File[] = []): InboundDetails => ({
  ...readReferral(referral),
  ...readProduct(files, referral),
});

const readSaid = ({ text, quick_reply, ...message }: Message): Content => {
  const attachments = readFiles(message.attachments);
  if (quick_reply) {
    const button = { id: quick_reply.payload, title: text, description: null };
    const pressed = text ?? quick_reply.payload;
    return {
      ...emptyContent,
      text: pressed,
      typed: false,
      answerable: true,
      details: { button },
      attachments,
    };
  }
  const tells = attachments.some(({ kind }) => telling.has(kind));
  if (text !== null || tells) return { ...emptyContent, text, answerable: true, attachments };
  if (message.is_unsupported) return { ...unknownContent('unsupported'), attachments };
  return { ...emptyContent, attachments };
};

/** Reads the content of a message. An unknown type gets a placeholder as its text. */
export const readContent = (message: Message): Content => {
  const said = readSaid(message);
  const origin = readOrigin(message.referral, message.attachments);
  return { ...said, details: { ...origin, ...said.details } };
};
