import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toSpoken } from '../../src/ai/spoken-text.ts';
import { growsTooFast, measureGrowth } from '../support/measure-growth.ts';

const tokens = [
  ...['<think>', '</think>', '</', '<', '<|', '|>', '[THINK]', '[/THINK]', '[', '&lt;', '＜', '◁'],
  ...['<|channel|>', 'final', '<|message|>', '<|end|>', 'analysisA', 'assistant', '<|im_start|>'],
  ...['<|im_start|>assistant', '</s>', '<s>', '<tool_call ', '<｜', '<channel|>', 'here is my '],
  ...['<answer>', '</answer>', '"name":', '{', ' ', '\n', 'a'],
];

describe('toSpoken', () => {
  it('leaves text without markup as it is, from its first letter on', () => {
    const plain = fc.string({ unit: fc.constantFrom(...'ab .,!?(){}"\'&;:/*#-_\n3<> ') });
    fc.assert(
      fc.property(plain, (text) => {
        expect(toSpoken(text)).toEqual({ type: 'text', text: text.trimStart() });
      }),
    );
  });

  it('lets no known marker through, whatever stands around it', () => {
    const marked = fc.array(fc.constantFrom(...tokens, 'Hello Jane'), { maxLength: 12 });
    fc.assert(
      fc.property(marked, (parts) => {
        const spoken = toSpoken(parts.join(''));
        if (spoken.type !== 'text') return;
        expect(spoken.text).not.toMatch(/<\/?think>|\[\/?THINK\]|<\|\w+\|>|<channel\|>/);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(tokens)(
    'reads %j, over and over, in a time that grows no faster than its length',
    async (token) => {
      const read = (text: string) => [toSpoken(text), toSpoken(`analysisA${text}`)];
      // Up to a million characters: reading is quick, and what is quadratic shows late.
      const make = (length: number) => token.repeat(Math.ceil((4 * length) / token.length));
      expect(growsTooFast(await measureGrowth(read, make))).toBe(false);
    },
  );
});
