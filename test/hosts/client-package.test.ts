import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandResult, commandPath, runCommand } from '../../dev/machine/run-command.ts';
import { blocksOf, readDocument } from '../docs/markdown.ts';

/** A stranger's project, into which the package is installed. */
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

const modules = ['api-types', 'client', 'read-response', 'repeat', 'request-parts'].flatMap(
  (name) => [`${name}.d.ts`, `${name}.js`],
);

it('has the client, its types and nothing of the function', async () => {
  const entries = await readdir(join(folder, 'node_modules/crm-api'), { recursive: true });
  const files = entries.filter((name) => name.includes('.') || name === 'LICENSE').sort();
  expect(files).toEqual(
    [
      'LICENSE',
      'README.md',
      ...modules.map((name) => `dist/${name}`),
      ...modules.map((name) => `dist/cjs/${name}`),
      'dist/cjs/package.json',
      'package.json',
    ].toSorted(),
  );
});

const sendFrom = (first: string) => `${first}
const fetch = async (url, init) => Response.json({ message_id: url, content: init.body, delivered: true });
const client = createClient({ url: 'https://crm.example.com/', apiKey: 'cfy_x', fetch });
client.sendMessage({ content: 'Hello', ai: false, conversation_id: 'c', channel: 'sms' })
  .then(({ message_id }) => console.log(message_id, CrmApiError.name));
`;

const run = async (file: string, text: string, ...flags: readonly string[]) => {
  await writeFile(join(folder, file), text);
  return expectDone(await runCommand(process.execPath, [...flags, file], { cwd: folder }));
};

it.each(['crm-api', 'crm-api/client'])('is imported by plain Node as %j', async (name) => {
  const text = sendFrom(`import { createClient, CrmApiError } from '${name}';`);
  expect(await run('use.js', text)).toBe('https://crm.example.com/send-message CrmApiError\n');
});

// Node before 20.19 cannot require an ES module.
const older = '--no-experimental-require-module';

it.each([
  ['crm-api', []],
  ['crm-api', [older]],
  ['crm-api/client', []],
  ['crm-api/client', [older]],
])('is required by plain Node as %j, with the flags %j', async (name, flags) => {
  const text = sendFrom(`const { createClient, CrmApiError } = require('${name}');`);
  const said = await run('use.cjs', text, ...flags);
  expect(said).toBe('https://crm.example.com/send-message CrmApiError\n');
});

it('has one error class in a process that imports it here and requires it there', async () => {
  const text = `import { createRequire } from 'node:module';
import { CrmApiError } from 'crm-api';
const required = createRequire(import.meta.url)('crm-api');
console.log(required.CrmApiError === CrmApiError);
`;
  expect(await run('both.js', text)).toBe('true\n');
});

const compile = async (text: string, file = 'use.ts') => {
  await writeFile(join(folder, file), text);
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
  return runCommand(commandPath('tsc'), ['--ignoreConfig', ...strict, file], { cwd: folder });
};

const use = (request: string) => `import { createClient, type SentMessage } from 'crm-api/client';
const client = createClient({ url: 'https://crm.example.com', apiKey: 'cfy_x', fetch });
export const sent: Promise<SentMessage> = client.sendMessage(${request});
`;

it('is typed for who compiles against it, and demands an agent where one is to write', async () => {
  const fields = "content: 'Hello', conversation_id: 'c', channel: 'sms'";
  expectDone(await compile(use(`{ ${fields}, ai: false }`)));
  expectDone(await compile(use(`{ ${fields}, ai: true, agent_id: 'x' }`)));
  expectDone(await compile(`declare const ai: boolean;\n${use(`{ ${fields}, ai }`)}`));
  const { exitCode, stdout } = await compile(use(`{ ${fields}, ai: true }`));
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain('agent_id');
});

it('is typed for CommonJS too', async () => {
  const text = `import crm = require('crm-api');
export const client: crm.Client = crm.createClient({ url: 'https://crm.example.com', apiKey: 'cfy_x' });
`;
  expectDone(await compile(text, 'use.cts'));
});

it('comes with a README whose examples compile', async () => {
  const readme = await readDocument('client/README.md');
  expect(await readFile(join(folder, 'node_modules/crm-api/README.md'), 'utf8')).toBe(readme);
  const examples = blocksOf(readme).filter(({ language }) => language === 'ts');
  expect(examples.length).toBeGreaterThan(1);
  const globals = 'declare const process: { readonly env: Record<string, string | undefined> };';
  for (const { text } of examples) expectDone(await compile(`${text}\n${globals}\nexport {};\n`));
  expect(readme).toContain("require('crm-api')");
});
