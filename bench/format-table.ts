import type { Cell, Table } from './benchmark.ts';

const print = (cell: Cell): string => (typeof cell === 'number' ? String(cell) : cell);

/** Text that is also a table in Markdown. */
export const formatTable = ({ title, columns, rows }: Table): string => {
  const lines = [columns, ...rows].map((row) => row.map(print));
  const widths = columns.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  const pad = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [head = [], ...body] = lines;
  return [`**${title}**`, '', pad(head), rule, ...body.map(pad)].join('\n');
};
