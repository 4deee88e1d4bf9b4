import { sha256Hex } from './sha256.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 40;

export type NewApiKey = {
  /** Shown once, and stored nowhere. */
  readonly key: string;
  readonly hash: string;
  readonly displayPrefix: string;
};

// Bytes from 248 on are skipped, so that every character is equally likely.
const randomCharacters = (count: number): string => {
  let characters = '';
  while (characters.length < count) {
    for (const byte of crypto.getRandomValues(new Uint8Array(count))) {
      if (byte < 248 && characters.length < count) characters += alphabet[byte % 62];
    }
  }
  return characters;
};

/** Makes an API key: `cfy_` and 40 random base62 characters, about 238 bits. */
export const createApiKey = async (): Promise<NewApiKey> => {
  const key = `cfy_${randomCharacters(randomLength)}`;
  return { key, hash: await sha256Hex(key), displayPrefix: key.slice(0, 8) };
};
