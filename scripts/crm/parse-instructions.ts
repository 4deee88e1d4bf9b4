import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from '@commander-js/extra-typings';

const longestInstructions = 100_000;

export const parseInstructions = (text: string): string => {
  if (text.trim() !== '' && text.length <= longestInstructions) return text;
  throw new InvalidArgumentError(`Say something, in at most ${longestInstructions} characters.`);
};

const readBytes = (file: string): Uint8Array => {
  try {
    return readFileSync(file);
  } catch {
    throw new InvalidArgumentError('The file cannot be read.');
  }
};

// Read as it comes, a file in another encoding would teach the agent words with replacement characters in them.
const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidArgumentError('The file is not UTF-8: save it in that encoding.');
  }
};

/** The same, from a file. */
export const readInstructions = (file: string): string =>
  parseInstructions(decode(readBytes(file)));
