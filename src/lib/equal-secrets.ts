import { sha256Hex } from './sha256.ts';

/** Compares without telling by its time how much of the secret was right. */
export const equalSecrets = async (given: string, expected: string): Promise<boolean> => {
  const [one, other] = await Promise.all([sha256Hex(given), sha256Hex(expected)]);
  let difference = 0;
  for (let index = 0; index < one.length; index += 1) {
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  }
  return difference === 0;
};
