import type { Preference } from '../ports/webhook.ts';

// What US carriers demand, https://www.ctia.org messaging principles and 47 CFR 64.1200(a)(10).
const words: ReadonlyMap<string, Preference> = new Map([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT', 'OPT OUT'].map(
    (word) => [word, 'opted_out'] as const,
  ),
  ...['START', 'UNSTOP', 'YES'].map((word) => [word, 'opted_in'] as const),
]);

/** What a text asks for, where it is one of the mandated words and nothing else; in any case, whatever is around it. */
export const readPreference = (text: string): Preference | null => {
  const word = text.replace(/^[\s\p{P}]+|[\s\p{P}]+$/gu, '').toUpperCase();
  return words.get(word.replace(/[\s-]+/g, ' ')) ?? null;
};
