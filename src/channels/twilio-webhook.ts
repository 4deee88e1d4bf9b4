import * as z from 'zod';
import { fromBase64, toHex } from '../lib/bytes.ts';
import { equalSecrets } from '../lib/equal-secrets.ts';
import { verifyHmac } from '../lib/hmac.ts';
import { ownValue } from '../lib/own-value.ts';
import type {
  Attachment,
  InboundMessage,
  Preference,
  ProviderWebhook,
  Receipt,
  WebhookCall,
} from '../ports/webhook.ts';
import { failed, fine } from './failed-receipt.ts';
import { twilioVerdict } from './twilio-errors.ts';

const secrets = z.object({ authToken: z.string().min(1) });

const toText = ({ body }: WebhookCall): string => new TextDecoder().decode(body);

const isForm = ({ headers }: WebhookCall): boolean =>
  (headers.get('content-type') ?? '').includes('application/x-www-form-urlencoded');

// Each name once, in order; of several values each different one, in order.
const signedParameters = (call: WebhookCall): string => {
  if (!isForm(call)) return '';
  const form = new URLSearchParams(toText(call));
  return [...new Set(form.keys())]
    .toSorted()
    .flatMap((name) => [...new Set(form.getAll(name))].toSorted().map((value) => name + value))
    .join('');
};

// Twilio signs the address with its port or without it, whichever the sending part of it writes.
const signedAddresses = (address: string): string[] => {
  const url = new URL(address);
  const port = url.protocol === 'https:' ? '443' : '80';
  if (url.port !== '') return [address, address.replace(`:${url.port}`, '')];
  return [address, address.replace(url.host, `${url.host}:${port}`)];
};

const decode = (signature: string) => {
  try {
    return fromBase64(signature);
  } catch {
    return null;
  }
};

const bodyIsSigned = async (call: WebhookCall): Promise<boolean> => {
  const expected = new URL(call.url).searchParams.get('bodySHA256');
  if (isForm(call)) return expected === null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', call.body));
  return expected !== null && equalSecrets(expected.toLowerCase(), toHex(digest));
};

// https://www.twilio.com/docs/usage/security#validating-requests
const verify = async (credentials: unknown, call: WebhookCall): Promise<boolean> => {
  const parsed = secrets.safeParse(credentials);
  const signature = decode(call.headers.get('x-twilio-signature') ?? '');
  if (!parsed.success || !signature?.length || !(await bodyIsSigned(call))) return false;
  const parameters = signedParameters(call);
  for (const address of signedAddresses(call.url)) {
    const message = address + parameters;
    if (await verifyHmac('SHA-1', parsed.data.authToken, signature, message)) return true;
  }
  return false;
};

/** Named fields, of which an empty one is none. */
type Fields = { readonly [name: string]: string | undefined };

const statuses: Readonly<Record<string, Receipt['status']>> = {
  accepted: 'sent',
  scheduled: 'sent',
  queued: 'sent',
  sending: 'sent',
  sent: 'sent',
  partially_delivered: 'sent',
  delivered: 'delivered',
  read: 'read',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
};

const toReceipt = (
  { MessageSid, SmsSid, ErrorCode, ChannelStatusMessage }: Fields,
  status: Receipt['status'],
  call: WebhookCall,
): Receipt => ({
  type: 'receipt',
  providerMessageId: MessageSid ?? SmsSid ?? null,
  messageId: new URL(call.url).searchParams.get('message_id'),
  status,
  at: call.receivedAt,
  ...(status === 'failed'
    ? failed(
        ErrorCode ? twilioVerdict(Number(ErrorCode)) : null,
        ErrorCode ?? null,
        ChannelStatusMessage ?? null,
      )
    : fine),
});

const preferences: Readonly<Record<string, Preference>> = { STOP: 'opted_out', START: 'opted_in' };

const withoutPrefix = (address: string): string => address.replace(/^whatsapp:/, '');

const toAttachments = (fields: Fields): Attachment[] =>
  Array.from({ length: Math.min(10, Number(fields.NumMedia) || 0) }, (_, index) => {
    const mimeType = fields[`MediaContentType${index}`] ?? null;
    const url = fields[`MediaUrl${index}`] ?? null;
    return { kind: mimeType?.split('/')[0] ?? 'file', id: null, url, mimeType, name: null };
  });

const toInbound = (fields: Fields, call: WebhookCall): InboundMessage | null => {
  const { From, To, MessageSid, SmsSid, MessagingServiceSid, Body, ProfileName } = fields;
  const id = MessageSid ?? SmsSid;
  if (!From || !id) return null;
  return {
    type: 'inbound',
    channel: From.startsWith('whatsapp:') ? 'whatsapp' : 'sms',
    accounts: [To, MessagingServiceSid].flatMap((account) =>
      account ? [withoutPrefix(account)] : [],
    ),
    from: withoutPrefix(From),
    otherAddress: null,
    name: ProfileName ?? null,
    providerMessageId: id,
    at: call.receivedAt,
    text: Body ?? null,
    textIsElsewhere: false,
    subject: null,
    attachments: toAttachments(fields),
    repliedProviderMessageId: fields.OriginalRepliedMessageSid ?? null,
    email: null,
    preference: ownValue(preferences, (fields.OptOutType ?? '').toUpperCase()) ?? null,
  };
};

const parse: ProviderWebhook['parse'] = (call) => {
  if (!isForm(call)) return null;
  const entries = [...new URLSearchParams(toText(call))].filter(([, value]) => value !== '');
  const fields: Fields = Object.fromEntries(entries);
  const word = fields.MessageStatus ?? fields.SmsStatus;
  if (word === undefined || word === 'received' || word === 'receiving') {
    const inbound = toInbound(fields, call);
    return inbound ? [inbound] : [];
  }
  const status = ownValue(statuses, word);
  return status && (fields.MessageSid ?? fields.SmsSid) ? [toReceipt(fields, status, call)] : [];
};

/** Receipts and messages of Twilio: https://www.twilio.com/docs/messaging/guides/webhook-request */
export const twilioWebhook: ProviderWebhook = {
  verify,
  parse,
  // Anything but TwiML would be sent to the contact as an answer.
  answer: { contentType: 'text/xml', body: '<Response/>' },
};
