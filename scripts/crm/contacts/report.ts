import type { Session } from '../context.ts';
import { printDone } from '../print.ts';

/** What came of a file so far. Names and addresses have no place in it: it goes into logs. */
export type Report = {
  imported: number;
  updated: number;
  unchanged: number;
  /** The headings of the columns that are not read. */
  ignored: readonly string[];
  readonly skipped: { readonly line: number; readonly reason: string }[];
  /** The last line that is stored or skipped for good. */
  lastLine: number;
};

export const createReport = (): Report => ({
  imported: 0,
  updated: 0,
  unchanged: 0,
  ignored: [],
  skipped: [],
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

/** For people a line for each line that was skipped, for machines all of it. */
export const printReport = (
  session: Session,
  report: Report,
  { dryRun, complete }: { readonly dryRun: boolean; readonly complete: boolean },
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
    },
    [...lines, summarize(report, dryRun)].join('\n'),
  );
};
