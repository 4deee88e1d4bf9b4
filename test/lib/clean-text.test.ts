import { describe, expect, it } from 'vitest';
import { cleanText, isInvisible } from '../../src/lib/clean-text.ts';

describe('cleanText', () => {
  it('takes out control characters and keeps line feeds and tabs', () => {
    expect(cleanText('a\0b\u0007c\u009fd\ne\tf')).toBe('abcd\ne\tf');
  });

  it('replaces lone surrogates and keeps pairs', () => {
    expect(cleanText('a\ud83db \u{1f44d}')).toBe('a\ufffdb \u{1f44d}');
  });

  it('makes one line feed of every line end', () => {
    expect(cleanText('a\r\nb\rc\n')).toBe('a\nb\nc\n');
  });
});

describe('isInvisible', () => {
  it.each(['', ' \n\t', '\u200b\u200d', '\u00ad\ufeff', '\u0301'])('is true for %j', (text) => {
    expect(isInvisible(text)).toBe(true);
  });

  it.each(['a', '1', '?', '👍', '你', '€'])('is false for %j', (text) => {
    expect(isInvisible(text)).toBe(false);
  });
});
