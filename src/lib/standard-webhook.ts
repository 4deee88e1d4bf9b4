import { fromBase64 } from './bytes.ts';
import { verifyHmac } from './hmac.ts';

/** Milliseconds: an older or a later call is not believed. */
const tolerance = 5 * 60_000;

type Signed = {
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
};

const readBase64 = (text: string): Uint8Array<ArrayBuffer> | null => {
  try {
    return fromBase64(text);
  } catch {
    return null;
  }
};

const concat = (head: string, body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  const start = new TextEncoder().encode(head);
  const whole = new Uint8Array(start.length + body.length);
  whole.set(start);
  whole.set(body, start.length);
  return whole;
};

/** Verifies a call signed as Standard Webhooks, which Svix signs as well. `secret` is `whsec_` and base64. https://www.standardwebhooks.com */
export const verifyStandardWebhook = async (
  secret: string,
  { headers, body, receivedAt }: Signed,
): Promise<boolean> => {
  const read = (name: string) =>
    headers.get(`svix-${name}`) ?? headers.get(`webhook-${name}`) ?? '';
  const [id, timestamp] = [read('id'), read('timestamp')];
  const key = readBase64(secret.replace(/^whsec_/, ''));
  if (!key?.length || id === '' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(receivedAt - Number(timestamp) * 1000) > tolerance) return false;
  const message = concat(`${id}.${timestamp}.`, body);
  for (const part of read('signature').split(' ').slice(0, 10)) {
    const signature = part.startsWith('v1,') ? readBase64(part.slice(3)) : null;
    if (signature && (await verifyHmac('SHA-256', key, signature, message))) return true;
  }
  return false;
};
