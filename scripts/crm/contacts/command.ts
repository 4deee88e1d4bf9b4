import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { type CrmIo, openSession, type Session } from '../context.ts';
import { findAccount } from '../find-account.ts';
import { type Program, stopWith } from '../program.ts';
import { openList } from './conversation-list.ts';
import { importLines } from './import-file.ts';
import { columnsHelp } from './parse-header.ts';
import { readCsv } from './read-csv.ts';
import { rekeyAddresses } from './rekey.ts';
import { createReport, printReport } from './report.ts';

const parseCountry = (text: string): CountryCode => {
  const country = text.toUpperCase();
  if (isSupportedCountry(country)) return country;
  throw new InvalidArgumentError('Say a country of two letters, such as DE, US or BR.');
};

/** Opened first, so that a wrong path is reported before anything else happens. */
const openFile = async (session: Session, path: string): Promise<Readable> => {
  if (path === '-') return session.stdin;
  // A folder can be opened like a file, and fails only when it is read.
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory())
    throw new Error(`${path} is a folder: name the CSV file that is in it.`);
  const file = createReadStream(path);
  await new Promise((resolve, reject) => {
    file.once('ready', resolve);
    file.once('error', () => reject(new Error(`${path} cannot be read: see whether it is there.`)));
  });
  return file;
};

type ImportOptions = {
  readonly country?: CountryCode | undefined;
  readonly whatsapp?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly conversations?: string | undefined;
};

const importContacts = async (
  session: Session,
  path: string,
  { country, whatsapp = false, dryRun = false, conversations }: ImportOptions,
): Promise<void> => {
  const file = await openFile(session, path);
  const { id: accountId } = await findAccount(session);
  const report = createReport();
  const list = conversations === undefined ? null : await openList(conversations);
  const plan = { destination: { accountId, dryRun }, rules: { country, whatsapp } };
  try {
    await importLines(session, readCsv(file, session.interrupted), plan, report);
  } catch (error) {
    await list?.write(report.conversations);
    if (report.lastLine === 1) throw error;
    printReport(session, report, { dryRun, complete: false, isWritten: list !== null });
    session.terminal.note(
      `It stopped after line ${report.lastLine}. Run it again: what is stored is not stored twice.`,
    );
    throw error;
  }
  await list?.write(report.conversations);
  printReport(session, report, { dryRun, complete: true, isWritten: list !== null });
  if (report.skipped.length > 0) throw stopWith(1);
};

const help = `
The first line names the columns, in any order, and phone or email has to be there. These
are understood, whether with capitals, spaces, hyphens or underscores; others are not read:

${columnsHelp}

Commas, semicolons and tabs separate the values, or what a line such as sep=; on top names,
which Excel writes. A first and a last name in two columns become the name.

Spreadsheets damage numbers: 1711234567.0 loses its .0 again, and of what may be another
number by now (4.91E+11, an amount, a date, two numbers in one cell) the line is skipped and
the reason said. Characters that nobody sees are taken out. With --country, a number without
+ is skipped where it is a number with its country code as well: write the + there.

A phone number makes a contact reachable on sms, with --whatsapp also on whatsapp; an email
address on email. conversation_id is your own id for the conversation, to send to.
A contact that has one of these already is the same person: missing values are added, nothing is
overwritten or taken from another contact. So a file can be imported again at any time, and
has to be after an import that was interrupted: what was stored stays.

Without a conversation_id, you send to the conversation's own id. The ids are shown with the
number of the line, up to twenty of them; --conversations writes all of them into a new CSV
file (line,conversation_id), and --json has them, too. Imported again, a file shows the same.

A contact that has a phone number or an email address on a channel is never given a second
one there: a line that shares one of these with it, and has another number or email address,
may be somebody else, and is skipped. So of people who share a mailbox or a number only one
can have it. A number that is new is changed in the table contact_addresses, in the column
address; then contacts rekey makes the key by which it is found.

An email address that is known only because somebody answered a contact's email from it
(contact_addresses.learnt_from_thread) counts as nobody's, until a line says whose it is.

A line with something wrong in it is skipped as a whole, and named by its number alone.
--dry-run looks each line up as it is now: it does not know of people who are new and stand
in the file more than once.

Exit code: 0 when all lines were taken, 1 when some were skipped or it stopped, 130 on Ctrl-C.

Examples:
  npm run crm -- contacts import people.csv --country DE --dry-run
  npm run crm -- contacts import people.csv --country DE --whatsapp
  npm run -s crm -- contacts import - --json < people.csv`;

const rekeyHelp = `
A contact is found by the key of an address, which all spellings of one number have in common
(contact_addresses.address_key, senders.address_key). Run this after an update that says so,
and after you have changed or added an address in one of these tables yourself. Without
--account it looks at all sub-accounts. Run again, it changes nothing.

Where one contact has an address in two spellings, they become one: it is opted out where one
of them was. Where two contacts, or two senders, turn out to have one address, nothing of them
is changed, and their ids are named: you have to say whose it is. --dry-run may name one that
would go, because the address that is in its way gets another key.

Exit code: 0 when all keys are right, 1 when some address is two contacts' or two senders'.

Examples:
  npm run crm -- contacts rekey --dry-run
  npm run crm -- --account "Acme Dental" contacts rekey`;

/** `contacts import | rekey` */
export const addContacts = (program: Program, io: CrmIo): void => {
  const contacts = program.command('contacts').description('whom to send to');

  contacts
    .command('import')
    .description('store the people of a CSV file, with their addresses and conversations')
    .argument('<file>', 'a CSV file; - is standard input')
    .option('--country <code>', 'whose numbers those without + are, such as DE', parseCountry)
    .option('--whatsapp', 'the phone numbers are on WhatsApp as well')
    .option('--dry-run', 'check everything, store nothing')
    .option('--conversations <file>', 'write the id to send to of each line that names none')
    .addHelpText('after', help)
    .action((file, options, command) =>
      importContacts(openSession(io, command.optsWithGlobals()), file, options),
    );

  contacts
    .command('rekey')
    .description('make the keys of addresses anew, after an update that understands more spellings')
    .option('--dry-run', 'say what would change, and change nothing')
    .addHelpText('after', rekeyHelp)
    .action(({ dryRun = false }, command) =>
      rekeyAddresses(openSession(io, command.optsWithGlobals()), dryRun),
    );
};
