import type { CredentialsVault } from '../ports/credentials-vault.ts';
import { fromBase64, toBase64Url, toHex } from './bytes.ts';
import { remember } from './remember.ts';

const ivLength = 12;
/** More connections than one instance uses at a time. */
const mostRemembered = 200;

type SealingKey = { readonly id: string; readonly key: CryptoKey };

const importKey = async (encoded: string): Promise<SealingKey> => {
  const bytes = fromBase64(encoded);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return { id: toHex(digest.subarray(0, 4)), key };
};

const parseEnvelope = (envelope: string) => {
  const [version, keyId, iv, sealed, ...rest] = envelope.split('.');
  if (version !== 'v1' || !keyId || !iv || !sealed || rest.length > 0) {
    throw new Error('the credentials are not a sealed envelope');
  }
  return { keyId, iv: fromBase64(iv), sealed: fromBase64(sealed) };
};

const algorithm = (iv: Uint8Array<ArrayBuffer>, connectionId: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(connectionId),
});

/**
 * AES-256-GCM with the connection's id as associated data. The envelope is
 * `v1.<key id>.<iv>.<ciphertext and tag>`, so that keys can be exchanged one connection at a time.
 * `keys` are base64 of 32 bytes each: the first one seals, every one opens.
 */
export const createCredentialsVault = (keys: readonly string[]): CredentialsVault => {
  let imported: SealingKey[] | undefined;
  const importOnce = async () => {
    imported ??= await Promise.all(keys.map(importKey));
    return imported;
  };

  const openOnce = remember(mostRemembered, async (place) => {
    const [connectionId = '', envelope = ''] = place.split(' ');
    const { keyId, iv, sealed } = parseEnvelope(envelope);
    const opening = (await importOnce()).find(({ id }) => id === keyId);
    if (!opening) throw new Error(`no key of CREDENTIALS_KEY has the id ${keyId}`);
    const plain = await crypto.subtle.decrypt(algorithm(iv, connectionId), opening.key, sealed);
    const credentials: unknown = JSON.parse(new TextDecoder().decode(plain));
    return credentials;
  });

  return {
    async seal(credentials, connectionId) {
      const [sealing] = await importOnce();
      if (!sealing) throw new Error('there is no key to seal credentials with');
      const iv = crypto.getRandomValues(new Uint8Array(ivLength));
      const plain = new TextEncoder().encode(JSON.stringify(credentials));
      const sealed = await crypto.subtle.encrypt(algorithm(iv, connectionId), sealing.key, plain);
      return ['v1', sealing.id, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join('.');
    },

    open: (envelope, connectionId) => openOnce(`${connectionId} ${envelope}`),
  };
};
