import parseNumber, { type CountryCode } from 'libphonenumber-js/max';

export type Phone =
  | { readonly number: string; readonly problem?: never }
  | { readonly problem: string; readonly number?: never };

/** Excel's way with long numbers, which loses their end. */
const rounded = /^\+?\d(?:[.,]\d+)?e\+?\d+$/i;

const isLocal = (text: string): boolean => !/^(?:tel:)?\+/.test(text);

/** In E.164. A number without + is one of `country`; it is not guessed at where nobody says which. */
export const parsePhone = (text: string, country: CountryCode | undefined): Phone => {
  if (rounded.test(text)) {
    return { problem: 'a spreadsheet has rounded the phone number: format the column as text' };
  }
  if (country === undefined && isLocal(text)) {
    return {
      problem: 'the phone number does not begin with +: say its country, such as --country DE',
    };
  }
  const number = parseNumber(text, {
    ...(country === undefined ? {} : { defaultCountry: country }),
    extract: false,
  });
  if (!number?.isValid()) return { problem: 'the phone number is not valid' };
  if (number.ext !== undefined) return { problem: 'the phone number has an extension' };
  return { number: number.number };
};
