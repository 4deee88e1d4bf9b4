import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findFreePort } from '../../dev/machine/free-port.ts';
import { runCommand } from '../../dev/machine/run-command.ts';
import { type RunningProcess, startProcess } from '../../dev/machine/start-process.ts';
import { blocksOf, commandsOf, findCommand, readDocument } from '../docs/markdown.ts';
import { expectSent } from '../support/api.ts';

const usualOrigin = 'http://127.0.0.1:8787';
const unquote = (text: string): string => text.replace(/^'|'$/g, '');

/** Makes the command's request, for machines without curl. */
const ask = async (command: string): Promise<string> => {
  const words = [...command.matchAll(/'[^']*'|[^\s\\]+/g)].map(([word]) => unquote(word));
  const after = (option: string) =>
    words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ''] : []));
  const headers = after('-H').map((header): [string, string] => {
    const [name = '', value = ''] = header.split(': ');
    return [name, value];
  });
  const [body] = after('-d');
  const url = words.find((word) => word.startsWith('http')) ?? '';
  const response = await fetch(
    url,
    body === undefined ? { headers } : { method: 'POST', headers, body },
  );
  return response.text();
};

const hasCurl = await runCommand('curl', ['--version']).then(
  ({ exitCode }) => exitCode === 0,
  () => false,
);

const send = async (command: string): Promise<string> => {
  if (!hasCurl) return ask(command);
  const { exitCode, stdout, stderr } = await runCommand('sh', ['-c', command]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
};

const readme = await readDocument('README.md');
const manual = findCommand(readme, /^curl [\s\S]*"ai":false/);
const written = findCommand(readme, /^curl [\s\S]*"ai":true/);
const lookUp = findCommand(readme, /^curl [\s\S]*\/messages\//);

describe('the first message of the README', () => {
  let stack: RunningProcess;
  let origin: string;
  let vendorsOrigin: string;
  let settings: Record<string, string>;

  beforeAll(async () => {
    const [api, database, vendors, model] = [
      await findFreePort(),
      await findFreePort(),
      await findFreePort(),
      await findFreePort(),
    ];
    origin = `http://127.0.0.1:${api}`;
    vendorsOrigin = `http://127.0.0.1:${vendors}`;
    settings = {
      PORT: `${api}`,
      DEV_DB_PORT: `${database}`,
      DEV_VENDORS_PORT: `${vendors}`,
      DEV_MODEL_PORT: `${model}`,
    };
    stack = await startProcess(process.execPath, ['dev/dev.ts'], {
      env: settings,
      readyWhen: /Ctrl-C stops everything, and forgets what was stored/,
    });
  });
  afterAll(() => stack?.stop());

  const here = (command: string): string => command.replaceAll(usualOrigin, origin);
  const sendHere = async (command: string) =>
    expectSent({
      status: 200,
      headers: new Headers(),
      body: JSON.parse(await send(here(command))),
    });

  it('is what npm run dev prints', () => {
    for (const command of [manual, written])
      expect(stack.output()).toContain(`\n${here(command)}\n`);
  });

  it.each(['sms', 'whatsapp'])('is sent as it is on %s', async (channel) => {
    const answer = await sendHere(manual.replace('"channel":"sms"', `"channel":"${channel}"`));
    expect(answer).toMatchObject({
      content: 'Your appointment is confirmed for Thursday at 10 am.',
      sender_type: 'user',
      channel,
      ai: false,
    });
  });

  it.each(['sms', 'whatsapp'])('is written by the agent on %s', async (channel) => {
    const answer = await sendHere(
      written.replace('"channel":"whatsapp"', `"channel":"${channel}"`),
    );
    expect(answer).toMatchObject({ sender_type: 'agent', channel, ai: true });
    expect(written).not.toContain(answer.content);
  });

  it('has the fields that the README shows, in that order', async () => {
    const shown = blocksOf(readme).find(({ language }) => language === 'json');
    const answer: unknown = JSON.parse(await send(here(written)));
    const keys = (value: unknown) => Object.keys(z.looseObject({}).parse(value));
    expect(keys(answer)).toEqual(keys(JSON.parse(shown?.text ?? '')));
  });

  it('is understood by the stand-in for curl, too', async () => {
    expect(JSON.parse(await ask(here(manual)))).toMatchObject({ channel: 'sms', delivered: true });
  });

  it('can be asked for afterwards', async () => {
    const { message_id, content } = await sendHere(manual);
    const answer: unknown = JSON.parse(await send(here(lookUp).replace(/msg_\w+/, message_id)));
    expect(answer).toMatchObject({ message_id, content, status: 'sent' });
  });

  it('is sent with a key and a sender of one’s own', async () => {
    const crm = async (pattern: RegExp): Promise<string> => {
      const command = findCommand(readme, pattern);
      const ran = await runCommand(
        'sh',
        ['-c', command.replace('npm run crm --', `'${process.execPath}' scripts/crm.ts`)],
        { env: settings },
      );
      expect(ran).toMatchObject({ exitCode: 0 });
      return ran.stdout;
    };
    const [key = ''] = /cfy_\w{40}/.exec(await crm(/^npm run crm -- keys create/)) ?? [];
    await crm(/^npm run crm -- senders add/);
    const answer = await sendHere(manual.replace('cfy_your_api_key', key));
    const sent = await (await fetch(`${vendorsOrigin}/_control/sent`)).json();
    expect(sent.at(-1)).toMatchObject({ from: '+15005550016', text: answer.content });
    expect(await crm(/^npm run crm -- messages tail/)).toContain(answer.message_id);
  });

  it('can be sent for as long as the stack is up, which SIGTERM ends cleanly', async () => {
    stack.kill('SIGTERM');
    expect(await stack.exited).toBe(0);
    expect(stack.output()).not.toMatch(/"level":"error"|Error:/);
    await expect(fetch(`${origin}/functions/v1/crm-api/health`)).rejects.toThrow();
  });
});

it('every curl of the README is one of these', () => {
  const curls = commandsOf(readme).filter((command) => command.startsWith('curl'));
  expect(curls).toEqual([manual, written, lookUp]);
});
