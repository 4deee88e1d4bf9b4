import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPreference } from '../../src/core/receive/opt-out-words.ts';
import { channels } from '../../src/ports/channel.ts';
import { cpuMs } from '../support/measure-growth.ts';

const chats = channels.filter((channel) => channel !== 'email');

describe.each(chats)('on %s', (channel) => {
  test.each([
    'STOP',
    'STOPALL',
    'UNSUBSCRIBE',
    'unsub',
    'OPTOUT',
    'OPT OUT',
    'opt-out',
    'Opt me out please',
    'Stop all',
    'stop',
    'stopp',
    ' \n"Stop!" ',
    '¡Stop!',
    'Stop.',
    'STOP 🛑',
    '🛑🛑 stop 🛑',
    'Stop 🙏🏽',
    'STOP\u200b',
    'S\u200bTOP',
    '\ufeffSTOP\ufe0f',
    'ＳＴＯＰ',
    '𝐒𝐓𝐎𝐏',
    'Stop +',
    '<stop>',
    'Stop all 🙏',
    'ARRET',
    'arrêt',
    'ARRE\u0302T SVP',
    'Stop please',
    'Please stop',
    'pls stop',
    'STOP, thank you',
    'stop texting me',
    'stop messages',
    'Unsubscribe me',
    'remove me please',
    'STOP por favor',
    'STOP bitte',
    'STOP\nSent from my iPhone',
    'Stop\r\n\r\nEnvoyé de mon iPhone',
    'STOP\n-- \nJane Doe\nAcme Dental',
    'Stop please\n\nJane Doe\n+1 212 555 0199',
  ])('%j opts out', (text) => {
    expect(readPreference(text, channel)).toBe('opted_out');
  });

  test.each([
    '',
    ' ',
    '...',
    'STOP it',
    'Stop by at 5 please',
    'stop by\nat 5 please',
    'Stop\nby at 5 please',
    'Stop\n\nby at 5 please',
    'Please stop by',
    'Can you stop?',
    'Which bus stop?',
    'non stop',
    "I can't stop laughing",
    'Yes please',
    'END\n\nOf the month works for me',
    'Cancel\n\nMy appointment on Monday',
    'Cancel my appointment',
    'please cancel',
    'cancel all',
    'remove it',
    'remove the extra cheese',
    'HELP',
    'S T O P',
    'constructor',
    `${'.'.repeat(100)}stop`,
    `STOP\n\n${'Jane Doe '.repeat(100)}`,
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
    'please',
    'thank you',
    'me',
  ])('%j says neither', (text) => {
    expect(readPreference(text, channel)).toBeNull();
  });

  test.each(['START', 'UNSTOP', ' Start. ', 'Start 👋'])('%j opts in', (text) => {
    expect(readPreference(text, channel)).toBe('opted_in');
  });

  test.each([
    'CANCEL',
    'END',
    'QUIT',
    'REVOKE',
    'Remove',
    'TD',
    'cancel!',
    'End\nSent from my iPhone',
  ])('%j opts out over SMS alone', (text) => {
    expect(readPreference(text, channel)).toBe(channel === 'sms' ? 'opted_out' : null);
  });

  test.each(['YES', 'yes!'])('%j opts in over SMS alone', (text) => {
    expect(readPreference(text, channel)).toBe(channel === 'sms' ? 'opted_in' : null);
  });
});

test('no word counts in an email', () => {
  for (const text of ['STOP', 'UNSUBSCRIBE', 'CANCEL', 'START', 'YES']) {
    expect(readPreference(text, 'email')).toBeNull();
  }
});

test('a word beside another that is no courtesy says nothing', () => {
  const courtesies =
    /^(all|me|now|sms|you|por|svp|pls|plz|thx|stop|texts|texting|messages|messaging|unsub|optout|stopp|arret|please|thanks|thank|merci|bitte|danke|favor|gracias)$/;
  const other = fc.stringMatching(/^[a-z]{2,8}$/).filter((word) => !courtesies.test(word));
  fc.assert(fc.property(other, (word) => readPreference(`stop ${word}`, 'sms') === null));
});

test('a long run of punctuation takes no time', () => {
  const started = cpuMs();
  readPreference(`${'.'.repeat(500_000)}a`, 'sms');
  readPreference(`a${'🛑'.repeat(500_000)}a`, 'sms');
  readPreference(`stop${'\n '.repeat(500_000)}a`, 'sms');
  expect(cpuMs() - started).toBeLessThan(500);
});
