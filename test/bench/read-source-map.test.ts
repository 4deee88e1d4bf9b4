import { expect, it } from 'vitest';
import { cutBySource } from '../../bench/bundle/read-source-map.ts';

const cut = (text: string, mappings: string) =>
  cutBySource(text, JSON.stringify({ version: 3, sources: ['a.ts', 'b.ts'], mappings }));

it('cuts the text where another source begins', () => {
  // Column 0 from a.ts, three columns on from b.ts.
  expect(cut('aaabb', 'AAAA,GCAA')).toEqual([
    { source: 'a.ts', text: 'aaa' },
    { source: 'b.ts', text: 'bb' },
  ]);
});

it('counts columns from the start of each line, and sources from the piece before', () => {
  expect(cut('aaabb\nbba', 'AAAA,GCAA;AAAA,EDAA')).toEqual([
    { source: 'a.ts', text: 'aaa' },
    { source: 'b.ts', text: 'bb\n' },
    { source: 'b.ts', text: 'bb' },
    { source: 'a.ts', text: 'a' },
  ]);
});

it('gives a line without a mapping to the source before it', () => {
  expect(cut('`a\na`', 'AAAA').map(({ source }) => source)).toEqual(['a.ts', 'a.ts']);
});

it('says of what has no source that it has none', () => {
  expect(cut('x=aa', ',EAAA,C')).toEqual([
    { source: null, text: 'x=' },
    { source: 'a.ts', text: 'a' },
    { source: null, text: 'a' },
  ]);
});

it('reads columns that need more than one digit', () => {
  const text = `${'a'.repeat(100)}b`;
  expect(cut(text, 'AAAA,oGCAA')).toEqual([
    { source: 'a.ts', text: 'a'.repeat(100) },
    { source: 'b.ts', text: 'b' },
  ]);
});
