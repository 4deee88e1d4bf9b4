import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startDatabase } from '../../dev/database.ts';
import { denoEnvironment } from '../../dev/machine/deno-environment.ts';
import { type Deployment, deployFunction } from '../../dev/machine/deployment.ts';
import { hostEnvironment } from '../../dev/machine/host-environment.ts';
import { commandPath, projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { startDoubles } from '../support/doubles.ts';
import { startDenoHost } from '../support/hosts.ts';
import { sendText } from '../support/send-text.ts';

const packageSchema = z.object({ dependencies: z.record(z.string(), z.string()) });
const importsSchema = z.object({ imports: z.record(z.string(), z.string()) });
const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

describe('what the Supabase CLI uploads from source', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deployFunction('sources');
  });
  afterAll(() => deployment?.remove());

  it('is the function, its import map and what it imports, and nothing else', async () => {
    expect(deployment.metadata).toEqual({
      name: 'crm-api',
      entrypoint_path: 'functions/crm-api/index.ts',
      import_map_path: 'functions/crm-api/deno.json',
      verify_jwt: false,
    });
    expect((await readdir(deployment.folder)).sort()).toEqual(['functions', 'src']);
    expect(deployment.files).not.toContain('functions/node.ts');
    expect(deployment.files).toContain('functions/crm-api/deno.json');
    expect(
      deployment.files.filter((file) => !/\.ts$|^functions\/crm-api\/deno\.json$/.test(file)),
    ).toEqual([]);
  });

  it('pins the versions that this project is tested with', async () => {
    const { imports } = importsSchema.parse(
      await readJson(join(deployment.folder, deployment.metadata.import_map_path)),
    );
    const { dependencies } = packageSchema.parse(
      await readJson(join(projectFolder, 'package.json')),
    );
    const { '@hono/node-server': onlyOnNode, ...shared } = dependencies;
    expect(onlyOnNode).toBeDefined();
    const pinned = Object.entries(shared).map(([name, version]) => [
      name,
      `npm:${name}@${version}`,
    ]);
    expect(imports).toEqual({
      ...Object.fromEntries(pinned),
      'hono/': `npm:/hono@${dependencies.hono}/`,
    });
  });

  it('passes the type check of Deno', async () => {
    const { import_map_path: importMap, entrypoint_path: entry } = deployment.metadata;
    const { exitCode, stderr } = await runCommand(
      commandPath('deno'),
      ['check', '--no-lock', '--config', importMap, entry],
      { cwd: deployment.folder, env: await denoEnvironment(), timeoutMs: 100_000 },
    );
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  });
});

it('the Supabase CLI uploads one file after npm run build, and asks callers for no token', async () => {
  const deployment = await deployFunction('bundle');
  try {
    expect(deployment.files).toEqual(['supabase/functions/crm-api/index.js']);
    expect(deployment.metadata).toEqual({
      name: 'crm-api',
      entrypoint_path: 'supabase/functions/crm-api/index.js',
      import_map_path: '',
      verify_jwt: false,
    });
  } finally {
    await deployment.remove();
  }
});

describe.each(['bundle', 'sources'] as const)('the deployed %s under Deno', (what) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deployFunction(what);
  });
  afterAll(() => deployment?.remove());

  it('serves a send', async () => {
    const [database, doubles] = await Promise.all([startDatabase(), startDoubles()]);
    const settings = { env: hostEnvironment(database), vendorOrigins: doubles.origins };
    const host = await startDenoHost(deployment, settings);
    try {
      const response = await sendText(host.baseUrl, 'Your table is ready.');
      expect(await response.json()).toMatchObject({ delivered: true });
      expect(doubles.vendors.sent()).toMatchObject([{ text: 'Your table is ready.' }]);
    } finally {
      await host.stop();
      await Promise.all([database.stop(), doubles.stop()]);
    }
  });

  it('answers every request with an error, and logs why once, when it is not configured', async () => {
    const host = await startDenoHost(deployment, { env: {}, vendorOrigins: {} });
    try {
      for (const path of ['/send-message', '/health']) {
        const response = await fetch(`${host.baseUrl}${path}`, { method: 'POST' });
        expect(response.status).toBe(500);
        expect(await response.json()).toMatchObject({ error: { code: 'internal_error' } });
      }
      expect(host.output().match(/CREDENTIALS_KEY/g)).toHaveLength(1);
    } finally {
      await host.stop();
    }
  });
});
