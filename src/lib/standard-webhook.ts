import { verifyHmac } from './hmac.ts';

/** Milliseconds. A call that was signed longer ago, or for the future, is not believed. */
const tolerance = 5 * 60_000;

type SignedCall = {
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
};

/**
 * Verifies a call that is signed as Standard Webhooks say, with Svix's names of the headers or the standard's. `secret`
 * is `whsec_` and base64. https://www.standardwebhooks.com
 */
export const verifyStandardWebhook = async (
  secret: string,
  { headers, body, receivedAt }: SignedCall,
): Promise<boolean> => {
  const prefix = headers.has('svix-id') ? 'svix' : 'webhook';
  const read = (name: string) => headers.get(`${prefix}-${name}`) ?? '';
  const timestamp = read('timestamp');
  const isFresh = Math.abs(receivedAt - Number(timestamp) * 1000) <= tolerance;
  if (!/^\d{1,12}$/.test(timestamp) || !isFresh) return false;
  const signed = new Blob([`${read('id')}.${timestamp}.`, body]);
  const message = new Uint8Array(await signed.arrayBuffer());
  const key = { base64: secret.replace(/^whsec_/, '') };
  // There are several while a secret is being exchanged. Other versions are signed in other ways.
  const signatures = read('signature').split(' ', 10);
  const verified = signatures.map(
    async (each) =>
      each.startsWith('v1,') && verifyHmac('SHA-256', key, { base64: each.slice(3) }, message),
  );
  return (await Promise.all(verified)).includes(true);
};
