import { createHash, randomInt } from 'node:crypto';
import { demoData } from '../demo-data.ts';
import type { InboundAttachment, InboundOn } from './inbound-schema.ts';
import type { What } from './inbound-what.ts';
import { createWamid } from './meta-webhook.ts';

// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages

type Of<Type extends What['type']> = Extract<What, { type: Type }>;

const digits = (number: string): string => number.replace('+', '');

const toMedia = ({ kind, mimeType, url, name }: InboundAttachment, caption: string) => ({
  id: `${randomInt(1e14, 2e14)}`,
  mime_type: mimeType,
  sha256: createHash('sha256').update(url).digest('base64'),
  url,
  ...(kind === 'audio' ? { voice: name === undefined } : {}),
  ...(caption === '' || kind === 'audio' ? {} : { caption }),
  ...(kind === 'document' && name !== undefined ? { filename: name } : {}),
});

const toText = ({ text, attachments: [file] }: InboundOn<'whatsapp'>) =>
  file === undefined
    ? { type: 'text', text: { body: text } }
    : { type: file.kind, [file.kind]: toMedia(file, text) };

const toButton = ({ id, title, of, description }: Of<'button'>) => {
  if (of === 'template') return { type: 'button', button: { payload: id, text: title } };
  const type = of === 'list' ? 'list_reply' : 'button_reply';
  const reply = { id, title, ...(description === undefined ? {} : { description }) };
  return { type: 'interactive', interactive: { type, [type]: reply } };
};

const toOrder = ({ items }: Of<'order'>, note: string) => ({
  type: 'order',
  order: {
    catalog_id: '194836987003835',
    text: note,
    product_items: items.map(({ id, quantity, price, currency }) => ({
      product_retailer_id: id,
      quantity,
      item_price: price,
      currency,
    })),
  },
});

const toForm = ({ answers }: Of<'form'>) => ({
  type: 'interactive',
  interactive: {
    type: 'nfm_reply',
    nfm_reply: {
      name: 'flow',
      body: 'Sent',
      response_json: JSON.stringify({ flow_token: 'demo', ...answers }),
    },
  },
});

const toCard = ({ name, phone }: Of<'contact_card'>) => ({
  type: 'contacts',
  contacts: [
    {
      name: { formatted_name: name, first_name: name },
      phones: [{ phone, wa_id: digits(phone), type: 'CELL' }],
    },
  ],
});

const notSupported = {
  code: 131051,
  title: 'Message type unknown',
  message: 'Message type unknown',
  error_data: { details: 'Message type is currently not supported.' },
};

const toUnknown = ({ word }: Of<'unknown'>) =>
  word === 'unsupported' ? { type: word, errors: [notSupported] } : { type: word, [word]: {} };

const toNewNumber = ({ number }: Of<'new_number'>, { name, from }: InboundOn<'whatsapp'>) => ({
  type: 'system',
  system: {
    type: 'user_changed_number',
    body: `User ${name} changed from ${digits(from)} to ${digits(number)}`,
    wa_id: digits(number),
  },
});

const toContent = (inbound: InboundOn<'whatsapp'>): object => {
  const { what } = inbound;
  switch (what.type) {
    case 'message':
    case 'echo':
      return toText(inbound);
    case 'sticker':
      return {
        type: 'sticker',
        sticker: { id: `${randomInt(1e14, 2e14)}`, mime_type: 'image/webp', animated: false },
      };
    case 'button':
      return toButton(what);
    case 'order':
      return toOrder(what, inbound.text);
    case 'form':
      return toForm(what);
    case 'location': {
      const { type, ...location } = what;
      return { type, location };
    }
    case 'contact_card':
      return toCard(what);
    case 'unknown':
      return toUnknown(what);
    case 'correction': {
      const message = { type: 'text', text: { body: inbound.text } };
      return { type: 'edit', edit: { original_message_id: what.providerMessageId, message } };
    }
    case 'withdrawal':
      return { type: 'revoke', revoke: { original_message_id: what.providerMessageId } };
    case 'new_number':
      return toNewNumber(what, inbound);
  }
};

/** Buttons and forms always name the message that they belong to. */
const answers = new Set<What['type']>(['button', 'form']);

/** The parts of a message beside its id, its time and its writer. */
export const toWhatsappContent = (inbound: InboundOn<'whatsapp'>): object => {
  const { what, inReplyTo = answers.has(what.type) ? createWamid() : undefined } = inbound;
  const context = { from: demoData.meta.displayPhoneNumber, id: inReplyTo };
  return { ...toContent(inbound), ...(inReplyTo === undefined ? {} : { context }) };
};
