import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { createContactsSetup } from '../crm/contacts-setup.ts';
import { type Crm, startCrm } from '../crm/run-crm.ts';

const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

describe('a contact that was damaged on its way into the file', () => {
  let database: Database;
  let crm: Crm;
  beforeAll(async () => {
    database = await startDatabase();
    crm = await startCrm(database);
  });
  afterAll(async () => {
    await crm?.stop();
    await database?.stop();
  });
  const { importCsv, runImport, findByAddress, readAll } = createContactsSetup(() => crm);

  const importPhones = (cells: readonly string[], country?: string) =>
    importCsv(
      ['phone', ...cells.map(quote)].join('\n'),
      country === undefined ? [] : ['--country', country],
    );

  it.each([
    ['a number with .0 behind it', 'DE', '1711234567.0', '+491711234567'],
    ['a number with ,0 behind it', 'DE', '1711234568,0', '+491711234568'],
    ['a number with .00 behind it', 'DE', '1711234569.00', '+491711234569'],
    ['a whole number with .0 behind it', undefined, '+49 171 1234570.0', '+491711234570'],
    ['French pairs that end in .00', 'FR', '06.12.34.56.00', '+33612345600'],
    ['French pairs', 'FR', '06.12.34.56.01', '+33612345601'],
    ['an area code and a point', 'DE', '0171.1234571', '+491711234571'],
    ['an area code and a slash', 'DE', '0171/1234572', '+491711234572'],
    ['marks of direction', undefined, '\u202a+1 212 555 0101\u202c', '+12125550101'],
    ['a zero-width space', undefined, '+1 212\u200b 555 0102', '+12125550102'],
    ['a soft hyphen', undefined, '+1 212\u00ad555 0103', '+12125550103'],
    ['a byte order mark', undefined, '+1 212 555 0104\ufeff', '+12125550104'],
    [
      'hyphens and blanks that do not break',
      undefined,
      '+1\u00a0212\u2011555\u20110105',
      '+12125550105',
    ],
    ['wide digits', undefined, '＋１２１２５５５０１０６', '+12125550106'],
    ['Arabic digits', undefined, '+١٢١٢٥٥٥٠١٠٧', '+12125550107'],
    ['the old 1 of Mexico', undefined, '+52 1 55 1234 5678', '+525512345678'],
    ['the old 1 of Mexico, dialled from abroad', 'DE', '00521 55 1234 5679', '+525512345679'],
    ['the old 044 of Mexico', 'MX', '044 55 1234 5680', '+525512345680'],
    ["a spreadsheet's apostrophe", 'DE', "'01711234573", '+491711234573'],
    ["a spreadsheet's formula", 'DE', '="01711234574"', '+491711234574'],
    ['a link', undefined, 'tel:+49-171-1234575', '+491711234575'],
    ["Twilio's prefix", undefined, 'whatsapp:+491711234576', '+491711234576'],
    ['a code in brackets', undefined, '(+49) 171 1234577', '+491711234577'],
    ['a lost 0', 'DE', '1711234578', '+491711234578'],
  ])('is reached at the number that was meant: %s', async (_, country, cell, number) => {
    const { report } = await importPhones([cell], country);
    expect(report).toMatchObject({ imported: 1, skipped: [] });
    expect(await findByAddress(number)).toMatchObject([{ addresses: [`sms ${number}`] }]);
  });

  it.each([
    ['DE', '491711234567', /with a country code and without: write \+/],
    [
      'DE',
      '491711234567.0',
      /with a country code and without.*a spreadsheet has put \.0 behind it/,
    ],
    ['DE', '41791234567', /with a country code and without/],
    ['US', '1711234567.0', /not valid.*a spreadsheet has put \.0 behind it/],
    ['US', '491711234567', /not valid in --country: write \+/],
    ['IT', '61234567.0', /not valid.*a spreadsheet has put \.0/],
    ['DE', '1711234567.000000', /has decimals/],
    ['DE', '1711234567.5', /has decimals/],
    ['DE', '4.91711E+11', /a spreadsheet has rounded/],
    ['DE', '4,91711e+11', /a spreadsheet has rounded/],
    ['DE', '49.1711E10', /a spreadsheet has rounded/],
    ['DE', '491711000000', /ends in six zeros.*write it with blanks/],
    ['DE', '+491711000000', /ends in six zeros/],
    ['DE', '1,711,234,567', /written the phone number as an amount/],
    ['DE', '1,711,234,567.00', /written the phone number as an amount/],
    ['DE', '1.711.234.567,00', /written the phone number as an amount/],
    ['DE', '-1711234567', /begins with a minus/],
    ['DE', '+49 171 1234567 / +49 172 7654321', /several phone numbers in one cell/],
    ['DE', '0171 1234567 / 0172 7654321', /several phone numbers/],
    ['DE', '0171 1234567, 0172 7654321', /several phone numbers/],
    ['DE', '0171 1234567 oder 0172 7654321', /several phone numbers/],
    ['DE', '030 1234567/68', /several phone numbers/],
    ['DE', '+49 171 1234567 x5', /has an extension/],
    ['DE', '+49 171 1234567 ext. 5', /has an extension/],
    ['DE', '030 1234567 Durchwahl 12', /has an extension/],
    ['DE', 'tel:+49-30-1234567;ext=12', /has an extension/],
    ['DE', '+49 171 1234567,,5', /comma or semicolon/],
    ['DE', '12.05.1990', /a date/],
    ['DE', '1990-05-12', /a date/],
    ['DE', '12/05/1990 00:00', /a date/],
    ['DE', '20240512', /a date/],
    ['US', '1-800-FLOWERS', /has letters in it/],
    ['DE', 'O171 1234567', /has letters in it/],
    ['DE', 'nan', /has letters in it/],
    ['DE', '#N/A', /a spreadsheet's error/],
    ['DE', '#########', /a spreadsheet's error/],
    ['DE', '+49171XXXX567', /hides some of its digits/],
    ['DE', '+49 171 … 67', /hides some of its digits/],
    ['DE', '0171 1234567\u2800', /has U\+2800 in it/],
    ['DE', '0171 1234567²', /has U\+00B2 in it/],
    ['US', '555 0101', /too few digits/],
    ['DE', '0171 1234567 123456', /too many digits/],
    ['DE', '+999 12345678', /no country has the code/],
  ])(
    'is no stranger: with --country %s, %s is skipped and the reason said',
    async (country, cell, reason) => {
      const before = await readAll();
      const { exitCode, report } = await importPhones([cell], country);
      expect({ exitCode, skipped: report.skipped }).toEqual({
        exitCode: 1,
        skipped: [{ line: 2, reason: expect.stringMatching(reason) }],
      });
      expect(await readAll()).toBe(before);
    },
  );

  it.each([
    ['mailto:ada@example.com?subject=Hi', 'ada@example.com'],
    ['MAILTO:bob%40example.com', 'bob@example.com'],
    ['cy@example.com.', 'cy@example.com'],
    ['dee@example.com;', 'dee@example.com'],
    ["'eve@example.com", 'eve@example.com'],
    ['="flo@example.com"', 'flo@example.com'],
    ['"Gil, Jr." <gil@example.com>', 'gil@example.com'],
    ['\u202ahal@example.com\u202c', 'hal@example.com'],
    ['ida\u200b@exam\u00adple.com\ufeff', 'ida@example.com'],
    ['jo＠example．com', 'jo@example.com'],
    ["o'brien@example.com", "o'brien@example.com"],
  ])('is written to at the mailbox that was meant: %j', async (cell, mailbox) => {
    const { report } = await importCsv(`email\n${quote(cell)}`);
    expect(report).toMatchObject({ imported: 1, skipped: [] });
    expect(await findByAddress(mailbox.replace("'", '_'))).toMatchObject([
      { addresses: [`email ${mailbox}`] },
    ]);
  });

  it.each([
    ['kim@example.com; liz@example.com', /several email addresses in one cell/],
    ['kim@example.com liz@example.com', /several email addresses/],
    ['kim @example.com', /has a blank/],
    ['kim@example', /its end, such as .com, is missing/],
    ['kim..liz@example.com', /two dots in a row/],
    ['kіm@example.com', /has U\+0456 in it/],
    ['kim²@example.com', /has U\+00B2 in it/],
    ['kim\ufffd@example.com', /not in UTF-8/],
    ['kim.example.com', /has no @/],
    ['#REF!', /a spreadsheet's error/],
    ['1.5E+10', /has no @/],
  ])('is no other mailbox: %j is skipped and the reason said', async (cell, reason) => {
    const before = await readAll();
    const { report, stdout, stderr } = await importCsv(`email\n${quote(cell)}`);
    expect(report.skipped).toEqual([{ line: 2, reason: expect.stringMatching(reason) }]);
    expect(stdout + stderr).not.toMatch(/k[iі]m|liz/);
    expect(await readAll()).toBe(before);
  });

  it.each([
    ['1.23E+15', /made a number of the conversation id/],
    ['1E+15', /made a number/],
    ['48213.0', /made a number/],
    ['48213,00', /made a number/],
    ['123456789012345000', /made a number/],
    ['NULL', /word for no value/],
    ['#N/A', /word for no value/],
    ['crm_1\u200b', /has U\+200B in it, which nobody sees/],
  ])('is in no other conversation: %j is skipped', async (id, reason) => {
    const { report } = await importCsv(`email,conversation_id\nmo@example.com,${quote(id)}`);
    expect(report.skipped).toEqual([{ line: 2, reason: expect.stringMatching(reason) }]);
  });

  it.each(['v1.0', '12e5', '1234567890123450', 'a1e+15'])(
    'keeps the conversation id %s',
    async (id) => {
      const { report } = await importCsv(`email,conversation_id\n${id}@example.com,${quote(id)}`);
      expect(report).toMatchObject({ imported: 1, skipped: [] });
    },
  );

  it.each([
    ['JÃ¼rgen', /not in UTF-8/],
    ['Ren\u00c3\u00a9e', /not in UTF-8/],
    ['J?rgen', /question mark in the place of a letter/],
    ['#NAME?', /a spreadsheet's error/],
  ])('is not greeted as %s', async (name, reason) => {
    const { report } = await importCsv(`name,email\n${name},ned@example.com`);
    expect(report.skipped).toEqual([{ line: 2, reason: expect.stringMatching(reason) }]);
  });

  it('has the name that was meant, whatever it is wrapped in', async () => {
    await importCsv('name,email\n\u202aÇağla Ã\u202c,nia@example.com');
    expect(await findByAddress('nia@example.com')).toMatchObject([{ name: 'Çağla Ã' }]);
  });

  const latin1 = Buffer.from('name,email\nJürgen,oli@example.com', 'latin1');
  const utf16 = Buffer.from('name,email\nJürgen,oli@example.com', 'utf16le');
  it.each([
    ['Latin-1', latin1, /not in UTF-8: save the file as "CSV UTF-8"/],
    ['UTF-16 without its mark', utf16, /neither in UTF-8 nor in UTF-16.*save it as "CSV UTF-8"/],
    [
      'UTF-16, the other way round',
      Buffer.from([0xfe, 0xff, ...utf16.swap16()]),
      /neither in UTF-8/,
    ],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004name,email'), /is a spreadsheet/],
  ])('is not taken from a file in %s', async (_, file, reason) => {
    const before = await readAll();
    const { exitCode, stdout, stderr } = await runImport(file);
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toMatch(reason);
    expect(await readAll()).toBe(before);
  });

  it('is found again where the file that was exported names the columns in its own way', async () => {
    await importCsv(
      '\ufeffFirst Name,Last Name,E-mail\u200b\nPam,Doe,pam@example.com\nQuin,,quin@example.com',
    );
    await importCsv('Vorname;Nachname;E-Mail\nRob;Müller;rob@example.com');
    await importCsv(
      'Name;Vorname;E-Mail\nMüller;Sue;sue@example.com\nTim Müller;Tim;tim@example.com',
    );
    await importCsv(
      'Name,Given Name,Family Name,Email\nUna Doe,Una,Doe,una@example.com\n,Val,Doe,val@example.com',
    );
    const names = ['pam', 'quin', 'rob', 'sue', 'tim', 'una', 'val'];
    const found = await Promise.all(names.map((name) => findByAddress(`${name}@example.com`)));
    expect(found.map(([{ name }]) => name)).toEqual([
      'Pam Doe',
      'Quin',
      'Rob Müller',
      'Sue Müller',
      'Tim Müller',
      'Una Doe',
      'Val Doe',
    ]);
  });

  it('is refused with every name that a column may have where no name is known', async () => {
    const { exitCode, stderr } = await runImport('Rufzeichen,Wohnort\nWanda Secret,Rome');
    expect(exitCode).toBe(1);
    for (const name of [
      'phone',
      'telefonnummer',
      'cell phone',
      'e-mail',
      'first name',
      'nachname',
      'conversation_id',
    ]) {
      expect(stderr).toContain(name);
    }
    expect(stderr).not.toMatch(/wanda|rome|rufzeichen/i);
  });
});
