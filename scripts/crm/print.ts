import { alignColumns } from './align-columns.ts';
import type { Session } from './context.ts';

export type Row = Readonly<Record<string, string | number | boolean | null>>;

const toCell = (value: Row[string]): string => {
  if (value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
};

const toTable = (rows: readonly Row[]): string => {
  const names = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => names.map((name) => toCell(row[name] ?? null)));
  return alignColumns([names.map((name) => name.replaceAll('_', ' ')), ...cells]);
};

/** A list: for people a table under the rows' own names, for machines JSON. */
export const printRows = (
  { terminal, json }: Session,
  rows: readonly Row[],
  whenEmpty: string,
): void => {
  if (json) terminal.print(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) terminal.note(whenEmpty);
  else terminal.print(toTable(rows));
};

/** The result of a command: in words for people, JSON for machines. */
export const printDone = (
  { terminal, json }: Session,
  result: Readonly<Record<string, unknown>>,
  words: string,
): void => terminal.print(json ? JSON.stringify(result, null, 2) : words);
