import type { Session } from '../context.ts';
import { printDone } from '../print.ts';

/** The outcome of a file so far. It goes into logs, so it holds no names and no addresses. */
export type Report = {
  imported: number;
  updated: number;
  unchanged: number;
  /** The headings of the columns that are not read. */
  ignored: readonly string[];
  readonly skipped: { readonly line: number; readonly reason: string }[];
  /** The lines that name no conversation, with the id to send to. */
  readonly conversations: { readonly line: number; readonly conversation_id: string }[];
  /** The last line that is stored or skipped for good. */
  lastLine: number;
};

export const createReport = (): Report => ({
  imported: 0,
  updated: 0,
  unchanged: 0,
  ignored: [],
  skipped: [],
  conversations: [],
  lastLine: 1,
});

/** Such as `2 imported, 1 updated, 0 unchanged, 0 skipped`. */
export const count = ({ imported, updated, unchanged, skipped }: Report): string =>
  `${imported} imported, ${updated} updated, ${unchanged} unchanged, ${skipped.length} skipped`;

const summarize = (report: Report, dryRun: boolean): string => {
  const { imported, updated, unchanged } = report;
  const ending =
    imported + updated === 0 && unchanged > 0 ? ': nothing changed, all of them are known' : '';
  return `${dryRun ? 'Nothing is stored; without --dry-run it would be: ' : ''}${count(report)}${ending}.`;
};

/** That many fit on a screen beside the rest. More are for a file. */
const shownConversations = 20;

const listConversations = ({ conversations }: Report): readonly string[] => {
  if (conversations.length === 0) return [];
  if (conversations.length > shownConversations) {
    return [
      `${conversations.length} lines name no conversation: import again with --conversations FILE, which writes the id to send to of each.`,
    ];
  }
  return [
    'Lines without a conversation_id, and the id to send to:',
    ...conversations.map(({ line, conversation_id: id }) => `line ${line}: ${id}`),
  ];
};

type Printed = {
  readonly dryRun: boolean;
  readonly complete: boolean;
  /** The conversations are in a file. */
  readonly isWritten: boolean;
};

/** For people, a line for each skipped line; for machines, everything. */
export const printReport = (
  session: Session,
  report: Report,
  { dryRun, complete, isWritten }: Printed,
): void => {
  const { imported, updated, unchanged, lastLine } = report;
  const skipped = report.skipped.toSorted((one, other) => one.line - other.line);
  const lines = skipped.map(({ line, reason }) => `line ${line}: ${reason}`);
  printDone(
    session,
    {
      complete,
      dry_run: dryRun,
      imported,
      updated,
      unchanged,
      skipped_count: skipped.length,
      last_line: lastLine,
      ignored_columns: report.ignored,
      skipped,
      conversations: report.conversations,
    },
    [...lines, summarize(report, dryRun), ...(isWritten ? [] : listConversations(report))].join(
      '\n',
    ),
  );
};
