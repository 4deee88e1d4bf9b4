import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';

export type Line = {
  /** The line on which it begins in the file, from 1. */
  readonly number: number;
  /** The line on which it ends: a later one if a value has line breaks. */
  readonly end: number;
  readonly values: readonly string[];
};

const parsed = z.array(z.string());

const longestLine = 100_000;
const lineFeed = 0x0a;
const delimiters = [',', ';', '\t'] as const;
const lineBreaks = /\r\n|\n|\r/g;

const countByte = (bytes: Uint8Array, character: string): number => {
  const code = character.charCodeAt(0);
  return bytes.reduce((count, byte) => (byte === code ? count + 1 : count), 0);
};

/** The separator that is most frequent in the first line. Compares bytes, so that it works for UTF-16 too. */
const detectDelimiter = (start: Uint8Array): string => {
  const end = start.indexOf(lineFeed);
  const header = end < 0 ? start : start.subarray(0, end);
  const counts = delimiters.map((delimiter) => countByte(header, delimiter));
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
};

/** The byte order marks of UTF-8 and UTF-16, read as Latin-1. */
const byteOrderMark = /^(?:\u00EF\u00BB\u00BF|\u00FF\u00FE|\u00FE\u00FF)/;

/** The separator that Excel's first line names, such as `sep=;`. Null: there is no such line. */
const readSeparator = (start: Buffer): string | null => {
  const text = start.subarray(0, 40).toString('latin1').replace(byteOrderMark, '');
  return /^"?sep=([^\w\s"]|\t)"?[\r\n]/i.exec(text.replaceAll('\0', ''))?.[1] ?? null;
};

const saveAs = 'save it as "CSV UTF-8"';

/** A file that is neither UTF-8 nor UTF-16 may give values that look right and are wrong. */
const refuseOthers = (start: Buffer): void => {
  const begins = (...bytes: readonly number[]) => bytes.every((byte, at) => start[at] === byte);
  if (begins(0x50, 0x4b, 0x03, 0x04)) {
    throw new Error(`The file is a spreadsheet or an archive, and no CSV file: ${saveAs}.`);
  }
  const isUtf16 = begins(0xff, 0xfe) && !begins(0xff, 0xfe, 0, 0);
  if (begins(0xfe, 0xff) || (start.includes(0) && !isUtf16)) {
    throw new Error(`The file is neither in UTF-8 nor in UTF-16 with its mark: ${saveAs}.`);
  }
};

const createParser = (delimiter: string) =>
  parse({
    bom: true,
    delimiter,
    // All of them, because a file that somebody has added to may have several kinds.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: longestLine,
  });

/** The parser's own words repeat the file's content, which must not get into a log. */
const describe = (error: unknown, line: number): unknown => {
  if (!(error instanceof CsvError)) return error;
  const cause =
    error.code === 'CSV_MAX_RECORD_SIZE' || error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quotation mark that opens there is never closed'
      : `it is not CSV (${error.code})`;
  return new Error(`The file cannot be read from line ${line} on: ${cause}.`);
};

/** The parser's own count takes CR LF inside quotation marks for two lines. */
const countBreaks = (values: readonly string[]): number =>
  values.reduce((count, value) => count + (value.match(lineBreaks)?.length ?? 0), 0);

/** The file up to the end of the first line, which may come in pieces, as from a pipe. */
const readStart = async (chunks: AsyncIterator<Buffer>): Promise<Buffer> => {
  let start = Buffer.alloc(0);
  while (start.length <= longestLine && !start.includes(lineFeed)) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  return start;
};

const rejoin = async function* (start: Buffer, rest: AsyncIterator<Buffer>) {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
};

/**
 * The lines of a CSV file, one at a time, separated by commas, semicolons or tabs. UTF-8, or UTF-16 with its mark.
 * Skips blank lines, and follows Excel's `sep=;`. Throws if the file is broken.
 */
export const readCsv = async function* (
  file: Readable,
  interrupted: AbortSignal,
): AsyncGenerator<Line> {
  let number = 1;
  const stop = () => file.destroy(new Error('Interrupted.'));
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    const chunks = file[Symbol.asyncIterator]();
    const start = await readStart(chunks);
    refuseOthers(start);
    const separator = readSeparator(start);
    const parser = createParser(separator ?? detectDelimiter(start));
    pipeline(Readable.from(rejoin(start, chunks)), parser, () => {});
    for await (const each of parser) {
      const values = parsed.parse(each);
      const line = { number, end: number + countBreaks(values), values };
      const isSeparator = separator !== null && number === 1;
      number = line.end + 1;
      if (isSeparator) continue;
      if (values.some((value) => value.trim() !== '')) yield line;
    }
  } catch (error) {
    throw describe(error, number);
  } finally {
    interrupted.removeEventListener('abort', stop);
    file.destroy();
  }
};
