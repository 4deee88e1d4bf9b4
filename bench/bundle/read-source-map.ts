import { z } from 'zod';

/** A piece of generated text and its source; null if it has no source. */
export type Piece = { readonly source: string | null; readonly text: string };

const mapSchema = z.object({
  sources: z.array(z.string()),
  mappings: z.string(),
});

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Numbers in base64 VLQ: five bits a digit, lowest first. The lowest bit of a number is its sign. */
const decodeNumbers = (segment: string): number[] => {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = digits.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
};

type Start = { readonly column: number; readonly source: number | null };

/** The start of each piece, line by line. Columns count from the start of the line, sources from the piece before. */
const decodeStarts = (mappings: string): Start[][] => {
  let source = 0;
  return mappings.split(';').map((line) => {
    let column = 0;
    return line
      .split(',')
      .filter((segment) => segment !== '')
      .map((segment) => {
        const [columns = 0, sources] = decodeNumbers(segment);
        column += columns;
        if (sources === undefined) return { column, source: null };
        source += sources;
        return { column, source };
      });
  });
};

/** Cuts a bundler's output into pieces by source, in order. All pieces together are the whole text. */
export const cutBySource = (text: string, sourceMap: string): Piece[] => {
  const { sources, mappings } = mapSchema.parse(JSON.parse(sourceMap));
  const starts = decodeStarts(mappings);
  const pieces: Piece[] = [];
  let last: string | null = null;
  text.split(/(?<=\n)/).forEach((line, number) => {
    let cut = 0;
    for (const { column, source } of starts[number] ?? []) {
      if (column > cut) pieces.push({ source: last, text: line.slice(cut, column) });
      cut = column;
      last = source === null ? null : (sources[source] ?? null);
    }
    if (cut < line.length) pieces.push({ source: last, text: line.slice(cut) });
  });
  return pieces;
};
