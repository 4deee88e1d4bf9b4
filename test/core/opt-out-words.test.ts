import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPreference } from '../../src/core/opt-out-words.ts';

test.each([
  'STOP',
  'STOPALL',
  'UNSUBSCRIBE',
  'CANCEL',
  'END',
  'QUIT',
  'REVOKE',
  'OPTOUT',
  'OPT OUT',
  'opt-out',
  'Stop all',
  'stop',
  ' \n"Stop!" ',
  '¡Stop!',
  'Stop.',
  'STOP 🛑',
  '🛑🛑 stop 🛑',
  'Stop 🙏🏽',
  'STOP\u200b',
  '\ufeffSTOP\ufe0f',
  'Stop +',
  '<stop>',
  'Stop all 🙏',
])('%j opts out', (text) => {
  expect(readPreference(text)).toBe('opted_out');
});

test.each(['START', 'UNSTOP', 'YES', 'yes!', ' Start. ', 'Start 👋'])('%j opts in', (text) => {
  expect(readPreference(text)).toBe('opted_in');
});

test.each([
  '',
  ' ',
  '...',
  'STOP it',
  'please stop',
  'Yes please',
  'stopp',
  'HELP',
  'S T O P',
  'constructor',
  `${'.'.repeat(100)}stop`,
  '🛑',
  '1️⃣',
  '#️⃣',
  '\u200b\ufe0f',
  "don't stop",
  'stop it 🛑',
  'stop 🛑 it',
  'STOP 1',
  '1️⃣ STOP',
  'Stopé',
  'Стоп',
])('%j says neither', (text) => {
  expect(readPreference(text)).toBeNull();
});

test('a word within other words says nothing', () => {
  const other = fc.stringMatching(/^[a-z]{2,8}$/);
  fc.assert(
    fc.property(other, (word) => readPreference(`stop ${word}`) === null || word === 'all'),
  );
});

test('a long run of punctuation takes no time', () => {
  const started = performance.now();
  readPreference(`${'.'.repeat(500_000)}a`);
  readPreference(`a${'🛑'.repeat(500_000)}a`);
  expect(performance.now() - started).toBeLessThan(500);
});
