import type { Channel } from '../../ports/channel.ts';
import type { Preference } from '../../ports/inbound.ts';

/** These mean only one thing, with a word of courtesy or without. */
const clear = new Set([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'UNSUB', 'OPTOUT'],
  // Canada's carriers demand the French words. German, Swedish and Norwegian phones autocomplete STOP to the last one.
  ...['ARRET', 'STOPP'],
]);

// Carriers demand these for SMS as well: CTIA's messaging principles, 47 CFR 64.1200(a)(10), and
// https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords-required.html. On other channels, and beside other
// words, they belong to the conversation: an appointment, a basket.
const ofCarriers = new Set(['CANCEL', 'END', 'QUIT', 'REVOKE', 'REMOVE', 'TD']);

/** Opts back in. `YES` also answers questions, so it counts only where carriers demand it. */
const backIn = new Set(['START', 'UNSTOP']);

const courtesies = new Set([
  ...['PLEASE', 'PLS', 'PLZ', 'THANKS', 'THANK', 'YOU', 'THX', 'NOW', 'ALL', 'ME'],
  ...['TEXTING', 'TEXTS', 'MESSAGING', 'MESSAGES', 'SMS'],
  ...['SVP', 'MERCI', 'BITTE', 'DANKE', 'POR', 'FAVOR', 'GRACIAS'],
]);

/** Characters of the line, and of a signature under it. A longer text says more than one word. */
const longestLine = 40;
const longestSignature = 500;

// A phone's own signature, in the languages of its makers, or the two dashes of a mail program.
const phoneSignature =
  /^(?:--\s*(?:\n|$)|(?:sent (?:from|via)|get outlook|envoyé de(?:puis)?|von meinem|gesendet (?:von|mit)|enviado de(?:sde)?|inviato dal?|verzonden (?:vanaf|met)|skickat från|sendt fra)\s)/iu;

type Line = { readonly words: readonly string[]; readonly signed: 'no' | 'phone' | 'anyhow' };

// Normalises letters: full-width, bold, with or without accents. Removes emoji, and characters that nobody sees.
const toWords = (line: string): string[] =>
  line
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toUpperCase()
    .replace(/\bOPT[\s-]+(?:ME\s+)?OUT\b/g, 'OPTOUT')
    .replace(/\bREMOVE\s+ME\b/g, 'UNSUBSCRIBE')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

// The first line with words, and whether a signature stands under it, after a blank line.
const readLine = (text: string): Line | null => {
  const trimmed = text.trim();
  if (trimmed.length > longestLine + longestSignature) return null;
  const [, line = '', under = ''] = /^(.*)(?:\r?\n([\s\S]*))?$/u.exec(trimmed) ?? [];
  if (line.length > longestLine) return null;
  const words = toWords(line);
  if (under === '') return { words, signed: 'no' };
  if (phoneSignature.test(under.trimStart())) return { words, signed: 'phone' };
  return /^\s*\n\s*[^\p{Ll}\s]/u.test(under) ? { words, signed: 'anyhow' } : null;
};

const isClear = (words: readonly string[]): boolean =>
  words.some((word) => clear.has(word)) &&
  words.every((word) => clear.has(word) || courtesies.has(word));

/**
 * The word that opts out or in, if the contact typed exactly that: alone or with a word of courtesy, above a signature
 * or not. Never a sentence: beside the word, only words and signs without a meaning of their own may stand.
 */
export const readPreference = (text: string, channel: Channel): Preference | null => {
  if (channel === 'email') return null;
  const line = readLine(text);
  if (line === null) return null;
  if (isClear(line.words)) return 'opted_out';
  const [word, ...others] = line.words;
  if (word === undefined || others.length > 0 || line.signed === 'anyhow') return null;
  if (backIn.has(word)) return 'opted_in';
  if (channel !== 'sms') return null;
  if (word === 'YES') return 'opted_in';
  return ofCarriers.has(word) ? 'opted_out' : null;
};
