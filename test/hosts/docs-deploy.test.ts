import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { hostEnvironment } from '../../dev/machine/host-environment.ts';
import { commandPath, projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { startProcess } from '../../dev/machine/start-process.ts';
import { commandsOf, findCommand, readDocument } from '../docs/markdown.ts';
import { projectRef, startManagementApi } from '../support/loopback-management-api.ts';

const [readme, guide] = [await readDocument('README.md'), await readDocument('docs/deploy.md')];
const settings = hostEnvironment({ url: 'http://127.0.0.1:1', secretKey: 'sb_secret_unused' });
const quiet = { CI: 'true', NO_COLOR: '1', DO_NOT_TRACK: '1', WRANGLER_SEND_METRICS: 'false' };

let folder: string;
let environmentFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crm-api-docs-'));
  environmentFile = join(folder, '.env.production');
  const lines = Object.entries({ ...settings, PORT: '0' }).map(
    ([name, value]) => `${name}=${value}`,
  );
  await writeFile(environmentFile, lines.join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const wordsOf = (command: string): string[] => command.replace(/^npx \S+ /, '').split(' ');

describe('the commands of the deploy guide', () => {
  const helpOf = async (tool: string, words: readonly string[]): Promise<string> => {
    const { stdout } = await runCommand(commandPath(tool), [...words, '--help'], {
      env: { ...quiet, HOME: folder },
    });
    return stdout;
  };
  const commands = new Map(
    [...commandsOf(readme), ...commandsOf(guide)].flatMap((command) => {
      const [, tool, rest] = /^npx (supabase|wrangler) ([\s\S]*)$/.exec(command) ?? [];
      return tool && rest ? [[command, { tool, rest }] as const] : [];
    }),
  );

  it('are some', () => {
    expect(commands.size).toBeGreaterThan(10);
  });

  it.each([...commands])('%s has a subcommand and flags that exist', async (_, { tool, rest }) => {
    const subcommand = /^[a-z]+(?: [a-z][a-z-]*)?(?= |$)/.exec(rest)?.[0] ?? '';
    const help = await helpOf(tool, subcommand.split(' '));
    expect(help).toMatch(new RegExp(`^ *${tool} ${subcommand}\\b`, 'm'));
    for (const [flag] of rest.matchAll(/(?<= )--[a-z-]+/g)) {
      expect(help).toMatch(new RegExp(`^.*${flag}[ ,[]`, 'm'));
    }
  });

  it('show through --help when they do not exist', async () => {
    expect(await helpOf('supabase', ['db', 'psuh'])).not.toMatch(/^ *supabase db psuh/m);
    expect(await helpOf('wrangler', ['deplyo'])).not.toMatch(/^ *wrangler deplyo/m);
  });
});

describe('the README on Supabase', () => {
  let api: Awaited<ReturnType<typeof startManagementApi>>;
  let project: string;

  beforeAll(async () => {
    api = await startManagementApi();
    project = join(folder, 'project');
    for (const part of ['supabase/config.toml', 'supabase/migrations', 'functions', 'src']) {
      await cp(join(projectFolder, part), join(project, part), { recursive: true });
    }
    await cp(environmentFile, join(project, '.env.production'));
    const { origin } = api;
    await writeFile(
      join(folder, 'profile.yaml'),
      `name: loopback\napi_url: ${origin}\ndashboard_url: ${origin}\nproject_host: 127.0.0.1\n`,
    );
  });
  afterAll(() => api?.stop());

  /** The README's command, but for the loopback API, and without a question. */
  const run = async (command: string) => {
    const profile = ['--profile', join(folder, 'profile.yaml'), '--yes'];
    const isScript = command.startsWith('npm ');
    const [tool, words] = isScript
      ? ['npm', command.split(' ').slice(1)]
      : [commandPath('supabase'), wordsOf(command)];
    const { exitCode, stdout, stderr } = await runCommand(tool, [...words, ...profile], {
      cwd: isScript ? projectFolder : project,
      env: { ...quiet, HOME: folder, SUPABASE_ACCESS_TOKEN: `sbp_${'0123456789'.repeat(4)}` },
    });
    expect({ exitCode, output: stdout + stderr }).toMatchObject({ exitCode: 0 });
    return stdout + stderr;
  };

  it('links the project, sets the secrets that are ours, and deploys the function', async () => {
    await run(findCommand(readme, /^npx supabase link/));
    const said = await run(findCommand(readme, /^npx supabase secrets set/));
    expect(said).toContain('skipping: SUPABASE_URL');
    expect(said).toContain('skipping: SUPABASE_SECRET_KEY');
    await run(findCommand(readme, /^npm run deploy:supabase/));

    const [secrets, deployed, ...others] = api.calls;
    expect(others).toEqual([]);
    expect(secrets?.route).toBe(`POST /v1/projects/${projectRef}/secrets`);
    const sent: unknown = JSON.parse(secrets?.body ?? '');
    const { CREDENTIALS_KEY, PUBLIC_URL } = settings;
    expect(sent).toEqual(
      expect.arrayContaining([
        { name: 'CREDENTIALS_KEY', value: CREDENTIALS_KEY },
        { name: 'PUBLIC_URL', value: PUBLIC_URL },
      ]),
    );
    expect(deployed?.route).toBe(`POST /v1/projects/${projectRef}/functions/deploy`);
    expect(deployed?.body).toContain('"verify_jwt":false');
    expect(deployed?.body).toContain('filename="supabase/functions/crm-api/index.js"');
  });

  it('deploys from source where the guide says so', async () => {
    const before = api.calls.length;
    await run(findCommand(guide, /^npx supabase functions deploy/));
    const [deployed] = api.calls.slice(before);
    expect(deployed?.route).toBe(`POST /v1/projects/${projectRef}/functions/deploy`);
    expect(deployed?.body).toContain('filename="functions/crm-api/index.ts"');
  });
});

it('the README on Workers uploads the function with its variables', async () => {
  const command = findCommand(readme, /^npx wrangler/).replace('.env.production', environmentFile);
  const { exitCode, stdout, stderr } = await runCommand(
    commandPath('wrangler'),
    [...wordsOf(command), '--dry-run', '--outdir', join(folder, 'worker')],
    { env: { ...quiet, HOME: folder } },
  );
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  for (const name of Object.keys(settings)) expect(stdout).toContain(`env.${name}`);
  expect(stdout).not.toContain(demoData.credentialsKey);
});

it('the README on Node starts the function, which is healthy where the guide asks', async () => {
  const build = await runCommand(
    'npm',
    findCommand(readme, /^npm run build$/)
      .split(' ')
      .slice(1),
    {
      env: { HOME: folder },
    },
  );
  expect(build).toMatchObject({ exitCode: 0 });
  const command = findCommand(readme, /node\.mjs$/).replace('.env.production', environmentFile);
  const [node = '', ...words] = command.split(' ');
  const host = await startProcess(node, words, {
    cwd: projectFolder,
    env: {},
    readyWhen: /"event":"listening","port":(\d+)/,
  });
  try {
    const [, path] = /supabase\.co(\S+)/.exec(findCommand(guide, /^curl .*\/health$/)) ?? [];
    const response = await fetch(`http://127.0.0.1:${host.ready[1]}${path}`);
    expect(await response.json()).toEqual({
      status: 'ok',
      openapi: `${settings.PUBLIC_URL}/openapi.json`,
      docs: `${settings.PUBLIC_URL}/docs`,
    });
  } finally {
    await host.stop();
  }
});
