import { expect, test } from 'vitest';
import { readQuotation } from '../../src/core/receive/read-quotation.ts';
import { cpuMs } from '../support/measure-growth.ts';

const ours = 'Your appointment is tomorrow at 10.';

test.each([
  `Liked “${ours}”`,
  `Loved “${ours}”`,
  `Disliked “${ours}”`,
  `Laughed at “${ours}”`,
  `Emphasized “${ours}”`,
  `Emphasised "${ours}"`,
  `Questioned “${ours}”`,
  `Reacted 🎉 to “${ours}”`,
  `Removed a heart from “${ours}”`,
  `Removed 🎉 from “${ours}”`,
  `\u200a👍\u200b to “\u200a${ours}\u200a”`,
  `👍🏽 to "${ours}"`,
  `❤️ to “${ours}”`,
  `👨‍👩‍👧 to “${ours}”`,
  `Le gustó “${ours}”`,
  `Le dio risa “${ours}”`,
  `A aimé «\u00a0${ours}\u00a0»`,
  `Gefällt „${ours}“`,
  `Понравилось «${ours}»`,
  `Likte “${ours}”`,
])('%j repeats a message', (text) => {
  expect(readQuotation(text)).toEqual({ text: ours, whole: true });
});

test('the lines of a message are one, however the phone breaks them', () => {
  expect(readQuotation('Liked “Your appointment\n\nis tomorrow.”')?.text).toBe(
    'Your appointment is tomorrow.',
  );
});

test.each(['…', '...', ' …'])('a message that the phone has cut is said to be (%j)', (mark) => {
  expect(readQuotation(`Loved “Your appointment is${mark}”`)).toEqual({
    text: 'Your appointment is',
    whole: false,
  });
});

test.each([
  '',
  'Liked',
  'Liked “”',
  'Loved “Yo…”',
  `“${ours}”`,
  ours,
  `What do you mean by “${ours}”`,
  `I liked “${ours}”`,
  `Liked “${ours}” very much`,
  'Liked it',
  'Loved an image',
  '👍',
  `5 to “${ours}”`,
])('%j does not', (text) => {
  expect(readQuotation(text)).toBeNull();
});

test('an endless text takes no time', () => {
  const started = cpuMs();
  for (const begun of ['Liked “', 'Reacted ', '👍', 'Removed ', '\u200b', 'Liked “a…']) {
    readQuotation(begun.repeat(100_000));
    readQuotation(begun + ' ”'.repeat(200_000));
  }
  expect(cpuMs() - started).toBeLessThan(1_000);
});
