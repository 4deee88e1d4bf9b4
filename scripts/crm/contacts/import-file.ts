import { cleanText } from '../../../src/lib/clean-text.ts';
import type { Session } from '../context.ts';
import { type Contact, type ContactRules, parseContact } from './parse-contact.ts';
import { parseHeader } from './parse-header.ts';
import type { Line } from './read-csv.ts';
import { count, type Report } from './report.ts';
import { type Destination, storeContacts } from './store-contacts.ts';

const batchSize = 200;

const conflict =
  'it shares its phone number, email address or conversation id with several contacts, or with one who has another phone number or email address: correct it, or leave out what they share';

/** Its first line, without terminal controls. After an unclosed quotation mark, the other lines are people. */
const toHeading = (text: string): string => cleanText(text).replace(/\s*\n.*/s, ' …');

const nothing = { outcome: 'conflict', conversation_id: null } as const;

type Numbered = { readonly line: number; readonly contact: Contact };

const storeBatch = async (
  session: Session,
  batch: readonly Numbered[],
  destination: Destination,
  report: Report,
): Promise<void> => {
  const contacts = batch.map(({ contact }) => contact);
  const outcomes = await storeContacts(session, contacts, destination);
  for (const [position, { line, contact }] of batch.entries()) {
    const { outcome, conversation_id: id } = outcomes[position] ?? nothing;
    if (outcome === 'conflict') report.skipped.push({ line, reason: conflict });
    else report[outcome] += 1;
    const isNamed = contact.external_id !== null || destination.dryRun;
    if (id !== null && !isNamed) report.conversations.push({ line, conversation_id: id });
  }
};

/** Stores a file's lines, a batch at a time. Writes its progress into `report`, which is right even if this throws. */
export const importLines = async (
  session: Session,
  lines: AsyncGenerator<Line>,
  { destination, rules }: { readonly destination: Destination; readonly rules: ContactRules },
  report: Report,
): Promise<void> => {
  const first = await lines.next();
  const header = parseHeader(first.done ? [] : first.value.values);
  report.ignored = header.ignored.map(toHeading);
  if (report.ignored.length > 0 && !session.json) {
    session.terminal.note(`Columns that are not read: ${report.ignored.join(', ')}`);
  }
  let batch: Numbered[] = [];
  let lastLine = report.lastLine;
  const store = async () => {
    if (batch.length > 0) await storeBatch(session, batch, destination, report);
    batch = [];
    report.lastLine = lastLine;
  };
  for await (const line of lines) {
    const { contact, problem } = parseContact(line, header, rules);
    lastLine = line.number;
    if (contact) batch.push({ line: line.number, contact });
    else report.skipped.push({ line: line.number, reason: problem });
    if (batch.length < batchSize) continue;
    await store();
    session.terminal.note(`up to line ${lastLine}: ${count(report)}`);
  }
  await store();
};
