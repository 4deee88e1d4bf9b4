import { cleanText } from './clean-text.ts';

const emailAddress = /[^\s"'<>@]+@[^\s"'<>@]+\.[^\s"'<>@]+/g;
const phoneNumber = /\+?\d(?:[\s().-]{0,3}\d){7,}/g;
const secretToken = /\b(?:cfy_|sk-|re_|EAA|IGAA|whsec_|sb_secret_|AC(?=[0-9a-f]{32}))[\w-]+/g;
const longest = 300;
/** Beyond it words are not even looked at: the patterns take time. */
const longestRead = 2_000;

/**
 * Makes somebody else's words fit for a log or an error: without what is known to be private here,
 * without anything that looks like an address, a number or a key, and short.
 */
export const redact = (words: string, privateTexts: readonly string[] = []): string => {
  const known = privateTexts
    .filter((text) => text.length > 3)
    .reduce(
      (result, text) => result.replaceAll(text, '[redacted]'),
      cleanText(words.slice(0, longestRead)),
    );
  return known
    .replace(secretToken, '[redacted]')
    .replace(emailAddress, '[redacted]')
    .replace(phoneNumber, '[redacted]')
    .slice(0, longest)
    .toWellFormed();
};
