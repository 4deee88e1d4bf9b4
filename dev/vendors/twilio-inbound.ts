import { randomBytes } from 'node:crypto';
import { demoData } from '../demo-data.ts';
import type { Inbound, InboundAttachment, InboundOn } from './inbound-schema.ts';
import { toTwilioCall } from './twilio-call.ts';
import type { TwilioParameters } from './twilio-receipt.ts';
import { countSegments } from './twilio-segments.ts';
import { optOutTypeOf } from './twilio-stops.ts';
import type { Letter } from './webhook.ts';

// twilio.com/docs/messaging/guides/webhook-request; names of WhatsApp and opting out as seen in real calls.

const { accountSid, phoneNumber } = demoData.twilio;

const optOutOf = (text: string): TwilioParameters => {
  const type = optOutTypeOf(text);
  return type === undefined ? {} : { OptOutType: type };
};

const mediaOf = (attachments: readonly InboundAttachment[]): TwilioParameters =>
  Object.fromEntries(
    attachments.flatMap(({ url, mimeType }, index) => [
      [`MediaUrl${index}`, url],
      [`MediaContentType${index}`, mimeType],
    ]),
  );

const common = (sid: string, { text, attachments }: Inbound): TwilioParameters => ({
  AccountSid: accountSid,
  ApiVersion: '2010-04-01',
  Body: text,
  MessageSid: sid,
  NumMedia: `${attachments.length}`,
  SmsMessageSid: sid,
  SmsSid: sid,
  SmsStatus: 'received',
  ...mediaOf(attachments),
});

const toMedia = (mimeType: string): TwilioParameters => ({
  NumMedia: '1',
  MediaUrl0: 'https://api.twilio.com/2010-04-01/media',
  MediaContentType0: mimeType,
});

/** Replaces the text and the files; null: these stay. */
const specialOf = ({ what }: Inbound): TwilioParameters | null => {
  switch (what.type) {
    case 'sticker':
      return { Body: '', MessageType: 'sticker', ...toMedia('image/webp') };
    case 'button':
      return {
        Body: what.title,
        MessageType: what.of === 'template' ? 'button' : 'interactive',
        ...(what.of === 'list'
          ? { ListId: what.id, ListTitle: what.title, ListDescription: what.description ?? '' }
          : { ButtonPayload: what.id, ButtonText: what.title }),
      };
    case 'location': {
      const { latitude, longitude, name } = what;
      const label = name === undefined ? {} : { Label: name };
      const place = { Latitude: `${latitude}`, Longitude: `${longitude}`, ...label };
      return { Body: '', MessageType: 'location', ...place };
    }
    case 'contact_card':
      return { Body: '', MessageType: 'contacts', ...toMedia('text/vcard') };
    case 'unknown':
      return { Body: '', MessageType: what.word };
    default:
      return null;
  }
};

// Twilio sends the names of places even if it does not know them.
const ofSms = ({ from, to, text, rcs }: InboundOn<'sms'>): TwilioParameters => ({
  From: from,
  FromCity: '',
  FromCountry: 'US',
  FromState: '',
  FromZip: '',
  NumSegments: `${countSegments(text)}`,
  To: to,
  ToCity: '',
  ToCountry: 'US',
  ToState: '',
  ToZip: '',
  ...(rcs === undefined
    ? {}
    : {
        From: `rcs:${from}`,
        To: `rcs:${rcs.agent}`,
        MessagingServiceSid: rcs.messagingServiceSid,
      }),
});

const ofWhatsapp = (inbound: InboundOn<'whatsapp'>): TwilioParameters => {
  const { from, name, attachments, inReplyTo } = inbound;
  return {
    From: `whatsapp:${from}`,
    MessageType: attachments[0]?.kind ?? 'text',
    NumSegments: '1',
    ProfileName: name,
    ReferralNumMedia: '0',
    To: `whatsapp:${phoneNumber}`,
    WaId: from.replace('+', ''),
    ...(inReplyTo === undefined
      ? {}
      : {
          OriginalRepliedMessageSender: `whatsapp:${phoneNumber}`,
          OriginalRepliedMessageSid: inReplyTo,
        }),
  };
};

/** An SMS, MMS or WhatsApp message as Twilio passes it on. */
export const writeTwilio = (
  inbound: InboundOn<'sms'> | InboundOn<'whatsapp'>,
  url: string,
): Letter => {
  const prefix = inbound.attachments.length > 0 ? 'MM' : 'SM';
  const sid = `${prefix}${randomBytes(16).toString('hex')}`;
  const own = inbound.channel === 'sms' ? ofSms(inbound) : ofWhatsapp(inbound);
  return {
    providerMessageId: sid,
    call: toTwilioCall(url, {
      ...common(sid, inbound),
      ...own,
      // The business wrote a button's title, not the contact.
      ...(specialOf(inbound) ?? optOutOf(inbound.text)),
    }),
  };
};
