import { z } from 'zod';
import { cleanTyped, findOddity, isSpreadsheetError, unwrap } from '../typed-text.ts';

export type Mailbox =
  | { readonly address: string; readonly problem?: never }
  | { readonly problem: string; readonly address?: never };

const longest = 320;
const email = z.email();

/** A link as mail programs copy it; its %40 is an @. */
const fromLink = (text: string): string => {
  if (!/^mailto:/i.test(text)) return text;
  const [address = ''] = text.slice('mailto:'.length).split('?');
  return address.replace(/%40/g, '@').replace(/%2b/gi, '+');
};

/** `Jane Doe <jane@example.com>`, if there is one. */
const withoutName = (text: string): string => /^[^<>]*<([^<>]*)>$/.exec(text)?.[1] ?? text;

const cleanMailbox = (text: string): string => {
  const mailbox = unwrap(fromLink(withoutName(unwrap(cleanTyped(text)))));
  // The end of the sentence or list that it was copied from.
  return mailbox.replace(/[.,;:\s]+$/, '');
};

const explain = (mailbox: string): string => {
  const odd = findOddity(mailbox, /[\x20-\x7e]/);
  if (odd !== null) return `it has ${odd} in it, where only letters without accents can be`;
  if (!mailbox.includes('@')) return 'it has no @';
  if (/\s/.test(mailbox)) return 'it has a blank in it';
  if (!/@.+\.[a-z]{2,}$/i.test(mailbox)) return 'its end, such as .com, is missing';
  return mailbox.includes('..')
    ? 'it has two dots in a row'
    : 'it has a character that belongs in none';
};

/** The mailbox alone, which messages are sent to. */
export const parseEmail = (text: string): Mailbox => {
  const mailbox = cleanMailbox(text);
  if (isSpreadsheetError(mailbox)) {
    return { problem: "a spreadsheet's error stands in the place of the email address" };
  }
  if (mailbox.split('@').length > 2) {
    return { problem: 'there are several email addresses in one cell: leave one' };
  }
  if (mailbox.length > longest)
    return { problem: `the email address is longer than ${longest} characters` };
  return email.safeParse(mailbox).success
    ? { address: mailbox }
    : { problem: `the email address is not valid: ${explain(mailbox)}` };
};
