import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSegments } from '../../dev/vendors/twilio-segments.ts';
import { toGsmText } from '../../src/lib/gsm-text.ts';

describe('toGsmText', () => {
  it.each([
    ['It’s “set” – bye…', 'It\'s "set" - bye...'],
    ['10\u202fam,\u00a0sharp\u2009!', '10 am, sharp !'],
    ['cafe\u0301, Zu\u0308rich', 'café, Zürich'],
    ['• one\n• two', '- one\n- two'],
    ['so\u00adft\u200b and\ufeff plain', 'soft and plain'],
    ['3 × 4 − 2 ‹x›', "3 x 4 - 2 'x'"],
    ['{x} [y] ~ | € \\ ^', '{x} [y] ~ | € \\ ^'],
  ])('puts look-alikes in the place of signs: %j', (text, plain) => {
    expect(toGsmText(text)).toBe(plain);
    expect(countSegments(plain.repeat(1))).toBe(1);
  });

  it.each(['It’s 👍', 'Dzień — dobry', '“Привет”', 'ça va — bien', '½ — ok', 'cafe\u0301 ✓'])(
    'changes nothing where that does not do: %j',
    (text) => {
      expect(toGsmText(text)).toBe(text);
    },
  );

  it('never makes it more segments, and what it made stays as it is', () => {
    const sign = fc.constantFrom(...'ab ’“—… é€{👍ńÅ\n');
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 400 }), (signs) => {
        const plain = toGsmText(signs.join(''));
        expect(countSegments(plain)).toBeLessThanOrEqual(countSegments(signs.join('')));
        expect(toGsmText(plain)).toBe(plain);
      }),
    );
  });
});
