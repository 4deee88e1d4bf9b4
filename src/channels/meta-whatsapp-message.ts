import * as z from 'zod';
import type { Attachment, InboundMessage } from '../ports/webhook.ts';

const word = z.string().min(1);
const optional = word.optional().catch(undefined);

/** Who wrote, beside the messages of the same call. */
export const contactSchema = z.object({
  wa_id: optional,
  user_id: optional,
  profile: z.object({ name: optional }).optional(),
});
type Contact = z.infer<typeof contactSchema>;

const media = z
  .object({
    id: optional,
    url: optional,
    mime_type: optional,
    caption: optional,
    filename: optional,
  })
  .optional()
  .catch(undefined);
const reply = z.object({ title: z.string() }).optional();

const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const;

export const messageSchema = z.object({
  id: word,
  from: optional,
  from_user_id: optional,
  timestamp: z.coerce.number(),
  type: z.string(),
  text: z.object({ body: z.string() }).optional(),
  button: z.object({ text: z.string() }).optional(),
  interactive: z.object({ button_reply: reply, list_reply: reply }).optional(),
  context: z.object({ id: optional }).optional(),
  image: media,
  video: media,
  audio: media,
  document: media,
  sticker: media,
});
type Message = z.infer<typeof messageSchema>;

/** A number as Meta writes it, in E.164. */
export const toNumber = (id: string | undefined): string | null =>
  id ? `+${id.replace(/\D/g, '')}` : null;

const findAttachments = (message: Message): Attachment[] =>
  mediaKinds.flatMap((kind) => {
    const file = message[kind];
    if (!file)
      return message.type === kind
        ? [{ kind, id: null, url: null, mimeType: null, name: null }]
        : [];
    const { id = null, url = null, mime_type: mimeType = null, filename: name = null } = file;
    return [{ kind, id, url, mimeType, name }];
  });

const withoutFile = new Set(['location', 'contacts']);

const findText = ({ text, button, interactive, ...message }: Message): string | null =>
  text?.body ??
  button?.text ??
  interactive?.button_reply?.title ??
  interactive?.list_reply?.title ??
  mediaKinds.map((kind) => message[kind]?.caption).find((caption) => caption !== undefined) ??
  null;

const findContact = (contacts: readonly Contact[], { from, from_user_id }: Message) =>
  contacts.find(
    ({ wa_id, user_id }) => (from && wa_id === from) || (from_user_id && user_id === from_user_id),
  ) ?? (contacts.length === 1 ? contacts[0] : undefined);

/** A message of a contact; none, where it is a reaction, a system's note, or of a kind that has nothing to read. */
export const toInbound = (
  message: Message,
  contacts: readonly Contact[],
  account: string,
): InboundMessage[] => {
  const contact = findContact(contacts, message);
  const number = toNumber(message.from ?? contact?.wa_id);
  const userId = message.from_user_id ?? contact?.user_id ?? null;
  const from = number ?? userId;
  const found = findAttachments(message);
  const { type } = message;
  const attachments = withoutFile.has(type)
    ? [{ kind: type, id: null, url: null, mimeType: null, name: null }]
    : found;
  const text = findText(message);
  if (from === null || (text === null && attachments.length === 0)) return [];
  return [
    {
      type: 'inbound',
      channel: 'whatsapp',
      accounts: [account],
      from,
      otherAddress: number === null ? null : userId,
      name: contact?.profile?.name ?? null,
      providerMessageId: message.id,
      at: message.timestamp * 1000,
      text,
      textIsElsewhere: false,
      subject: null,
      attachments,
      repliedProviderMessageId: message.context?.id ?? null,
      email: null,
      preference: null,
    },
  ];
};
