import { createHmac } from 'node:crypto';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';

type WebhookRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

const { connectionIds, contact, twilio, meta, resend } = demoData;
const hmac = (hash: string, key: string | Buffer, message: string) =>
  createHmac(hash, key).update(message);

/** Any form of Twilio's, signed with the public address, query included. */
export const twilioCall = (
  fields: Readonly<Record<string, string>>,
  query = '',
  address = `/webhooks/twilio/${connectionIds.twilio}`,
): WebhookRequest => {
  const path = `${address}${query}`;
  const signed = Object.keys(fields)
    .toSorted()
    .map((name) => `${name}${fields[name]}`);
  const signature = hmac('sha1', twilio.authToken, `${publicUrl}${path}${signed.join('')}`);
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature.digest('base64'),
    },
    body: new URLSearchParams(fields).toString(),
  };
};

/** A text from this person to the demo's number. */
export const smsCallFrom = (from: string, text: string, id: string): WebhookRequest =>
  twilioCall(
    {
      AccountSid: twilio.accountSid,
      Body: text,
      From: from,
      MessageSid: id,
      NumMedia: '0',
      To: twilio.phoneNumber,
    },
    '?source=number',
  );

/** The same from the demo's contact. */
export const smsCall = (text: string, id: string): WebhookRequest =>
  smsCallFrom(contact.phone, text, id);

/** Any payload of Meta's, signed over its bytes. */
export const metaCall = (payload: object, body = JSON.stringify(payload)): WebhookRequest => {
  const signature = hmac('sha256', meta.appSecret, body).digest('hex');
  return {
    method: 'POST',
    path: `/webhooks/meta/${connectionIds.meta}`,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body,
  };
};

export const challengeCall = (verifyToken: string): WebhookRequest => ({
  method: 'GET',
  path: `/webhooks/meta/${connectionIds.meta}?hub.mode=subscribe&hub.verify_token=${verifyToken}&hub.challenge=1158201444`,
  headers: {},
  body: null,
});

/** Any payload of Resend's, signed at that time (seconds since 1970). */
export const resendCall = (payload: object, id: string, at: number): WebhookRequest => {
  const body = JSON.stringify(payload);
  const secret = Buffer.from(resend.webhookSecret.replace('whsec_', ''), 'base64');
  const signature = hmac('sha256', secret, `${id}.${at}.${body}`).digest('base64');
  return {
    method: 'POST',
    path: `/webhooks/resend/${connectionIds.resend}`,
    headers: {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': String(at),
      'svix-signature': `v1,${signature}`,
    },
    body,
  };
};
