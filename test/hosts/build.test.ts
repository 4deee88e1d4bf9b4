import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDatabase } from '../../dev/database.ts';
import { hostEnvironment } from '../../dev/machine/host-environment.ts';
import { projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { startProcess } from '../../dev/machine/start-process.ts';
import { startDoubles } from '../support/doubles.ts';
import { startNodeHost } from '../support/hosts.ts';
import { sendText } from '../support/send-text.ts';

const secret = 'sb_secret_of_the_one_who_builds';
const dist = join(projectFolder, 'dist');
let empty: string;

beforeAll(async () => {
  const env = { SUPABASE_SECRET_KEY: secret, HOME: process.env.HOME };
  expect(await runCommand('npm', ['run', 'build'], { env })).toMatchObject({ exitCode: 0 });
  empty = await mkdtemp(join(tmpdir(), 'crm-api-alone-'));
});
afterAll(() => rm(empty, { recursive: true, force: true }));

const files = ['node.mjs', 'supabase/functions/crm-api/index.js'];

describe.each(files)('npm run build: dist/%s', (file) => {
  const packagesIn = (text: string) =>
    new Set(
      [...text.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(([, name]) => name),
    );

  it('comes with the licence of each package in it', async () => {
    const packages = packagesIn(await readFile(join(dist, file), 'utf8'));
    const licences = await readFile(join(dist, 'LICENSES.txt'), 'utf8');
    expect(packages.size).toBeGreaterThan(5);
    for (const name of packages) expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+`, 'm'));
  });

  it('leaves out the parts of supabase-js that this function never uses', async () => {
    const packages = [...packagesIn(await readFile(join(dist, file), 'utf8'))];
    expect(packages).toContain('@supabase/supabase-js');
    expect(packages.filter((name) => /auth|realtime|storage/.test(name ?? ''))).toEqual([]);
  });
});

it('npm run build puts nothing of its environment into a file', async () => {
  const built = await readdir(dist, { recursive: true, withFileTypes: true });
  const texts = built
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8'));
  expect(texts.length).toBeGreaterThan(4);
  for (const text of await Promise.all(texts)) expect(text).not.toContain(secret);
});

it('dist/node.mjs sends with nothing else from the checkout', async () => {
  const alone = join(empty, 'node.mjs');
  await copyFile(join(dist, 'node.mjs'), alone);
  const [database, doubles] = await Promise.all([startDatabase(), startDoubles()]);
  const settings = { env: hostEnvironment(database), vendorOrigins: doubles.origins };
  const host = await startNodeHost(alone, settings);
  try {
    const response = await sendText(host.baseUrl, 'Your table is ready.');
    expect(await response.json()).toMatchObject({ delivered: true });
    expect(doubles.vendors.sent()).toMatchObject([{ text: 'Your table is ready.' }]);
  } finally {
    await host.stop();
    await Promise.all([database.stop(), doubles.stop()]);
  }
});

it('dist/node.mjs logs an error with its place in the source', async () => {
  const host = await startProcess(
    process.execPath,
    ['--enable-source-maps', join(dist, 'node.mjs')],
    {
      env: { ...hostEnvironment({ url: 'http://127.0.0.1:1', secretKey: secret }), PORT: '0' },
      readyWhen: /"event":"listening","port":(\d+)/,
    },
  );
  try {
    const baseUrl = `http://127.0.0.1:${host.ready[1]}/functions/v1/crm-api`;
    expect((await sendText(baseUrl, 'Hello')).status).toBe(503);
    await expect.poll(host.output).toMatch(/src\/store\/[\w-]+\.ts:\d+:\d+/);
  } finally {
    await host.stop();
  }
});
