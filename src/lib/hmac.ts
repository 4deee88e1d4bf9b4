import { fromBase64 } from './bytes.ts';

type Hash = 'SHA-1' | 'SHA-256';

/** A string stands for its UTF-8 bytes. */
export type Signable =
  | string
  | Uint8Array<ArrayBuffer>
  | { readonly base64: string }
  | { readonly hex: string };

const fromHex = (text: string): Uint8Array<ArrayBuffer> => {
  if (!/^(?:[\da-f]{2})*$/i.test(text)) throw new Error('not hexadecimal');
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
};

const toBytes = (given: Signable): Uint8Array<ArrayBuffer> => {
  if (typeof given === 'string') return new TextEncoder().encode(given);
  if ('base64' in given) return fromBase64(given.base64);
  return 'hex' in given ? fromHex(given.hex) : given;
};

const importKey = (hash: Hash, secret: Signable, usage: 'sign' | 'verify') =>
  crypto.subtle.importKey('raw', toBytes(secret), { name: 'HMAC', hash }, false, [usage]);

/** The HMAC of a message. Throws if the secret is empty or not in the form that it claims. */
export const signHmac = async (hash: Hash, secret: Signable, message: Signable) => {
  const key = await importKey(hash, secret, 'sign');
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, toBytes(message)));
};

/**
 * Whether the message was signed with the secret. WebCrypto compares in constant time. A signature that cannot be
 * decoded is wrong.
 */
export const verifyHmac = async (
  hash: Hash,
  secret: Signable,
  signature: Signable,
  message: Signable,
): Promise<boolean> => {
  try {
    const key = await importKey(hash, secret, 'verify');
    return await crypto.subtle.verify('HMAC', key, toBytes(signature), toBytes(message));
  } catch {
    return false;
  }
};
