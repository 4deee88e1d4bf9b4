import { ownValue } from '../lib/own-value.ts';
import type { Attachment, InboundDetails, Preference } from '../ports/inbound.ts';
import type { WebhookEvent } from '../ports/webhook.ts';
import {
  attachment,
  type Content,
  emptyContent,
  inbound,
  kindOf,
  leftOut,
  unknownContent,
} from './webhook-body.ts';

/** The value of a field; null if it is missing or empty. */
export type Fields = (name: string) => string | null;

// Twilio sends a messaging service's SMS as RCS to phones that have it, and the reply comes back as RCS.
const channels = { '': 'sms', rcs: 'sms', whatsapp: 'whatsapp' } as const;

// WhatsApp's own word for the file says more than the file's type.
const kinds: Readonly<Record<string, string>> = {
  sticker: 'sticker',
  contacts: 'contact',
  'text/vcard': 'contact',
  'text/x-vcard': 'contact',
};

/** Twilio's own limit is ten. */
const mostFiles = 20;

const readFiles = (field: Fields): Attachment[] => {
  const word = ownValue(kinds, field('MessageType') ?? '');
  return Array.from({ length: mostFiles }, (_, index) => index).flatMap((index) => {
    const url = field(`MediaUrl${index}`);
    if (url === null) return [];
    const mimeType = field(`MediaContentType${index}`);
    const kind = word ?? ownValue(kinds, mimeType ?? '') ?? kindOf(mimeType);
    return [attachment(kind, { url, mimeType })];
  });
};

const readPlace = (field: Fields): Attachment[] => {
  const [latitude, longitude] = [field('Latitude'), field('Longitude')];
  if (latitude === null || longitude === null) return [];
  const name = field('Label') ?? field('Address');
  return [attachment('location', { url: `geo:${latitude},${longitude}`, name })];
};

const readReferral = (field: Fields): InboundDetails => {
  const referral = {
    type: field('ReferralSourceType'),
    id: field('ReferralSourceId'),
    headline: field('ReferralHeadline'),
    url: field('ReferralSourceUrl'),
    clickId: field('ReferralCtwaClid'),
  };
  return Object.values(referral).some((part) => part !== null) ? { referral } : {};
};

const buttonTypes = new Set(['button', 'interactive']);

// A quick reply, or a row of a list.
const readButton = (field: Fields): InboundDetails['button'] => {
  const id = field('ButtonPayload') ?? field('ListId');
  const title = field('ButtonText') ?? field('ListTitle') ?? (id && field('Body'));
  return id || title ? { id, title, description: field('ListDescription') } : undefined;
};

const readSaid = (field: Fields): Content => {
  const button = readButton(field);
  const attachments = [...readFiles(field), ...readPlace(field)];
  const text = field('Body') ?? button?.title ?? button?.id ?? null;
  const answerable = text !== null || attachments.some(({ kind }) => kind !== 'sticker');
  const type = field('MessageType') ?? 'text';
  if (!answerable && attachments.length === 0 && type !== 'text') return unknownContent(type);
  const details = button ? { button } : {};
  const typed = !button && !buttonTypes.has(type);
  return { ...emptyContent, text, typed, answerable, details, attachments };
};

const preferences: Readonly<Record<string, Preference>> = { STOP: 'opted_out', START: 'opted_in' };

/** A contact's message over one of Twilio's channels. */
export const readInbound = (field: Fields, receivedAt: number): WebhookEvent[] => {
  const [, prefix = '', from] = /^(?:(\w+):)?(.+)$/.exec(field('From') ?? '') ?? [];
  const providerMessageId = field('MessageSid') ?? field('SmsSid');
  if (!from || providerMessageId === null) return [];
  const channel = ownValue(channels, prefix);
  if (!channel) return [leftOut('channel')];
  // A group: a reply would reach only the writer (the field's name is unconfirmed).
  if (field('OtherRecipients0') !== null) return [leftOut('group')];
  if (field('MessageType') === 'reaction') return [leftOut('reaction')];
  const accounts = [field('To')?.replace(/^whatsapp:/, ''), field('MessagingServiceSid')];
  const said = readSaid(field);
  return [
    inbound({
      channel,
      accounts: accounts.flatMap((account) => account ?? []),
      from,
      name: field('ProfileName'),
      providerMessageId,
      at: receivedAt,
      repliedProviderMessageId: field('OriginalRepliedMessageSid'),
      preference: ownValue(preferences, field('OptOutType') ?? '') ?? null,
      ...said,
      details: { ...readReferral(field), ...said.details },
    }),
  ];
};
