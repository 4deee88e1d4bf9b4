import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from '@commander-js/extra-typings';

const longestInstructions = 100_000;

export const parseInstructions = (text: string): string => {
  if (text.trim() !== '' && text.length <= longestInstructions) return text;
  throw new InvalidArgumentError(`Say something, in at most ${longestInstructions} characters.`);
};

/** The same, from a file. */
export const readInstructions = (file: string): string => {
  try {
    return parseInstructions(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    throw new InvalidArgumentError('The file cannot be read.');
  }
};
