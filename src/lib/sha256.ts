import { toHex } from './bytes.ts';

/** SHA-256 of the text's UTF-8 bytes, in lower case hex. */
export const sha256Hex = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return toHex(new Uint8Array(digest));
};
