import { describeWord } from '../word.ts';
import type { MatrixRow } from './run-matrix.ts';

const columns = ['kind', 'call', 'fault', 'client is back', 'row', 'taken', 'client', 'verdict'];

const describeEnd = ({ words }: MatrixRow): string => {
  const last = words.at(-1);
  return last ? describeWord(last) : 'nothing';
};

const toCells = (row: MatrixRow): readonly string[] => [
  row.kind,
  row.call,
  row.fault,
  row.comeback,
  row.row,
  String(row.taken),
  describeEnd(row),
  row.problems.length === 0 ? 'holds' : `BROKEN: ${row.problems.join('; ')}`,
];

/** A row per point, under its columns. */
export const formatMatrix = (rows: readonly MatrixRow[]): string => {
  const cells = [columns, ...rows.map(toCells)];
  const widths = columns.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

export const summarizeMatrix = (rows: readonly MatrixRow[]): string => {
  const broken = rows.filter(({ problems }) => problems.length > 0).length;
  const ends = [...Map.groupBy(rows, ({ row }) => row)]
    .map(([end, those]) => `${those.length} ${end}`)
    .join(', ');
  return `${rows.length} points: ${ends}; ${broken} broken.`;
};
