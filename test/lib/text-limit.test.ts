import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToLimit, fits, measure } from '../../src/lib/text-limit.ts';
import type { TextLimit } from '../../src/ports/channel.ts';
import { cpuMs } from '../support/measure-growth.ts';

const characters = (max: number): TextLimit => ({ max, unit: 'characters' });
const bytes = (max: number): TextLimit => ({ max, unit: 'bytes' });

const graphemes = (text: string) =>
  [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].map(
    (one) => one.segment,
  );

const family = '👨‍👩‍👧‍👦';
const pieces = [
  'a',
  'word',
  ' ',
  '  ',
  '\n',
  '. ',
  '! ',
  '? ',
  ', ',
  'e\u0301',
  'o\u0308\u0323',
  family,
  '👍🏽',
  '🇫🇷',
  '1️⃣',
  'مرحبا',
  'שלום',
  'नमस्ते',
  '한국어',
  '你好。',
  '\ud83d',
  '\udc4d',
  '\u200d',
  '\u0301',
  '\r\n',
  'https://example.com/a?b=c',
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
);
const limit = fc.record({
  max: fc.integer({ min: 1, max: 120 }),
  unit: fc.constantFrom('characters' as const, 'bytes' as const),
});

describe('measure', () => {
  it('counts UTF-16 code units or UTF-8 bytes', () => {
    expect(measure('é👍', 'characters')).toBe(3);
    expect(measure('é👍', 'bytes')).toBe(6);
  });

  it('lets a text of exactly the limit fit, and not one more', () => {
    expect(fits('abc', characters(3))).toBe(true);
    expect(fits('abcd', characters(3))).toBe(false);
    expect(fits('éa', bytes(3))).toBe(true);
    expect(fits('éé', bytes(3))).toBe(false);
  });
});

describe('cutToLimit', () => {
  it('leaves a text that fits as it is', () => {
    expect(cutToLimit(' Hello there. ', characters(14))).toBe(' Hello there. ');
  });

  it('cuts at the end of a sentence that comes late enough', () => {
    expect(cutToLimit('We open at nine. See you then, Jane.', characters(25))).toBe(
      'We open at nine.',
    );
  });

  it('cuts at a word when the only sentence end would lose most of the text', () => {
    expect(cutToLimit('Hi. We look forward to seeing you on Monday', characters(30))).toBe(
      'Hi. We look forward to seeing',
    );
  });

  it('takes neither the dot of a price nor that of a web address for the end of a sentence', () => {
    expect(cutToLimit('It costs 1234.50 and more to come', characters(16))).toBe(
      'It costs 1234.50',
    );
    expect(cutToLimit('Please look at example.com/price list', characters(26))).toBe(
      'Please look at',
    );
  });

  it('cuts between words where a script has no blanks', () => {
    const cut = cutToLimit('我们明天早上九点开门欢迎您来', characters(9));
    expect(cut.length).toBeGreaterThan(4);
    expect(cut.length).toBeLessThanOrEqual(9);
  });

  it('cuts a single long word between graphemes', () => {
    expect(cutToLimit('e\u0301'.repeat(10), characters(5))).toBe('e\u0301e\u0301');
    expect(cutToLimit(family.repeat(3), characters(family.length * 2 + 5))).toBe(family.repeat(2));
  });

  it('is empty only when the first grapheme alone is too long', () => {
    expect(cutToLimit(family, characters(5))).toBe('');
    expect(cutToLimit(`a${family}`, characters(5))).toBe('a');
  });

  it('replaces lone surrogates', () => {
    expect(cutToLimit('a\ud83d', characters(5))).toBe('a\ufffd');
  });

  it('always fits, is well formed, and is empty only when nothing fits', () => {
    fc.assert(
      fc.property(text, limit, (given, within) => {
        const cut = cutToLimit(given, within);
        expect(fits(cut, within)).toBe(true);
        expect(cut.isWellFormed()).toBe(true);
        const whole = given.toWellFormed();
        const first = graphemes(whole.trim() || whole).at(0) ?? '';
        if (first !== '' && fits(first, within)) expect(cut).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the beginning of the text in whole graphemes', () => {
    fc.assert(
      fc.property(text, limit, (given, within) => {
        const cut = cutToLimit(given, within);
        const whole = given.toWellFormed();
        if (cut === whole) return;
        const source = graphemes(whole.trim() || whole);
        expect(source.slice(0, graphemes(cut).length).join('')).toBe(cut);
      }),
      { numRuns: 2000 },
    );
  });

  it('ends in no blank when it has cut', () => {
    fc.assert(
      fc.property(text, limit, (given, within) => {
        const cut = cutToLimit(given, within);
        if (cut !== given.toWellFormed() && given.trim() !== '') expect(cut).toBe(cut.trimEnd());
      }),
      { numRuns: 1000 },
    );
  });

  it('cuts a text of 256 KiB in well under a second', () => {
    const long = 'Well then. '.repeat(24_000);
    const before = cpuMs();
    expect(fits(cutToLimit(long, characters(100_000)), characters(100_000))).toBe(true);
    expect(cpuMs() - before).toBeLessThan(2_000);
  });
});
