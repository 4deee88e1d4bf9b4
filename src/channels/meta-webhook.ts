import * as z from 'zod';
import { equalSecrets } from '../lib/equal-secrets.ts';
import { verifyHmac } from '../lib/hmac.ts';
import type { ProviderWebhook, WebhookCall, WebhookEvent } from '../ports/webhook.ts';
import { secret } from './credentials.ts';
import { parseMessaging } from './meta-messaging-webhook.ts';
import { parseWhatsapp } from './meta-whatsapp-webhook.ts';
import { parseVendorJson } from './webhook-body.ts';

const secrets = z.object({ appSecret: secret });
const tokens = z.object({ verifyToken: secret });

// https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
const verify = async (credentials: unknown, { headers, body }: WebhookCall): Promise<boolean> => {
  const parsed = secrets.safeParse(credentials);
  const hex = /^sha256=(.+)$/.exec(headers.get('x-hub-signature-256') ?? '')?.[1];
  if (!parsed.success || hex === undefined) return false;
  return verifyHmac('SHA-256', parsed.data.appSecret, { hex }, body);
};

const challenge = async (credentials: unknown, query: URLSearchParams): Promise<string | null> => {
  const parsed = tokens.safeParse(credentials);
  const given = query.get('hub.verify_token') ?? '';
  const isOurs = parsed.success && (await equalSecrets(given, parsed.data.verifyToken));
  return isOurs && query.get('hub.mode') === 'subscribe' ? query.get('hub.challenge') : null;
};

const envelope = z.object({ object: z.string(), entry: z.array(z.unknown()) });

const parse = ({ body, receivedAt }: WebhookCall): readonly WebhookEvent[] | null => {
  const parsed = envelope.safeParse(parseVendorJson(new TextDecoder().decode(body)));
  if (!parsed.success) return null;
  const { object, entry } = parsed.data;
  if (object === 'whatsapp_business_account') return parseWhatsapp(entry, receivedAt);
  if (object === 'page') return parseMessaging(entry, 'facebook', receivedAt);
  return object === 'instagram' ? parseMessaging(entry, 'instagram', receivedAt) : [];
};

/** Receipts and messages of Meta's three products, which are signed in the same way. */
export const metaWebhook: ProviderWebhook = {
  // Up to 1000 events in up to 3 MB. If we refuse a call for days, Meta drops it with all its events.
  // https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
  largestCall: 4 * 1024 * 1024,
  verify,
  parse,
  challenge,
  answer: { contentType: 'text/plain', body: '' },
  watermarks: ['facebook', 'instagram'],
};
