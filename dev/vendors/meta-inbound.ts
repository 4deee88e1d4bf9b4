import { createHash, randomInt } from 'node:crypto';
import { demoData } from '../demo-data.ts';
import type { InboundAttachment, InboundOn } from './inbound-schema.ts';
import {
  accountIds,
  createMid,
  createWamid,
  toMessagingCall,
  toWhatsappCall,
  unixSeconds,
} from './meta-webhook.ts';
import type { Letter } from './webhook.ts';

const toMedia = ({ kind, mimeType, url, name }: InboundAttachment, caption: string) => ({
  id: `${randomInt(1e14, 2e14)}`,
  mime_type: mimeType,
  sha256: createHash('sha256').update(url).digest('base64'),
  url,
  ...(caption === '' || kind === 'audio' ? {} : { caption }),
  ...(kind === 'document' && name !== undefined ? { filename: name } : {}),
});

const toWhatsappContent = ({ text, attachments: [file] }: InboundOn<'whatsapp'>) =>
  file === undefined
    ? { type: 'text', text: { body: text } }
    : { type: file.kind, [file.kind]: toMedia(file, text) };

/** A person who does not share the number is known by a business-scoped id alone. */
const toIdentity = (from: string) => {
  const number = from.replace(/^\+/, '');
  return from.startsWith('+')
    ? { contact: { wa_id: number }, message: { from: number } }
    : { contact: { user_id: from }, message: { from_user_id: from } };
};

/** A WhatsApp message as Meta passes it on. */
export const writeWhatsapp = (inbound: InboundOn<'whatsapp'>, url: string): Letter => {
  const { from, name, inReplyTo } = inbound;
  const id = createWamid();
  const identity = toIdentity(from);
  const message = {
    ...identity.message,
    id,
    timestamp: unixSeconds(),
    ...toWhatsappContent(inbound),
    ...(inReplyTo === undefined
      ? {}
      : { context: { from: demoData.meta.displayPhoneNumber, id: inReplyTo } }),
  };
  const contacts = [{ profile: { name }, ...identity.contact }];
  return { providerMessageId: id, call: toWhatsappCall(url, { contacts, messages: [message] }) };
};

const toFile = ({ kind, url }: InboundAttachment) => ({
  type: kind === 'document' ? 'file' : kind,
  payload: { url },
});

/** A message to the Facebook page or the Instagram account as Meta passes it on. */
export const writeMessaging = (
  { channel, from, text, attachments, inReplyTo }: InboundOn<'facebook'> | InboundOn<'instagram'>,
  url: string,
): Letter => {
  const mid = createMid(channel);
  const message = {
    mid,
    ...(text === '' ? {} : { text }),
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(toFile) }),
    ...(inReplyTo === undefined ? {} : { reply_to: { mid: inReplyTo } }),
  };
  const event = { sender: from, recipient: accountIds[channel], content: { message } };
  return { providerMessageId: mid, call: toMessagingCall(url, channel, event) };
};
