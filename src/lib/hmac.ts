type Hash = 'SHA-1' | 'SHA-256';

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const importKey = (hash: Hash, secret: string | Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey(
    'raw',
    typeof secret === 'string' ? encode(secret) : secret,
    { name: 'HMAC', hash },
    false,
    ['verify'],
  );

/** Was the message signed with the secret? In constant time: WebCrypto compares. */
export const verifyHmac = async (
  hash: Hash,
  secret: string | Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  message: string | Uint8Array<ArrayBuffer>,
): Promise<boolean> => {
  const data = typeof message === 'string' ? encode(message) : message;
  return crypto.subtle.verify('HMAC', await importKey(hash, secret), signature, data);
};
