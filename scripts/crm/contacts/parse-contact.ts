import type { CountryCode } from 'libphonenumber-js/max';
import { z } from 'zod';
import { cleanText } from '../../../src/lib/clean-text.ts';
import type { Column, Header } from './parse-header.ts';
import { parsePhone } from './parse-phone.ts';
import type { Line } from './read-csv.ts';

/** As public.import_contacts takes it. */
export type Contact = {
  readonly name: string | null;
  readonly external_id: string | null;
  readonly addresses: readonly {
    readonly channel: 'sms' | 'whatsapp' | 'email';
    readonly address: string;
  }[];
};

export type ContactRules = {
  readonly country: CountryCode | undefined;
  /** A phone number is reached on WhatsApp as well. */
  readonly whatsapp: boolean;
};

export type Checked =
  | { readonly contact: Contact; readonly problem?: never }
  | { readonly problem: string; readonly contact?: never };

const longest = { name: 200, conversationId: 255, email: 320 } as const;
const email = z.email().max(longest.email);

/** What a decoder puts in the place of bytes that are no UTF-8. */
const undecodable = '\uFFFD';

/** No value that is read has one of its own: it is the lines of other people that are in there. */
const lineBreak = /[\r\n]/;

const findProblem = ({ end, values }: Line, { positions, width }: Header): string | undefined => {
  if (Object.values(positions).some((position) => lineBreak.test(values[position] ?? ''))) {
    return `a quotation mark opens there and is not closed: the lines up to line ${end} are not read`;
  }
  if (values.slice(width).some((value) => value.trim() !== '')) {
    return 'it has more values than the first line has columns';
  }
  if (values.some((value) => value.includes(undecodable))) {
    return 'it is not in UTF-8: save the file as "CSV UTF-8"';
  }
};

const tooLong = (name: string, conversationId: string): string | undefined => {
  if (name.length > longest.name) return `the name is longer than ${longest.name} characters`;
  if (conversationId.length > longest.conversationId) {
    return `the conversation id is longer than ${longest.conversationId} characters`;
  }
};

/** Checks a line as a whole: where one value is wrong nothing of it is taken. No problem names what the line says. */
export const parseContact = (line: Line, header: Header, rules: ContactRules): Checked => {
  const read = (column: Column): string => {
    const position = header.positions[column];
    return position === undefined ? '' : cleanText(line.values[position] ?? '').trim();
  };
  const [name, conversationId, mailbox] = [read('name'), read('conversationId'), read('email')];
  // An apostrophe is how a spreadsheet is told that digits are text.
  const dialled = read('phone').replace(/^'/, '');

  const problem = findProblem(line, header) ?? tooLong(name, conversationId);
  if (problem !== undefined) return { problem };
  if (dialled === '' && mailbox === '') return { problem: 'it has no phone number and no email' };
  const phone = dialled === '' ? undefined : parsePhone(dialled, rules.country);
  if (phone?.problem !== undefined) return { problem: phone.problem };
  if (mailbox !== '' && !email.safeParse(mailbox).success) {
    return { problem: 'the email address is not valid' };
  }
  const channels = rules.whatsapp ? (['sms', 'whatsapp'] as const) : (['sms'] as const);
  return {
    contact: {
      name: name || null,
      external_id: conversationId || null,
      addresses: [
        ...(phone ? channels.map((channel) => ({ channel, address: phone.number })) : []),
        ...(mailbox === '' ? [] : [{ channel: 'email' as const, address: mailbox }]),
      ],
    },
  };
};
