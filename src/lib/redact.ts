import { cleanText } from './clean-text.ts';
import { replaceQuotes } from './replace-quotes.ts';

const emailAddress = /[^\s"'<>@]+@[^\s"'<>@]+\.[^\s"'<>@]+/g;
const phoneNumber = /\+?\d(?:[\s().-]{0,3}\d){7,}/g;
const secretToken = /\b(?:cfy_|sk-|re_|EAA|IGAA|whsec_|sb_secret_|AC(?=[0-9a-f]{32}))[\w-]+/g;
const longest = 300;
/** Characters after this are not searched, because the patterns take time. */
const longestRead = 2_000;
const replacement = '[redacted]';

/** Private texts in the form that they have in cleaned words. Longest first: a text may contain a name. */
const prepare = (privateTexts: readonly string[]): readonly string[] =>
  privateTexts
    .map((text) => cleanText(text).trim())
    .filter((text) => text.length > 3)
    .sort((a, b) => b.length - a.length);

/**
 * Makes a stranger's words fit for a log or an error: short, without the private texts known here, and without anything
 * that looks like an address, a number or a key.
 */
export const redact = (words: string, privateTexts: readonly string[] = []): string =>
  prepare(privateTexts)
    .reduce((result, text) => replaceQuotes(result, text, replacement), cleanText(words))
    .slice(0, longestRead)
    .replace(secretToken, replacement)
    .replace(emailAddress, replacement)
    .replace(phoneNumber, replacement)
    .slice(0, longest)
    .toWellFormed();
