import { sha256Hex } from './sha256.ts';

/** Compares in constant time, so that the time does not tell how much of a guess was right. */
export const equalSecrets = async (given: string, expected: string): Promise<boolean> => {
  const [one, other] = await Promise.all([sha256Hex(given), sha256Hex(expected)]);
  let difference = 0;
  for (let index = 0; index < one.length; index += 1) {
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  }
  return difference === 0;
};
