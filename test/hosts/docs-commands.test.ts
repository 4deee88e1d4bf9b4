import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { blocksOf, commandsOf, findCommand, readDocument } from '../docs/markdown.ts';
import { type Api, expectSent, startApi } from '../support/api.ts';

const script = join(projectFolder, 'scripts/crm.ts');
const preload = join(projectFolder, 'dev/machine/preload-vendor-routes.js');
const { twilio, openai, credentialsKey } = demoData;
const credentials = {
  twilio: { accountSid: twilio.accountSid, authToken: twilio.authToken },
  openai: { apiKey: openai.apiKey },
};

const wordsOf = (command: string) =>
  /^npm run crm -- --env \.env\.production (.*)$/.exec(command)?.[1];

/** Runs every command of the document, unchanged, on an empty database, and answers its questions. */
describe.each(['README.md', 'docs/deploy.md'])('the commands of %s', (document) => {
  let database: Database;
  let api: Api;
  let folder: string;
  let markdown: string;
  const outputs = new Map<string, string>();

  beforeAll(async () => {
    markdown = await readDocument(document);
    database = await startDatabase();
    await database.query('delete from public.sub_accounts');
    api = await startApi({ database });
    folder = await mkdtemp(join(tmpdir(), 'crm-api-commands-'));
    const settings = {
      SUPABASE_URL: database.url,
      SUPABASE_SECRET_KEY: database.secretKey,
      CREDENTIALS_KEY: credentialsKey,
      PUBLIC_URL: api.deps.publicUrl,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    await writeFile(join(folder, '.env.production'), lines.join('\n'));
    const people = blocksOf(markdown).find(({ text }) => text.startsWith('name,phone,'));
    await writeFile(join(folder, 'people.csv'), people?.text ?? '');
  });
  afterAll(async () => {
    await api?.stop();
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (words: string) => {
    const asked = /connections add (twilio|openai)/.exec(words)?.[1];
    const given = asked === 'twilio' || asked === 'openai' ? credentials[asked] : null;
    const node = `'${process.execPath}' --import '${preload}' '${script}'`;
    return runCommand('sh', ['-c', `${node} --env .env.production ${words}`], {
      cwd: folder,
      env: {
        TEST_VENDOR_ORIGINS: JSON.stringify({
          ...api.vendors.origins,
          'api.openai.com': api.model.origin,
        }),
        ...(given && { CREDENTIALS: JSON.stringify(given) }),
      },
    });
  };

  it('work one after the other', async () => {
    const commands = commandsOf(markdown).flatMap((command) => wordsOf(command) ?? []);
    expect(commands.length).toBeGreaterThan(6);
    for (const words of commands.filter((each) => !/^(doctor|messages show)/.test(each))) {
      const ran = await run(words);
      expect(ran, words).toMatchObject({ exitCode: 0 });
      outputs.set(words, ran.stdout);
    }
  });

  it('end with a message that is sent', async () => {
    const [key = ''] = /cfy_\w{40}/.exec(outputs.get('keys create n8n') ?? '') ?? [];
    const curl = findCommand(markdown, /^curl [\s\S]*"ai":false/);
    const [, body = ''] = /-d '(.*)'$/.exec(curl) ?? [];
    const answer = expectSent(await api.send(body, { 'x-api-key': key }));
    expect(api.vendors.sent()).toMatchObject([{ to: '+15005550101', text: answer.content }]);
    const shown = await run(`messages show ${answer.message_id}`);
    expect(shown).toMatchObject({ exitCode: 0 });
    expect(shown.stdout).toContain('sent');
  });

  it('write as the agent that they make', async () => {
    const made = [...outputs].find(([words]) => words.startsWith('agents add'))?.[1] ?? '';
    const [agent_id = ''] = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(made) ?? [];
    const [key = ''] = /cfy_\w{40}/.exec(outputs.get('keys create n8n') ?? '') ?? [];
    const body = {
      content: 'Say hello.',
      ai: true,
      agent_id,
      conversation_id: 'conv_abc123',
      channel: 'sms',
    };
    expect(expectSent(await api.send(body, { 'x-api-key': key }))).toMatchObject({ ai: true });
  });
});
