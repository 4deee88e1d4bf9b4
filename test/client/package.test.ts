import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandResult, commandPath, runCommand } from '../support/run-command.ts';

/** Somebody else's project, into which the package is installed. */
let folder: string;

const expectDone = ({ exitCode, stdout, stderr }: CommandResult) => {
  expect({ exitCode, output: stdout + stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crm-api-client-'));
  const env = { HOME: folder };
  const pack = ['pack', './client', '--silent', '--pack-destination', folder];
  expectDone(await runCommand('npm', pack, { env }));
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const install = ['install', `./${tarball}`, '--offline', '--ignore-scripts', '--no-audit'];
  expectDone(await runCommand('npm', install, { env, cwd: folder }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('brings no code of other people along', async () => {
  const installed = join(folder, 'node_modules');
  expect((await readdir(installed)).filter((name) => !name.startsWith('.'))).toEqual(['crm-api']);
  const own = JSON.parse(await readFile(join(installed, 'crm-api/package.json'), 'utf8'));
  expect(own).toMatchObject({ name: 'crm-api', type: 'module' });
  expect(Object.keys(own).filter((key) => /dependencies$/i.test(key))).toEqual([]);
});

it('has the client, its types and nothing of the function', async () => {
  const entries = await readdir(join(folder, 'node_modules/crm-api'), { recursive: true });
  const files = entries.filter((name) => name.includes('.') || name === 'LICENSE').sort();
  expect(files).toEqual([
    'LICENSE',
    ...['api-types', 'client', 'read-answer', 'repeat', 'request-parts'].flatMap((name) => [
      `dist/${name}.d.ts`,
      `dist/${name}.js`,
    ]),
    'package.json',
  ]);
});

it('is imported by plain Node as "crm-api/client"', async () => {
  await writeFile(
    join(folder, 'use.js'),
    `import { createClient, CrmApiError } from 'crm-api/client';
const fetch = async (url, init) => Response.json({ message_id: url, content: init.body, delivered: true });
const client = createClient({ url: 'https://crm.example.com/', apiKey: 'cfy_x', fetch });
const { message_id } = await client.sendMessage({ content: 'Hello', ai: false, conversation_id: 'c', channel: 'sms' });
console.log(message_id, CrmApiError.name);
`,
  );
  const said = expectDone(await runCommand(process.execPath, ['use.js'], { cwd: folder }));
  expect(said).toBe('https://crm.example.com/send-message CrmApiError\n');
});

const compile = async (text: string) => {
  await writeFile(join(folder, 'use.ts'), text);
  const strict = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    '',
  ];
  return runCommand(commandPath('tsc'), ['--ignoreConfig', ...strict, 'use.ts'], { cwd: folder });
};

const use = (request: string) => `import { createClient, type SentMessage } from 'crm-api/client';
const client = createClient({ url: 'https://crm.example.com', apiKey: 'cfy_x', fetch });
export const sent: Promise<SentMessage> = client.sendMessage(${request});
`;

it('is typed for who compiles against it, and demands an agent where one is to write', async () => {
  const fields = "content: 'Hello', conversation_id: 'c', channel: 'sms'";
  expectDone(await compile(use(`{ ${fields}, ai: false }`)));
  expectDone(await compile(use(`{ ${fields}, ai: true, agent_id: 'x' }`)));
  const { exitCode, stdout } = await compile(use(`{ ${fields}, ai: true }`));
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain('agent_id');
});
