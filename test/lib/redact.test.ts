import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/lib/redact.ts';
import { replaceQuotes } from '../../src/lib/replace-quotes.ts';
import { cpuMs } from '../support/measure-growth.ts';

const longText = Array.from({ length: 400 }, (_, index) => `word${index}`).join(' ');

describe('redact', () => {
  it('replaces a text that is longer than what it reads, and keeps what follows', () => {
    expect(longText.length).toBeGreaterThan(2_000);
    expect(redact(`Body "${longText}" is not allowed.`, [longText])).toBe(
      'Body "[redacted]" is not allowed.',
    );
  });

  it.each(['\r\n', '\r', '\n', '\u0007'])('replaces a text with %j in it', (lineEnd) => {
    const text = `Dear Jane,${lineEnd}your appointment is confirmed.${lineEnd}`;
    expect(redact(`Cannot send "${text}".`, [text])).not.toMatch(/Dear|appointment/);
  });

  it.each(['', '…', '...', '" is too long'])('replaces a quote that ends early with %j', (end) => {
    expect(redact(`Cannot send: ${longText.slice(0, 90)}${end}`, [longText])).toBe(
      `Cannot send: [redacted]${end}`,
    );
  });

  it('replaces a text that has another private text in it', () => {
    const text = 'Jane Doe, your secret appointment is on Thursday.';
    expect(redact(`Cannot send "${text}" to Jane Doe.`, ['Jane Doe', text])).toBe(
      'Cannot send "[redacted]" to [redacted].',
    );
  });

  it('leaves words alone that only begin like a private text', () => {
    expect(redact('Your message was refused.', ['Your message to us, and so on.'])).toBe(
      'Your message was refused.',
    );
  });

  it.each([
    ['the same character over and over', 'a'.repeat(256 * 1024)],
    ['what nearly matches everywhere', `${'a'.repeat(128 * 1024)}b${'a'.repeat(128 * 1024)}`],
  ])('takes linear time for %s', (_, text) => {
    const startedAt = cpuMs();
    expect(redact('a'.repeat(1024 * 1024), [text]).length).toBeLessThanOrEqual(300);
    expect(cpuMs() - startedAt).toBeLessThan(2_000);
  });
});

const replaceSlowly = (words: string, text: string): string => {
  let result = '';
  for (let at = 0; at < words.length; ) {
    let length = Math.min(text.length, words.length - at);
    while (!words.startsWith(text.slice(0, length), at)) length -= 1;
    const isQuote = length >= Math.min(text.length, 20);
    result += isQuote ? '#' : words[at];
    at += isQuote ? length : 1;
  }
  return result;
};

describe('replaceQuotes', () => {
  it('replaces what comparing at each place would replace', () => {
    const few = (maxLength: number) =>
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength });
    const part = fc.oneof(few(6), fc.constant('a'.repeat(18)));
    const text = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat({ max: 60 })),
        fc.array(few(8)),
        (secret, cuts, between) => {
          const words = cuts.map((cut, index) => `${between[index] ?? ''}${secret.slice(0, cut)}`);
          expect(replaceQuotes(words.join(''), secret, '#')).toBe(
            replaceSlowly(words.join(''), secret),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
