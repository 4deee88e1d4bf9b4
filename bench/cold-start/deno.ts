import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { denoEnvironment } from '../../dev/machine/deno-environment.ts';
import { type Deployment, denoConfig, deployFunction } from '../../dev/machine/deployment.ts';
import { commandPath, projectFolder } from '../../dev/machine/run-command.ts';
import { buildFile } from '../../scripts/build/build-hosts.ts';
import { environment } from './settings.ts';
import { timeImport } from './time-imports.ts';
import { type Launch, pairLongest, pairStarts } from './time-start.ts';

const apps = ['empty-deno.ts', 'empty.ts', 'time-imports.ts'] as const;
const config = ['--config', 'bench/deno.json'];

/** Puts the empty app and the versions of its packages beside the deployed one. */
const addApps = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const app of apps) {
    await copyFile(new URL(`apps/${app}`, import.meta.url), join(folder, app));
  }
  await copyFile(join(projectFolder, 'functions/crm-api/deno.json'), join(folder, 'deno.json'));
};

// Deno keeps V8's compiled code for the next start. A function that starts on another machine has none, so it is
// deleted.
const options = ['--no-prompt', '--no-lock', '--no-code-cache'];

type DenoEnvironment = Awaited<ReturnType<typeof denoEnvironment>>;

const launchIn =
  (folder: string, env: DenoEnvironment) =>
  (script: string, packages: readonly string[] = config): Launch => ({
    command: commandPath('deno'),
    args: ['run', ...options, '--allow-net', '--allow-env', ...packages, script],
    cwd: folder,
    env: { ...env, ...environment, DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0' },
    readyWhen: /Listening on http:\/\/127\.0\.0\.1:(\d+)/,
    basePath: '/crm-api',
  });

const launchDeployed = ({ folder, metadata }: Deployment, env: DenoEnvironment) =>
  launchIn(folder, env)(metadata.entrypoint_path, denoConfig(metadata));

/** The unpacked deployment and the empty app beside it, and how the deno command starts each. */
export const prepareDenoApps = async () => {
  const deployment = await deployFunction();
  await addApps(join(deployment.folder, 'bench'));
  const env = await denoEnvironment();
  const launch = launchIn(deployment.folder, env);
  return {
    deployment,
    env,
    launch,
    launches: { ours: launchDeployed(deployment, env), empty: launch('bench/empty-deno.ts') },
    remove: deployment.remove,
  };
};

/** The module alone, with the settings of its deployment. */
const evaluate = (
  folder: string,
  env: DenoEnvironment,
  settings: readonly string[],
  file: string,
) =>
  timeImport(
    {
      command: commandPath('deno'),
      args: ['run', ...options, '--allow-all', ...settings, 'bench/time-imports.ts'],
      cwd: folder,
      env,
    },
    file,
  );

/** The file that users deploy, the sources, and the empty app as its author would deploy it and as one file. */
export const prepareDeno = async () => {
  const { deployment, env, launch, launches, remove } = await prepareDenoApps();
  const sources = await deployFunction('sources');
  await addApps(join(sources.folder, 'bench'));
  const build = async (entry: string, name: string) => {
    const file = join(deployment.folder, name);
    await buildFile('deno', entry, file);
    return file;
  };
  const emptyFile = await build('bench/cold-start/apps/empty-deno.ts', 'empty-deno.js');
  const app = await build('functions/hosted-app.ts', 'app.js');
  const emptyApp = await build('bench/cold-start/apps/empty.ts', 'empty.js');
  const sourceApp = join(
    sources.folder,
    dirname(sources.metadata.entrypoint_path),
    '../hosted-app.ts',
  );
  const source = launchDeployed(sources, env);
  const alone = ['--no-config'];
  const until = 'app imported';
  return {
    starts: pairStarts('Deno', launches),
    others: [
      ...pairLongest('Deno, the empty app as one file too', {
        ours: launches.ours,
        empty: launch(emptyFile, alone),
      }),
      ...pairLongest('Deno, from source', { ours: source, empty: launches.empty }),
    ],
    evaluations: [
      {
        runtime: 'Deno, both as one file',
        until,
        ours: evaluate(deployment.folder, env, alone, app),
        empty: evaluate(deployment.folder, env, alone, emptyApp),
      },
      {
        runtime: 'Deno, both from source',
        until,
        ours: evaluate(sources.folder, env, config, sourceApp),
        empty: evaluate(sources.folder, env, config, join(sources.folder, 'bench/empty.ts')),
      },
    ],
    remove: async () => {
      await Promise.all([remove(), sources.remove()]);
    },
  };
};
