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

// A file in another encoding would otherwise give the agent words with replacement characters.
const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidArgumentError('The file is not UTF-8: save it in that encoding.');
  }
};

/** The same, read from a file. */
export const readInstructions = (file: string): string =>
  parseInstructions(decode(readBytes(file)));
