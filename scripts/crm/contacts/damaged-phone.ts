import { findOddity, isSpreadsheetError } from '../typed-text.ts';

type Damage = { readonly found: (text: string) => boolean; readonly problem: string };

const asText = 'format the column as text';
const matches = (pattern: RegExp) => (text: string) => pattern.test(text);

/** How many digits a part has if it can be a number of its own. */
const fullNumber = 7;
const countDigits = (text: string): number => text.replace(/\D/g, '').length;

/**
 * `+49 171 1234567 / +49 172 7654321`, and `030 1234567/68`. An area code may be separated from the number:
 * `0171/1234567`.
 */
const isSeveral = (text: string): boolean => {
  if (/\+.*\+/.test(text)) return true;
  const parts = text.split(/[/|&;,]|\s\p{L}+\s/u).map(countDigits);
  const [, ...further] = parts;
  return (
    parts.filter((digits) => digits >= fullNumber).length > 1 ||
    (text.includes('/') && further.some((digits) => digits > 0 && digits < 4))
  );
};

/** The part after the only point or comma is a fraction, unless an area code stands before it. */
const hasFraction = (text: string): boolean => /^[^.,]*\d[.,](?!0{1,2}$)(?:\d{1,2}|0+)$/.test(text);

const dates = [
  /^\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})(?:[\sT]|$)/,
  /^(?:19|20)\d\d([./-])\d{1,2}\1\d{1,2}(?:[\sT]|$)/,
  /\d:\d\d/,
] as const;

/** Checked in this order; the first that fits is reported. */
const damages: readonly Damage[] = [
  {
    found: isSpreadsheetError,
    problem: "a spreadsheet's error stands in the place of the phone number",
  },
  {
    found: matches(/^[+-]?\d[\d.,\s]*e\s*[+-]?\d+$/i),
    problem: `a spreadsheet has rounded the phone number: ${asText}`,
  },
  {
    found: matches(/[*x•_]{2,}|…|\.{2,}/i),
    problem: 'the phone number hides some of its digits',
  },
  {
    found: (text) => dates.some((date) => date.test(text)),
    problem: 'there is a date or a time in the place of the phone number',
  },
  {
    found: hasFraction,
    problem: `the phone number has decimals, as an amount has: ${asText}`,
  },
  {
    found: isSeveral,
    problem: 'there are several phone numbers in one cell: leave one',
  },
  {
    found: matches(
      /\d\s*[-;,]?\s*(?:\(?(?:ext(?:ension|n)?|x|dw|durchwahl|app(?:arat)?|int(?:ern)?|poste|ramal|anexo)[\s.:=]*|#\s*)\d{1,7}\)?$/i,
    ),
    problem: 'the phone number has an extension: leave it out, messages do not reach one',
  },
  {
    found: matches(/^\d{1,3}(?:[,']\d{3})+(?:\.\d+)?$|^\d{1,3}(?:\.\d{3})+,\d+$/),
    problem: `a spreadsheet has written the phone number as an amount: ${asText}`,
  },
  {
    found: matches(/[,;]/),
    problem:
      'the phone number has a comma or semicolon, behind which an extension or a second number stands: leave it out',
  },
  {
    found: matches(/\p{L}/u),
    problem: 'the phone number has letters in it: write it in digits',
  },
  {
    found: matches(/^-/),
    problem: `the phone number begins with a minus, as an amount does: ${asText}`,
  },
  {
    found: matches(/^\+?\d+0{6}$/),
    problem:
      'the phone number ends in six zeros or more, as a number that a spreadsheet has rounded: write it with blanks in it if it is right',
  },
];

/** The damage that a spreadsheet, a form or a person has done to a number, so that its digits cannot be trusted. */
export const findDamage = (text: string): string | undefined => {
  const damage = damages.find(({ found }) => found(text));
  if (damage) return damage.problem;
  const odd = findOddity(text, /[\d\s+()./-]/);
  return odd === null ? undefined : `the phone number has ${odd} in it, which belongs in none`;
};
