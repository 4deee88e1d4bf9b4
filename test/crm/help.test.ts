import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { runCrm } from '../../scripts/crm/run.ts';

const help = async (...args: readonly string[]): Promise<string> => {
  let printed = '';
  const exitCode = await runCrm([...args, '--help'], {
    environment: {},
    fetch: () => Promise.reject(new Error('help needs no network')),
    now: Date.now,
    stdin: Readable.from([]),
    interrupted: new AbortController().signal,
    terminal: {
      isInteractive: false,
      print: (text) => {
        printed += `${text}\n`;
      },
      note: () => undefined,
      askSecret: () => Promise.reject(new Error('help asks nothing')),
      confirm: () => Promise.reject(new Error('help asks nothing')),
    },
  });
  expect(exitCode).toBe(0);
  return printed;
};

const subcommandsIn = (text: string): string[] =>
  [...(text.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');

it('npm run crm has help with examples for every command', async () => {
  const groups = subcommandsIn(await help());
  expect(groups).toEqual(
    expect.arrayContaining([
      ...['accounts', 'keys', 'connections', 'senders', 'agents'],
      ...['contacts', 'messages', 'doctor'],
    ]),
  );
  for (const group of groups) {
    const text = await help(group);
    const commands = subcommandsIn(text).map((command) => [group, command]);
    for (const command of commands.length > 0 ? commands : [[group]]) {
      expect(await help(...command), command.join(' ')).toMatch(/Examples?:\n {2}\S.*crm --/);
    }
  }
});
