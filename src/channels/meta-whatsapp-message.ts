import * as z from 'zod';
import { isBusinessScopedId } from '../lib/business-scoped-id.ts';
import type { Attachment, InboundMessage } from '../ports/webhook.ts';
import { attachment, inbound, listOf, maybe, momentOr, word } from './webhook-body.ts';

/** Seconds since 1970, which Meta writes as text. */
export const seconds = z
  .union([z.string(), z.number()])
  .transform((value) => Number(value) * 1000)
  .catch(0);

const numbered = (number: string | null): string | null => {
  const digits = number?.replace(/\D/g, '');
  return digits ? `+${digits}` : null;
};

const scoped = (id: string | null): string | null => (id && isBusinessScopedId(id) ? id : null);

/** The addresses of a person, the one to answer first; none, where Meta names neither number nor business-scoped id. */
export const toAddresses = (number: string | null, userId: string | null): string[] =>
  [scoped(number) ? null : numbered(number), scoped(userId) ?? scoped(number)].filter(
    (address) => address !== null,
  );

/** Who wrote: beside the messages of a call, not in them. */
export const contactSchema = z.object({
  wa_id: word,
  user_id: word,
  profile: maybe(z.object({ name: word })),
});
type Contact = z.infer<typeof contactSchema>;

const media = maybe(
  z.object({ id: word, url: word, mime_type: word, filename: word, caption: word }),
);
const reply = maybe(z.object({ title: word }));
const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const;

export const messageSchema = z.object({
  id: z.string().min(1),
  from: word,
  from_user_id: word,
  timestamp: seconds,
  context: maybe(z.object({ id: word })),
  text: maybe(z.object({ body: word })),
  button: maybe(z.object({ text: word })),
  interactive: maybe(
    z.object({
      button_reply: reply,
      list_reply: reply,
      nfm_reply: maybe(z.object({ body: word })),
    }),
  ),
  image: media,
  video: media,
  audio: media,
  document: media,
  sticker: media,
  location: maybe(
    z.object({ latitude: z.number(), longitude: z.number(), name: word, address: word }),
  ),
  contacts: listOf(z.object({ name: maybe(z.object({ formatted_name: word })) })),
});
type Message = z.infer<typeof messageSchema>;

const readText = ({ text, button, interactive, ...message }: Message): string | null =>
  text?.body ??
  button?.text ??
  interactive?.button_reply?.title ??
  interactive?.list_reply?.title ??
  interactive?.nfm_reply?.body ??
  mediaKinds.map((kind) => message[kind]?.caption ?? null).find((caption) => caption !== null) ??
  null;

const readAttachments = ({ location, contacts, ...message }: Message): Attachment[] => [
  ...mediaKinds.flatMap((kind) => {
    const file = message[kind];
    if (!file) return [];
    const { id, url, mime_type: mimeType, filename: name } = file;
    return [attachment(kind, { id, url, mimeType, name })];
  }),
  ...(location
    ? [
        attachment('location', {
          url: `geo:${location.latitude},${location.longitude}`,
          name: location.name ?? location.address,
        }),
      ]
    : []),
  ...contacts.map(({ name }) => attachment('contact', { name: name?.formatted_name ?? null })),
];

/** A message of a contact; none, where there is nothing to read: a reaction, a system's note, an order. */
export const toInbound = (
  message: Message,
  contacts: readonly Contact[],
  accounts: readonly string[],
  receivedAt: number,
): InboundMessage[] => {
  const { from: number, from_user_id: userId } = message;
  const isWriter = ({ wa_id, user_id }: Contact) =>
    (number !== null && wa_id === number) || (userId !== null && user_id === userId);
  const contact = contacts.find(isWriter) ?? (contacts.length === 1 ? contacts[0] : null);
  const [from, otherAddress = null] = toAddresses(
    number ?? contact?.wa_id ?? null,
    userId ?? contact?.user_id ?? null,
  );
  const text = readText(message);
  const attachments = readAttachments(message);
  if (from === undefined || (text === null && attachments.length === 0)) return [];
  return [
    inbound({
      channel: 'whatsapp',
      accounts,
      from,
      otherAddress,
      name: contact?.profile?.name ?? null,
      providerMessageId: message.id,
      at: momentOr(message.timestamp, receivedAt),
      text,
      attachments,
      repliedProviderMessageId: message.context?.id ?? null,
    }),
  ];
};
