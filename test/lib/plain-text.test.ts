import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPlainText } from '../../src/lib/plain-text.ts';
import { channels } from '../../src/ports/channel.ts';
import { cpuMs } from '../support/measure-growth.ts';

const raw = channels.filter((channel) => channel !== 'whatsapp');

const plain = (text: string) => {
  const results = new Set(raw.map((channel) => toPlainText(text, channel)));
  expect(results.size).toBe(1);
  return [...results].join();
};

describe('toPlainText on a channel that shows markdown raw', () => {
  it.each([
    ['**Hi** Jane', 'Hi Jane'],
    ['***both*** and __lines__', 'both and lines'],
    ['*stress* and _stress_', 'stress and stress'],
    ['**bold *and* more**', 'bold and more'],
    ['*so **very** much*', 'so very much'],
    ['_**Note:**_ (*soon*)', 'Note: (soon)'],
    ['**Note:**text', 'Note:text'],
    ['**50** left', '50 left'],
    ['**粗体**文字', '粗体文字'],
    ['~~old~~ new', 'old new'],
  ])('takes the markers of stress out of %j', (given, wanted) => {
    expect(plain(given)).toBe(wanted);
  });

  it('takes the marks off headings and keeps hashtags, numbers and C#', () => {
    expect(plain('# Offer\n## About C#\n### End ###\n#sale is #1')).toBe(
      'Offer\nAbout C#\nEnd\n#sale is #1',
    );
  });

  it('turns starred bullets into dashes and keeps their indentation', () => {
    expect(plain('* one\n  * two\n- three')).toBe('- one\n  - two\n- three');
  });

  it('keeps code without its fences and ticks', () => {
    expect(plain('Run:\n```js\nconst __x__ = 2 * 3 * 4;\n```\nor `a_b *c*`.')).toBe(
      'Run:\nconst __x__ = 2 * 3 * 4;\nor a_b *c*.',
    );
    expect(plain('```\nnever closed')).toBe('never closed');
  });

  it.each([
    ['See [our page](https://a.example/b).', 'See our page (https://a.example/b).'],
    ['[https://a.example](https://a.example)', 'https://a.example'],
    ['[a.example](https://a.example)', 'https://a.example'],
    ['<https://a.example/b>', 'https://a.example/b'],
    ['![plan](https://a.example/p.png "the plan")', 'plan (https://a.example/p.png)'],
    ['[us](mailto:us@a.example) [us](tel:+15550100)', 'us (us@a.example) us (+15550100)'],
    ['[b](https://a.example/b_(c))', 'b (https://a.example/b_(c))'],
  ])('says the address of the link in %j', (given, wanted) => {
    expect(plain(given)).toBe(wanted);
  });

  it.each([
    '2*3*4 and 2 * 3 * 4 and 2**3**4',
    'snake_case_word, __init and _id',
    '$5.00 * 2 = $10.00',
    'call *100# or *21*123# or *123*',
    'https://a.example/_x_/*y*?a_b=*c*&d=__e__',
    'https://a.example/**x**/~~y~~/-_z_-',
    'Mail first_last_@a.example',
    '¯\\_(ツ)_/¯ and ^_^ yes ^_^',
    'arr[0](see note) [1] (note)',
    'f*** this ***',
    'I <3 you, 3 > 2',
    '- one\n- two\n1. three',
    '#1 in town -- since 1999',
    'مرحبا *123# שלום',
  ])('leaves ordinary text alone: %j', (ordinary) => {
    expect(plain(ordinary)).toBe(ordinary);
  });

  it('takes the markers around a web address and none in it', () => {
    expect(plain('**https://a.example/x_y_**, *see https://a.example/_z_*')).toBe(
      'https://a.example/x_y_, see https://a.example/_z_',
    );
  });

  it('never changes a text without a sign of markdown', () => {
    const ordinary = fc.string({ unit: 'grapheme' }).filter((text) => !/[*_`~#[<\0]/.test(text));
    fc.assert(
      fc.property(ordinary, (text) => {
        expect(toPlainText(text, 'sms')).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps every letter and digit, in order, of any mixture of markers', () => {
    const pieces = ['**', '*', '__', '_', '~~', '`', '```\n', '\n', ' ', 'ab', '1', '# '];
    const mixture = fc
      .array(fc.constantFrom(...pieces), { maxLength: 40 })
      .map((parts) => parts.join(''))
      // The name of a language follows an opening fence.
      .filter((text) => !/```[^\n]/.test(text));
    const letters = (text: string) => text.replaceAll(/[^a-z0-9]/g, '');
    fc.assert(
      fc.property(mixture, fc.constantFrom(...channels), (text, channel) => {
        expect(letters(toPlainText(text, channel))).toBe(letters(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to the text, whatever it is made of', () => {
    const bad = [
      '*a ',
      '_',
      '*',
      '[',
      '**a ',
      '```a\n',
      '`',
      'https://',
      '<https://',
      ' #',
      '~',
      '(',
    ];
    const before = cpuMs();
    for (const piece of bad) toPlainText(piece.repeat(5_000), 'sms');
    expect(cpuMs() - before).toBeLessThan(3_000);
  });
});

describe('toPlainText on WhatsApp', () => {
  it('turns markdown bold into bold of its own and keeps what it shows itself', () => {
    expect(toPlainText('**Hi** __you__, *bold* and _italic_ ~~no~~', 'whatsapp')).toBe(
      '*Hi* *you*, *bold* and _italic_ ~no~',
    );
  });

  it('takes headings and links apart as everywhere', () => {
    expect(toPlainText('# Hi\n[us](https://a.example)\n* one', 'whatsapp')).toBe(
      'Hi\nus (https://a.example)\n- one',
    );
  });
});
