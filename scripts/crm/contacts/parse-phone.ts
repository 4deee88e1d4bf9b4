import parseNumber, {
  type CountryCode,
  type PhoneNumber,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max';
import { cleanTyped, unwrap } from '../typed-text.ts';
import { findDamage } from './damaged-phone.ts';

export type Phone =
  | { readonly number: string; readonly problem?: never }
  | { readonly problem: string; readonly number?: never };

const scheme = /^(?:tel|callto|sms|whatsapp):(?:\/\/)?/i;

/** Arabic and Persian digits. */
const toLatinDigit = (digit: string): string => String((digit.codePointAt(0) ?? 0) % 16);

const cleanDialled = (text: string): string =>
  unwrap(cleanTyped(text))
    .replace(scheme, '')
    .replace(/%2b/gi, '+')
    .replace(/%20/g, ' ')
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/^\(\+(\d+)\)/, '+$1 ')
    .replace(/[\u0660-\u0669\u06F0-\u06F9]/g, toLatinDigit)
    .trim();

/** A number as a spreadsheet or program writes it, `1711234567.0`. The points in `01.23.45.67.00` are a person's. */
const fraction = /^([^.,]*\d)[.,]0{1,2}$/;

const parse = (text: string, country: CountryCode | undefined): PhoneNumber | undefined => {
  const options = { ...(country === undefined ? {} : { defaultCountry: country }), extract: false };
  const number = parseNumber(text, options);
  // Until 2019, Mexico had a 1 before mobile numbers, and 01, 044 or 045 when they were dialled inside the country.
  const [, mexican] = /^\+52(?:1|01|044|045)(\d{10})$/.exec(number?.number ?? '') ?? [];
  return mexican === undefined ? number : parseNumber(`+52${mexican}`, { extract: false });
};

/** By libphonenumber's words for the problem. */
const lengths: ReadonlyMap<string, string> = new Map([
  ['TOO_SHORT', 'it has too few digits'],
  ['TOO_LONG', 'it has too many digits'],
  ['INVALID_LENGTH', 'it has too few digits or too many'],
  ['INVALID_COUNTRY', 'no country has the code that it begins with'],
]);

const explainInvalid = (text: string, country: CountryCode | undefined): string => {
  const isForeign =
    country !== undefined && parse(`+${text.replace(/\D/g, '')}`, undefined)?.isValid();
  if (isForeign && !text.includes('+')) {
    return 'the phone number is not valid in --country: write + before it if it has its country code';
  }
  const length = validatePhoneNumberLength(text, country) ?? '';
  return `the phone number is not valid: ${lengths.get(length) ?? 'no number of its country is like it'}`;
};

const isDate = (digits: string): boolean =>
  /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(digits);

/**
 * For digits without + and without their country's trunk 0 that are also a number with a country code. A foreign number
 * is considered only if the domestic one is not a mobile number, because all other numbers of a country fit some code.
 */
const findDoubt = (text: string, number: PhoneNumber): string | undefined => {
  const digits = text.replace(/\D/g, '');
  if (text.includes('+') || digits.startsWith('0')) return undefined;
  const lacksTrunk = number.formatNational().replace(/\D/g, '') !== digits;
  if (lacksTrunk && isDate(digits)) {
    return 'there is a date in the place of the phone number, or its first 0 is lost';
  }
  const other = parse(`+${digits}`, undefined);
  if (!other?.isValid() || other.number === number.number) return undefined;
  if (other.country !== number.country && !(lacksTrunk && number.getType() !== 'MOBILE')) {
    return undefined;
  }
  return 'the phone number can be read with a country code and without: write + before the code, or the first 0';
};

const read = (text: string, country: CountryCode | undefined): Phone => {
  if (country === undefined && !text.startsWith('+')) {
    return {
      problem: 'the phone number does not begin with +: say its country, such as --country DE',
    };
  }
  const number = parse(text, country);
  if (!number?.isValid()) return { problem: explainInvalid(text, country) };
  if (number.ext !== undefined) return { problem: 'the phone number has an extension' };
  const doubt = findDoubt(text, number);
  return doubt === undefined ? { number: number.number } : { problem: doubt };
};

/** Returns E.164. A number without + belongs to `country`. It is not guessed if no country is given, or if it can be two. */
export const parsePhone = (text: string, country: CountryCode | undefined): Phone => {
  const dialled = cleanDialled(text);
  const [, whole] = fraction.exec(dialled) ?? [];
  const digits = whole ?? dialled;
  const damage = findDamage(digits);
  const phone = damage === undefined ? read(digits, country) : { problem: damage };
  if (whole === undefined || phone.problem === undefined) return phone;
  return {
    problem: `${phone.problem}; a spreadsheet has put .0 behind it: format the column as text`,
  };
};
