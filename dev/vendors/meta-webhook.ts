import { createHmac, randomBytes } from 'node:crypto';
import { demoData } from '../demo-data.ts';
import type { SignedRequest } from './webhook.ts';

const { appSecret, phoneNumberId, displayPhoneNumber, pageId, instagramId } = demoData.meta;
const businessAccountId = '100000000000009';

export type MessagingChannel = 'facebook' | 'instagram';

export const accountIds = { facebook: pageId, instagram: instagramId } as const;

export const createWamid = (): string => `wamid.${randomBytes(24).toString('base64')}`;

export const createMid = (channel: MessagingChannel): string =>
  `${channel === 'instagram' ? 'aWdfZ' : 'm_'}${randomBytes(24).toString('base64url')}`;

const momentOf = (at: string | undefined): number =>
  at === undefined ? Date.now() : Date.parse(at);

/** The given ISO 8601 time, or now. */
export const unixSeconds = (at?: string): string => `${Math.floor(momentOf(at) / 1000)}`;

/** A call that Meta signs: HMAC-SHA256 over the bytes, in which every character beyond ASCII is escaped. */
const signMeta = (url: string, payload: object): SignedRequest => {
  const body = JSON.stringify(payload).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const signature = createHmac('sha256', appSecret).update(body).digest('hex');
  return {
    url,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body,
  };
};

/** An event on the account's WhatsApp number: `messages` with `contacts`, `statuses`, or `message_echoes`. */
export const toWhatsappCall = (
  url: string,
  happened: object,
  field: 'messages' | 'smb_message_echoes' = 'messages',
): SignedRequest => {
  const metadata = { display_phone_number: displayPhoneNumber, phone_number_id: phoneNumberId };
  const value = { messaging_product: 'whatsapp', metadata, ...happened };
  const entry = [{ id: businessAccountId, changes: [{ value, field }] }];
  return signMeta(url, { object: 'whatsapp_business_account', entry });
};

/** One event of a Facebook page or an Instagram account; times are milliseconds since 1970. */
export const toMessagingCall = (
  url: string,
  channel: MessagingChannel,
  event: {
    readonly sender: string;
    readonly recipient: string;
    readonly content: object;
    /** ISO 8601; now by default. */
    readonly at?: string | undefined;
  },
): SignedRequest => {
  const messaging = {
    sender: { id: event.sender },
    recipient: { id: event.recipient },
    timestamp: momentOf(event.at),
    ...event.content,
  };
  const object = channel === 'facebook' ? 'page' : 'instagram';
  const entry = [{ id: accountIds[channel], time: Date.now(), messaging: [messaging] }];
  return signMeta(url, { object, entry });
};
