import { cleanText } from '../../src/lib/clean-text.ts';

/** Marks of direction, joiners, byte order marks, selectors of a form: they are copied along, and nobody sees them. */
const unseen = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Whose plain form is something else to a reader: ², ½, ™. They stay, so that they are refused. */
const signs = /[\p{No}\p{Nl}\p{Lo}\p{Lm}\p{So}\p{Sk}]/u;

/** Without the characters that nobody sees. */
export const withoutUnseen = (text: string): string => cleanText(text).replace(unseen, '').trim();

/** An address, number or id as it was meant: copied text has characters that nobody sees, and wide or bold ones. */
export const cleanTyped = (text: string): string =>
  Array.from(withoutUnseen(text), (character) =>
    signs.test(character) ? character : character.normalize('NFKC'),
  )
    .join('')
    .trim();

/** The same of an address that may have a name before it, which keeps its form: `Acme Dental <hello@acme-dental.example>`. */
export const cleanAddress = (text: string): string => {
  const [, name = '', mailbox] = /^([^<]*)<([^<>]*)>\s*$/.exec(withoutUnseen(text)) ?? [];
  return mailbox === undefined ? cleanTyped(text) : `${name}<${cleanTyped(mailbox)}>`;
};

const toCodePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Such as `U+2800`: the first character that is none of `expected`, made visible. Null: all are. */
export const findOddity = (text: string, expected: RegExp): string | null => {
  const odd = Array.from(text).find((character) => !expected.test(character));
  return odd === undefined ? null : toCodePoint(odd);
};

const quotationMarks = /^['"‘’‚‛“”„`´]+|['"‘’‚‛“”„`´]+$/g;

/** Without what a spreadsheet or a mail program puts around a value so that it stays text: `'…`, `="…"`, quotation marks. */
export const unwrap = (text: string): string =>
  text
    .replace(/^=(?=")/, '')
    .replace(quotationMarks, '')
    .trim();

/** #N/A, #REF! and their like in any language, and ##### where a column was too narrow. */
export const isSpreadsheetError = (text: string): boolean =>
  /^#(?:#+|[\p{Lu}\d/]+[!?]?)$/u.test(text);
