import type { Preference } from '../ports/webhook.ts';

// What US carriers demand: CTIA's messaging principles and 47 CFR 64.1200(a)(10).
const words: ReadonlyMap<string, Preference> = new Map([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'].map(
    (word) => [word, 'opted_out'] as const,
  ),
  ...['START', 'UNSTOP', 'YES'].map((word) => [word, 'opted_in'] as const),
]);

/** Characters; a text that is longer says more than one word, and is not searched for one. */
const longest = 40;

/**
 * What a text asks for, where it is one of the mandated words and nothing else: in any case, with any signs around it.
 * Phones add emoji, and characters that nobody sees; only letters and numbers make it another text.
 */
export const readPreference = (text: string): Preference | null => {
  const trimmed = text.trim();
  if (trimmed.length > longest) return null;
  const word = trimmed.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '').toUpperCase();
  return words.get(word.replace(/^(OPT|STOP)[\s-]+(?=OUT$|ALL$)/, '$1')) ?? null;
};
