import type { Channel } from '../ports/channel.ts';

/** An address as the database takes it. */
export type KeyedAddress = {
  readonly channel: Channel;
  readonly address: string;
  /** One for all spellings of the address: by it, the database finds whose it is. */
  readonly key: string;
};

/** A pattern of a whole number, and the digits that its key has in place of it. */
type Rule = readonly [pattern: RegExp, key: string];

const applyFirst = (rules: readonly Rule[], digits: string): string => {
  const [pattern, key] = rules.find(([whole]) => whole.test(digits)) ?? [];
  return pattern === undefined || key === undefined ? digits : digits.replace(pattern, key);
};

/** Countries that dial a 0 before a number at home, and where no number begins with 0: what follows it is the number. */
const zeroDialling =
  '20|27|3[123]|4[013469]|5[134578]|6[0-46]|8[1246]|9[0-58]|21[1238]|23[1-4]|243|249|25[12456]' +
  '|26[0-5]|291|35[3589]|37[0347]|38[0-35-79]|42[13]|508|59[013-68]|686|85[056]|88[06]|96[1-467]|97[01267]|99[456]';

/** Digits that are only dialled at home, and are no part of the number. */
const dialledAtHome: readonly Rule[] = [
  [new RegExp(`^(${zeroDialling})0([1-9]\\d{6,11})$`), '$1$2'],
  // North America, and Russia with Kazakhstan.
  [/^11([2-9]\d{9})$/, '1$1'],
  [/^78(\d{10})$/, '7$1'],
  // Hungary, Mexico, Lithuania, Belarus, Turkmenistan.
  [/^3606(\d{8,9})$/, '36$1'],
  [/^52(?:1|01|04[45])(\d{10})$/, '52$1'],
  [/^3708(\d{8})$/, '370$1'],
  [/^37580([234]\d{8})$/, '375$1'],
  [/^9938(\d{8})$/, '993$1'],
];

/** Argentina's area codes of three digits; Buenos Aires has 11, all others have four digits. */
const argentineAreas =
  '2(?:2[013]|3[067]|49|6[01346]|80|9[14789])|3(?:36|4[12358]|5[138]|6[24]|7[069]|8[013578])';

/**
 * Countries that gave their numbers other digits. WhatsApp may still know a number by the old ones. No old number is also
 * a new one: their lengths differ.
 */
const renumbered: readonly Rule[] = [
  // Argentina: a mobile number is dialled with a 9 before it from abroad, and with a 15 inside it at home. The plan gives
  // each ten digits out once, for phones of either kind.
  [/^549(\d{10})$/, '54$1'],
  [/^549?1115(\d{8})$/, '5411$1'],
  [new RegExp(`^549?(${argentineAreas})15(\\d{7})$`), '54$1$2'],
  [/^549?([23]\d{3})15(\d{6})$/, '54$1$2'],
  // Brazil put a 9 before its mobile numbers, which began with 6 to 9; landlines begin with 2 to 5.
  [/^(55\d\d)9([6-9]\d{7})$/, '$1$2'],
  // Benin put 01 before all numbers in 2024.
  [/^229(\d{8})$/, '22901$1'],
  // In 2021 Ivory Coast put two digits before each number. They name its operator, which the second old digit told.
  [/^225((?:0[1-3]|[457][0-3])\d{6})$/, '22501$1'],
  [/^225([04-9][4-6]\d{6})$/, '22505$1'],
  [/^225((?:[04578][7-9]|[69][78])\d{6})$/, '22507$1'],
];

/** In 2018 Vietnam replaced each mobile prefix of four digits by one of three; here they stand without the 0 before them. */
const vietnamesePrefixes: ReadonlyMap<string, string> = new Map([
  ...([
    ['120', '70'],
    ['121', '79'],
    ['122', '77'],
    ['126', '76'],
    ['128', '78'],
  ] as const),
  ...([
    ['123', '83'],
    ['124', '84'],
    ['125', '85'],
    ['127', '81'],
    ['129', '82'],
  ] as const),
  ...([
    ['162', '32'],
    ['163', '33'],
    ['164', '34'],
    ['165', '35'],
    ['166', '36'],
  ] as const),
  ...([
    ['167', '37'],
    ['168', '38'],
    ['169', '39'],
    ['186', '56'],
    ['188', '58'],
  ] as const),
  ['199', '59'],
]);

const renumberVietnam = (digits: string): string =>
  digits.replace(
    /^84(1\d\d)(?=\d{7}$)/,
    (old, prefix: string) => `84${vietnamesePrefixes.get(prefix) ?? old.slice(2)}`,
  );

/** One key for all spellings of one number. Two spellings that may be two people's keep two keys. */
const toDigitsKey = (digits: string): string => {
  const withoutAbroad = digits.replace(/^00(?=[1-9]\d{7})/, '');
  return renumberVietnam(applyFirst(renumbered, applyFirst(dialledAtHome, withoutAbroad)));
};

/** Marks that phones and sheets put around a number, and that nobody sees; and the prefix that Twilio puts before one. */
const unseen = /^whatsapp:|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

const writtenNumber = /^\s*\+?\(?[0-9][0-9\s()./\u2010-\u2015-]{3,30}$/;

const trimBlanks = (text: string): string => text.replace(/^ +/, '').replace(/(?<! ) +$/, '');

const toNumberKey = (address: string): string => {
  const seen = address.normalize('NFKC').replace(unseen, '');
  return writtenNumber.test(seen)
    ? `+${toDigitsKey(seen.replace(/\D/g, ''))}`
    : address.replace(/^whatsapp:/, '');
};

const toMailboxKey = (address: string): string => {
  const [, mailbox = address] = /<([^<>]+)>/.exec(address) ?? [];
  return trimBlanks(mailbox).toLowerCase();
};

/**
 * The address however it is spelled: a number as + and its digits, the mailbox of `Name <mailbox>` in lower case. An id
 * stays as it is: two that differ in their case alone are two people's.
 */
export const toAddressKey = (channel: Channel, address: string): string => {
  const trimmed = trimBlanks(address);
  if (channel === 'email') return toMailboxKey(trimmed);
  return channel === 'sms' || channel === 'whatsapp' ? toNumberKey(trimmed) : trimmed;
};

/** The address with its key, as every function of the database that looks for one takes it. */
export const toKeyedAddress = (channel: Channel, address: string): KeyedAddress => ({
  channel,
  address,
  key: toAddressKey(channel, address),
});
