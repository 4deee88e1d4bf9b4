import * as z from 'zod';
import { equalSecrets } from '../lib/equal-secrets.ts';
import { verifyHmac } from '../lib/hmac.ts';
import type { ProviderWebhook, WebhookCall, WebhookEvent } from '../ports/webhook.ts';
import { parseMessaging } from './meta-messaging-webhook.ts';
import { parseWhatsapp } from './meta-whatsapp-webhook.ts';

const secrets = z.object({ appSecret: z.string().min(1) });
const tokens = z.object({ verifyToken: z.string().min(1) });
const signaturePattern = /^sha256=([0-9a-f]{64})$/i;

const fromHex = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

// https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
const verify = async (credentials: unknown, { headers, body }: WebhookCall): Promise<boolean> => {
  const parsed = secrets.safeParse(credentials);
  const hex = signaturePattern.exec(headers.get('x-hub-signature-256') ?? '')?.[1];
  if (!parsed.success || hex === undefined) return false;
  return verifyHmac('SHA-256', parsed.data.appSecret, fromHex(hex), body);
};

const challenge = async (credentials: unknown, query: URLSearchParams): Promise<string | null> => {
  const parsed = tokens.safeParse(credentials);
  const given = query.get('hub.verify_token') ?? '';
  const isOurs = parsed.success && (await equalSecrets(given, parsed.data.verifyToken));
  return isOurs && query.get('hub.mode') === 'subscribe' ? query.get('hub.challenge') : null;
};

const envelope = z.object({ object: z.string(), entry: z.array(z.unknown()) });

const parseJson = ({ body }: WebhookCall): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
};

const parse = (call: WebhookCall): readonly WebhookEvent[] | null => {
  const parsed = envelope.safeParse(parseJson(call));
  if (!parsed.success) return null;
  const { object, entry } = parsed.data;
  switch (object) {
    case 'whatsapp_business_account':
      return entry.flatMap((each) => parseWhatsapp(each, call.receivedAt));
    case 'page':
      return entry.flatMap((each) => parseMessaging(each, 'facebook'));
    case 'instagram':
      return entry.flatMap((each) => parseMessaging(each, 'instagram'));
    default:
      return [];
  }
};

/** Receipts and messages of Meta's three products, signed alike. */
export const metaWebhook: ProviderWebhook = {
  verify,
  parse,
  challenge,
  answer: { contentType: 'text/plain', body: '' },
};
