import { z } from 'zod';

/** A piece of generated text and the source it was made from; null when it was made from none. */
export type Piece = { readonly source: string | null; readonly text: string };

const mapSchema = z.object({
  sources: z.array(z.string()),
  mappings: z.string(),
});

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Numbers in base64 VLQ: five bits a digit, the lowest first; the lowest bit of a number is its sign. */
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

/** Where pieces start, line by line. Columns count from the line's start, sources from the piece before. */
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

/** Cuts what a bundler has written into pieces by source, in order; all pieces together are the whole text. */
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
