import { demoData } from '../demo-data.ts';
import type { InboundOn } from './inbound-schema.ts';
import { createWamid, toWhatsappCall, unixSeconds } from './meta-webhook.ts';
import { toWhatsappContent } from './meta-whatsapp-content.ts';
import type { Letter } from './webhook.ts';

/** A person who does not share the number is known only by a business-scoped id. */
const toIdentity = (from: string) => {
  const number = from.replace(/^\+/, '');
  return from.startsWith('+')
    ? { contact: { wa_id: number }, message: { from: number }, echo: { to: number } }
    : { contact: { user_id: from }, message: { from_user_id: from }, echo: { to_user_id: from } };
};

/** A person wrote it in the WhatsApp Business app, in the contact's chat, not over the API. */
const writeEcho = (inbound: InboundOn<'whatsapp'>, id: string, url: string): Letter => {
  const echo = {
    from: demoData.meta.displayPhoneNumber,
    ...toIdentity(inbound.from).echo,
    id,
    timestamp: unixSeconds(inbound.at),
    ...toWhatsappContent(inbound),
  };
  const call = toWhatsappCall(url, { message_echoes: [echo] }, 'smb_message_echoes');
  return { providerMessageId: id, call };
};

/** A WhatsApp message, or an event about one, as Meta sends it. */
export const writeWhatsapp = (inbound: InboundOn<'whatsapp'>, url: string): Letter => {
  const { from, name, what, groupId, at } = inbound;
  const id = createWamid();
  if (what.type === 'echo') return writeEcho(inbound, id, url);
  const identity = toIdentity(from);
  const message = {
    ...identity.message,
    ...(groupId === undefined ? {} : { group_id: groupId }),
    id,
    timestamp: unixSeconds(at),
    ...toWhatsappContent(inbound),
  };
  const contacts = [{ profile: { name }, ...identity.contact }];
  const happened = what.type === 'new_number' ? {} : { contacts };
  return { providerMessageId: id, call: toWhatsappCall(url, { ...happened, messages: [message] }) };
};
