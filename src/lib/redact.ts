import { cleanText } from './clean-text.ts';
import { replaceQuotes } from './replace-quotes.ts';

const emailAddress = /[^\s"'<>@]+@[^\s"'<>@]+\.[^\s"'<>@]+/g;
const phoneNumber = /\+?\d(?:[\s().-]{0,3}\d){7,}/g;
const secretToken = /\b(?:cfy_|sk-|re_|EAA|IGAA|whsec_|sb_secret_|AC(?=[0-9a-f]{32}))[\w-]+/g;
const longest = 300;
/** Beyond it the patterns do not look: they take time. */
const longestRead = 2_000;
const replacement = '[redacted]';

/** Private texts as they can stand in clean words. The longest first: a text may have a name in it. */
const prepare = (privateTexts: readonly string[]): readonly string[] =>
  privateTexts
    .map((text) => cleanText(text).trim())
    .filter((text) => text.length > 3)
    .sort((a, b) => b.length - a.length);

/**
 * Makes somebody else's words fit for a log or an error: without what is known to be private here,
 * without anything that looks like an address, a number or a key, and short.
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
