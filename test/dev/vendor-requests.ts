import { demoData } from '../../dev/demo-data.ts';
import type { Vendors } from '../../dev/vendors/index.ts';

export type VendorRequest = {
  readonly path: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const { twilio, meta, resend, contact } = demoData;

export const twilioForm = {
  To: contact.phone,
  From: twilio.phoneNumber,
  Body: 'Hello Jane 👋',
  StatusCallback: 'https://crm.example.com/webhooks/twilio/1?message_id=msg_1',
} as const;

export const twilioRequest = (form: Readonly<Record<string, string>> = twilioForm) =>
  ({
    path: `/api.twilio.com/2010-04-01/Accounts/${twilio.accountSid}/Messages.json`,
    headers: {
      authorization: `Basic ${btoa(`${twilio.accountSid}:${twilio.authToken}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  }) satisfies VendorRequest;

const bearer = (token: string) => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
});

export const whatsappBody = {
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to: '15005550101',
  type: 'text',
  text: { body: 'Hello Jane 👋' },
  biz_opaque_callback_data: 'msg_1',
} as const;

export const whatsappRequest = (body: object = whatsappBody) =>
  ({
    path: `/graph.facebook.com/v23.0/${meta.phoneNumberId}/messages`,
    headers: bearer(meta.accessToken),
    body: JSON.stringify(body),
  }) satisfies VendorRequest;

export const messengerBody = {
  recipient: { id: contact.messengerUserId },
  messaging_type: 'RESPONSE',
  message: { text: 'Hello Jane 👋' },
} as const;

export const messengerRequest = (body: object = messengerBody) =>
  ({
    path: `/graph.facebook.com/v23.0/${meta.pageId}/messages`,
    headers: bearer(meta.accessToken),
    body: JSON.stringify(body),
  }) satisfies VendorRequest;

export const instagramBody = {
  recipient: { id: contact.instagramUserId },
  message: { text: 'Hello Jane 👋' },
} as const;

export const instagramRequest = (body: object = instagramBody) =>
  ({
    path: `/graph.instagram.com/v23.0/${meta.instagramId}/messages`,
    headers: bearer(meta.instagramAccessToken),
    body: JSON.stringify(body),
  }) satisfies VendorRequest;

export const emailBody = {
  from: resend.from,
  to: [contact.email],
  subject: 'Your appointment',
  text: 'Hello Jane 👋',
  html: '<p>Hello Jane 👋</p>',
  tags: [{ name: 'message_id', value: 'msg_1' }],
} as const;

export const emailRequest = (body: object = emailBody, idempotencyKey?: string) =>
  ({
    path: '/api.resend.com/emails',
    headers: {
      ...bearer(resend.apiKey),
      'user-agent': 'crm-api-tests',
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: JSON.stringify(body),
  }) satisfies VendorRequest;

/** Makes the request for real; one without a body becomes a GET. */
export const send = (
  { origin }: Vendors,
  { path, method = 'POST', headers, body }: VendorRequest,
  init: RequestInit = {},
): Promise<Response> =>
  fetch(`${origin}${path}`, { method, headers, ...(method === 'GET' ? {} : { body }), ...init });
