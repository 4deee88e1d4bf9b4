import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEmail } from '../../dev/vendors/resend-request.ts';
import { quoteName, readMailbox } from '../../src/lib/mailbox.ts';

const mailbox = '<hello@acme-dental.example>';

test.each([
  ['Acme Dental', 'Acme Dental'],
  ['Acme, Inc.', '"Acme, Inc."'],
  ['"Acme, Inc."', '"Acme, Inc."'],
  ['"Acme Dental"', 'Acme Dental'],
  ['The "A" Team', '"The \\"A\\" Team"'],
  ['"A" and "B"', '"\\"A\\" and \\"B\\""'],
  ['A\\B', '"A\\\\B"'],
  ['Zahnärzte Müller', 'Zahnärzte Müller'],
])('the name %s goes out as %s', (name, quoted) => {
  expect(quoteName(`${name} ${mailbox}`)).toBe(`${quoted} ${mailbox}`);
});

test.each(['hello@acme-dental.example', mailbox, ` ${mailbox}`])('%j has no name', (text) => {
  expect(quoteName(text)).toBe('hello@acme-dental.example');
  expect(readMailbox(text)).toEqual({ address: 'hello@acme-dental.example', name: null });
});

test('any name goes out as one mailbox, and reads the same when it went out', () => {
  const name = fc
    .string({ unit: 'grapheme', maxLength: 60 })
    .filter((text) => !/[<>\p{Cc}]/u.test(text));
  fc.assert(
    fc.property(name, (given) => {
      const from = quoteName(`${given} ${mailbox}`);
      expect(quoteName(from)).toBe(from);
      const email = { from, to: 'jane@example.com', subject: 'Hello', text: 'Hello' };
      expect(readEmail(email)).toEqual(email);
      expect(readMailbox(from).address).toBe('hello@acme-dental.example');
    }),
  );
});

test.each(['Acme, Inc.', 'Acme: Team', 'Acme @ Home', 'Acme "', 'Acme (Team)', 'a@b.example,'])(
  'the double of Resend refuses the name %s without quotation marks, as mail systems do',
  (name) => {
    const email = { to: 'jane@example.com', subject: 'Hello', text: 'Hello' };
    expect(readEmail({ ...email, from: `${name} ${mailbox}` })).toMatchObject({
      name: 'invalid_from_address',
    });
  },
);
