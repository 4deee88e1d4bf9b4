import * as z from 'zod';
import { cleanText } from '../lib/clean-text.ts';
import { verifyHmac } from '../lib/hmac.ts';
import { ownValue } from '../lib/own-value.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { ProviderWebhook, Receipt, WebhookCall, WebhookEvent } from '../ports/webhook.ts';
import { secret } from './credentials.ts';
import { failed, fine } from './failed-receipt.ts';
import { twilioVerdict } from './twilio-errors.ts';
import { type Fields, readInbound } from './twilio-inbound.ts';
import { parseVendorJson } from './webhook-body.ts';

const secrets = z.object({ authToken: secret });

const decode = ({ body }: WebhookCall): string => new TextDecoder().decode(body);

const inQuery = ({ url }: WebhookCall, name: string): string | null =>
  URL.canParse(url) ? new URL(url).searchParams.get(name) : null;

/** If the address has this, the body is JSON, and the signature covers its digest. */
const bodyDigest = (call: WebhookCall): string | null => inQuery(call, 'bodySHA256');

/** Far more than Twilio sends. Fields are counted before they are read, because reading many takes long. */
const mostParameters = 500;
const hasTooMany = (form: string): boolean =>
  form.split('&', mostParameters + 1).length > mostParameters;

// Twilio's rule for signing: names in order, each once, with each different value in order.
const signedParameters = (form: URLSearchParams): string => {
  const byName = new Map<string, Set<string>>();
  for (const [name, value] of form) {
    const values = byName.get(name) ?? new Set();
    byName.set(name, values.add(value));
  }
  return [...byName.keys()]
    .sort()
    .flatMap((name) => [...(byName.get(name) ?? [])].sort().map((value) => name + value))
    .join('');
};

// With and without the port: Twilio's products differ in which of the two they sign.
const signedUrls = (given: string): readonly string[] => {
  if (!URL.canParse(given)) return [];
  const url = new URL(given);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  url.port = '';
  return [...new Set([given, url.href, url.href.replace(url.host, `${url.host}:${port}`)])];
};

// https://www.twilio.com/docs/usage/security#validating-requests
const verify = async (credentials: unknown, call: WebhookCall): Promise<boolean> => {
  const parsed = secrets.safeParse(credentials);
  const signature = call.headers.get('x-twilio-signature');
  if (!parsed.success || signature === null) return false;
  const digest = bodyDigest(call);
  const text = decode(call);
  if (digest !== null && digest.toLowerCase() !== (await sha256Hex(text))) return false;
  if (digest === null && hasTooMany(text)) return false;
  const parameters = digest === null ? signedParameters(new URLSearchParams(text)) : '';
  const { authToken } = parsed.data;
  const verified = signedUrls(call.url).map((url) =>
    verifyHmac('SHA-1', authToken, { base64: signature }, url + parameters),
  );
  return (await Promise.all(verified)).includes(true);
};

const jsonFields = z.record(z.string(), z.string().catch(''));

const readFields = (call: WebhookCall): Fields | null => {
  const text = decode(call);
  const json = bodyDigest(call) === null ? {} : jsonFields.safeParse(parseVendorJson(text)).data;
  if (json === undefined || (bodyDigest(call) === null && hasTooMany(text))) return null;
  const form = new URLSearchParams(bodyDigest(call) === null ? text : json);
  if (!form.has('AccountSid') && !form.has('MessageSid')) return null;
  // If a name comes twice, the first value counts.
  const values = new Map([...form].toReversed());
  return (name) => cleanText(values.get(name) ?? '') || null;
};

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

const toFailure = (field: Fields) => {
  const code = field('ErrorCode');
  const message = field('ChannelStatusMessage');
  return failed({ code, message, verdict: code === null ? null : twilioVerdict(Number(code)) });
};

const toReceipt = (field: Fields, status: Receipt['status'], call: WebhookCall): Receipt[] => {
  const providerMessageId = field('MessageSid') ?? field('SmsSid');
  const messageId = inQuery(call, 'message_id');
  if (providerMessageId === null && messageId === null) return [];
  const outcome = status === 'failed' ? toFailure(field) : fine;
  return [
    { type: 'receipt', providerMessageId, messageId, status, at: call.receivedAt, ...outcome },
  ];
};

const parse = (call: WebhookCall): readonly WebhookEvent[] | null => {
  const field = readFields(call);
  if (field === null) return null;
  const word = field('MessageStatus') ?? field('SmsStatus') ?? 'received';
  if (word === 'received' || word === 'receiving') return readInbound(field, call.receivedAt);
  const status = ownValue(statuses, word);
  return status ? toReceipt(field, status, call) : [];
};

/** Receipts and messages of Twilio: https://www.twilio.com/docs/messaging/guides/webhook-request */
export const twilioWebhook: ProviderWebhook = {
  // A text of 4096 characters takes 37 KB if each is three bytes, and each byte is written as three characters.
  largestCall: 64 * 1024,
  verify,
  parse,
  // Twilio would send anything that is not TwiML to the contact (unconfirmed).
  answer: { contentType: 'text/xml', body: '<Response/>' },
};
