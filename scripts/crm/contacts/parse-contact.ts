import type { CountryCode } from 'libphonenumber-js/max';
import { type KeyedAddress, toKeyedAddress } from '../../../src/lib/address-key.ts';
import { cleanText } from '../../../src/lib/clean-text.ts';
import { findDamageInId, findDamageInName, isWronglyEncoded } from './damaged-text.ts';
import { parseEmail } from './parse-email.ts';
import type { Column, Header } from './parse-header.ts';
import { parsePhone } from './parse-phone.ts';
import type { Line } from './read-csv.ts';

/** The contact, as public.import_contacts takes it. */
export type Contact = {
  readonly name: string | null;
  readonly external_id: string | null;
  readonly addresses: readonly KeyedAddress[];
};

export type ContactRules = {
  readonly country: CountryCode | undefined;
  /** A phone number is reached on WhatsApp as well. */
  readonly whatsapp: boolean;
};

export type Checked =
  | { readonly contact: Contact; readonly problem?: never }
  | { readonly problem: string; readonly contact?: never };

/** No valid value has a line break: it holds the lines of other people. */
const lineBreak = /[\r\n]/;

const findProblem = ({ end, values }: Line, { positions, width }: Header): string | undefined => {
  if (Object.values(positions).some((position) => lineBreak.test(values[position] ?? ''))) {
    return `a quotation mark opens there and is not closed: the lines up to line ${end} are not read`;
  }
  if (values.slice(width).some((value) => value.trim() !== '')) {
    return 'it has more values than the first line has columns';
  }
  if (values.some(isWronglyEncoded)) {
    return 'it is not in UTF-8: save the file as "CSV UTF-8"';
  }
};

const outerUnseen = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;

const readName = (read: (column: Column) => string): string => {
  const [name, first, last] = [read('name'), read('firstName'), read('lastName')];
  const parts = [first, last].filter((part) => part !== '').join(' ');
  if (name === '' || parts === '') return name || parts;
  // If there are `Vorname` and `Name`, the latter is the last name only.
  const hasFirst = name
    .toLowerCase()
    .split(/[\s,]+/)
    .includes(first.toLowerCase());
  return last !== '' || first === '' || hasFirst || name.includes(first)
    ? name
    : `${first} ${name}`;
};

/** Checks a whole line: one wrong value, and nothing of it is stored. Problems never repeat what the line says. */
export const parseContact = (line: Line, header: Header, rules: ContactRules): Checked => {
  const read = (column: Column): string => {
    const position = header.positions[column];
    const value = position === undefined ? '' : (line.values[position] ?? '');
    const text = cleanText(value);
    // The caller sends to this id, so it is taken as it is, or refused.
    return column === 'conversationId' ? text.trim() : text.replace(outerUnseen, '');
  };
  const [name, conversationId, dialled] = [readName(read), read('conversationId'), read('phone')];
  const problem =
    findProblem(line, header) ?? findDamageInName(name) ?? findDamageInId(conversationId);
  if (problem !== undefined) return { problem };
  if (dialled === '' && read('email') === '') {
    return { problem: 'it has no phone number and no email' };
  }
  const phone = dialled === '' ? undefined : parsePhone(dialled, rules.country);
  if (phone?.problem !== undefined) return { problem: phone.problem };
  const mailbox = read('email') === '' ? undefined : parseEmail(read('email'));
  if (mailbox?.problem !== undefined) return { problem: mailbox.problem };
  const channels = rules.whatsapp ? (['sms', 'whatsapp'] as const) : (['sms'] as const);
  return {
    contact: {
      name: name || null,
      external_id: conversationId || null,
      addresses: [
        ...(phone ? channels.map((channel) => toKeyedAddress(channel, phone.number)) : []),
        ...(mailbox ? [toKeyedAddress('email', mailbox.address)] : []),
      ],
    },
  };
};
