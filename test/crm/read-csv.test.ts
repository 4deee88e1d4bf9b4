import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../scripts/crm/contacts/read-csv.ts';

const readLines = async (bytes: Uint8Array, pieces = 1) => {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    Buffer.from(bytes.subarray(n * size, (n + 1) * size)),
  );
  const lines = [];
  const file = Readable.from(chunks, { objectMode: false });
  for await (const line of readCsv(file, new AbortController().signal)) lines.push(line);
  return lines;
};

const readValues = async (text: string) =>
  (await readLines(Buffer.from(text))).map(({ values }) => values);

describe('a CSV file', () => {
  it('is read with commas, semicolons or tabs', async () => {
    for (const delimiter of [',', ';', '\t']) {
      const text = ['name', 'phone'].join(delimiter);
      expect(await readValues(`${text}\na;,b`.replace(/;,/, delimiter))).toEqual([
        ['name', 'phone'],
        ['a', 'b'],
      ]);
    }
  });

  it.each([
    ['sep=;\r\nname;phone\r\na,b;1', 'utf8'],
    ['\uFEFFsep=;\nname;phone\na,b;1', 'utf8'],
    ['"sep=|"\nname|phone\na,b|1', 'utf8'],
    ['SEP=\t\rname\tphone\ra,b\t1', 'utf8'],
    ['\uFEFFsep=;\r\nname;phone\r\na,b;1', 'utf16le'],
  ] as const)(
    "is read with the separator of Excel's first line: %j in %s",
    async (text, encoding) => {
      for (const pieces of [1, 9]) {
        const lines = await readLines(Buffer.from(text, encoding), pieces);
        expect(lines.map(({ number, values }) => [number, ...values])).toEqual([
          [2, 'name', 'phone'],
          [3, 'a,b', '1'],
        ]);
      }
    },
  );

  it('is read with a byte order mark, quotes, and either end of line', async () => {
    expect(await readValues('\uFEFFname,phone\r\n"a ""b"", c",1\r\n')).toEqual([
      ['name', 'phone'],
      ['a "b", c', '1'],
    ]);
    expect(await readValues('name,phone\nJo "JJ" Doe,1\n')).toEqual([
      ['name', 'phone'],
      ['Jo "JJ" Doe', '1'],
    ]);
  });

  it('is read in UTF-16 with its mark, as spreadsheets write it', async () => {
    const lines = await readLines(Buffer.from('\uFEFFname\tphone\r\nÄnne\t1', 'utf16le'), 2);
    expect(lines.map(({ values }) => values)).toEqual([
      ['name', 'phone'],
      ['Änne', '1'],
    ]);
  });

  it('numbers its lines as an editor does, where values span lines and lines are blank', async () => {
    const lines = await readLines(Buffer.from('a,b\n"1\n2",x\n\n,\n3,y'));
    expect(lines.map(({ number, end }) => [number, end])).toEqual([
      [1, 1],
      [2, 3],
      [6, 6],
    ]);
  });

  it('numbers them alike where lines end in CR LF, or in one and then the other', async () => {
    const text = 'a,b\n"1\r\n2",x\r\n\r\n3,y\r\n4,z\n';
    for (const pieces of [1, Buffer.from(text).length]) {
      const lines = await readLines(Buffer.from(text), pieces);
      expect(lines.map(({ number, values }) => [number, ...values])).toEqual([
        [1, 'a', 'b'],
        [2, '1\r\n2', 'x'],
        [5, '3', 'y'],
        [6, '4', 'z'],
      ]);
    }
  });

  it('gives back the values that were written, however it arrives', async () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 20 });
    const row = fc.tuple(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), value, value);
    const rows = fc.array(row, { maxLength: 20 });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 9 }),
        async (written, delimiter, end, pieces) => {
          const header = ['name', 'phone', 'email'];
          const text = [
            header.join(delimiter),
            ...written.map((each) => each.map(quote).join(delimiter)),
          ].join(end);
          const read = await readLines(Buffer.from(text), pieces);
          const shown = written.filter((each) => each.some((cell) => cell.trim() !== ''));
          expect(read.map(({ values }) => values)).toEqual([header, ...shown]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
