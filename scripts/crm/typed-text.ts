import { cleanText } from '../../src/lib/clean-text.ts';

/** Marks of direction, joiners, byte order marks, variation selectors: they are copied along, and nobody sees them. */
const unseen = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Characters whose plain form reads differently: ², ½, ™. They stay, so that they are refused. */
const signs = /[\p{No}\p{Nl}\p{Lo}\p{Lm}\p{So}\p{Sk}]/u;

/** The text without invisible characters. */
export const withoutUnseen = (text: string): string => cleanText(text).replace(unseen, '').trim();

/** An address, number or id as it was meant: copied text has invisible characters, and wide or bold ones. */
export const cleanTyped = (text: string): string =>
  Array.from(withoutUnseen(text), (character) =>
    signs.test(character) ? character : character.normalize('NFKC'),
  )
    .join('')
    .trim();

/**
 * The same for an address that may have a name before it, which keeps its form: `Acme Dental
 * <hello@acme-dental.example>`.
 */
export const cleanAddress = (text: string): string => {
  const [, name = '', mailbox] = /^([^<]*)<([^<>]*)>\s*$/.exec(withoutUnseen(text)) ?? [];
  return mailbox === undefined ? cleanTyped(text) : `${name}<${cleanTyped(mailbox)}>`;
};

const toCodePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The first character that is not in `expected`, made visible as `U+2800`. Null: all are. */
export const findOddity = (text: string, expected: RegExp): string | null => {
  const odd = Array.from(text).find((character) => !expected.test(character));
  return odd === undefined ? null : toCodePoint(odd);
};

const quotationMarks = /^['"‘’‚‛“”„`´]+|['"‘’‚‛“”„`´]+$/g;

/** Removes what a spreadsheet or a mail program puts around a value to keep it text: `'…`, `="…"`, quotation marks. */
export const unwrap = (text: string): string =>
  text
    .replace(/^=(?=")/, '')
    .replace(quotationMarks, '')
    .trim();

/** #N/A, #REF! and similar words in any language, and ##### from a column that was too narrow. */
export const isSpreadsheetError = (text: string): boolean =>
  /^#(?:#+|[\p{Lu}\d/]+[!?]?)$/u.test(text);
