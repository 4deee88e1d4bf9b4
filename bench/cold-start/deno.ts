import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { denoEnvironment } from '../../dev/machine/deno-environment.ts';
import { type Deployment, deployFunction } from '../../dev/machine/deployment.ts';
import { commandPath } from '../../dev/machine/run-command.ts';
import type { Pair } from './compare.ts';
import { environment } from './settings.ts';
import { type Importer, timeAllImports } from './time-imports.ts';
import { type Launch, pairStarts } from './time-start.ts';

const apps = ['empty-deno.ts', 'empty.ts', 'time-imports.ts'] as const;

/** Puts the empty app beside the deployed one, so that both find their packages in the same way. */
const addApps = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const app of apps) {
    await copyFile(new URL(`apps/${app}`, import.meta.url), join(folder, app));
  }
};

// Deno keeps V8's compiled code for the next start. A function that starts on another machine has none, so it is
// deleted.
const options = ['--no-prompt', '--no-lock', '--no-code-cache'];

type DenoEnvironment = Awaited<ReturnType<typeof denoEnvironment>>;

const launchIn =
  ({ folder, metadata }: Deployment, env: DenoEnvironment) =>
  (script: string): Launch => ({
    command: commandPath('deno'),
    args: [
      ...['run', ...options, '--allow-net', '--allow-env'],
      ...['--config', metadata.import_map_path, script],
    ],
    cwd: folder,
    env: { ...env, ...environment, DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0' },
    readyWhen: /Listening on http:\/\/127\.0\.0\.1:(\d+)/,
    basePath: '/crm-api',
  });

const pairEvaluations = ({ folder, metadata }: Deployment, env: DenoEnvironment): Pair => {
  const importer: Importer = {
    command: commandPath('deno'),
    args: [
      ...['run', ...options, '--allow-all'],
      ...['--config', metadata.import_map_path, 'bench/time-imports.ts'],
    ],
    cwd: folder,
    env,
  };
  const hostedApp = join(folder, dirname(metadata.entrypoint_path), '../hosted-app.ts');
  return {
    runtime: 'Deno',
    until: 'app imported',
    ours: () => timeAllImports(importer, [hostedApp]),
    empty: () => timeAllImports(importer, ['hono']),
  };
};

/** The unpacked deployment and the empty app beside it, and how the deno command starts each. */
export const prepareDenoApps = async () => {
  const deployment = await deployFunction();
  await addApps(join(deployment.folder, 'bench'));
  const env = await denoEnvironment();
  const launch = launchIn(deployment, env);
  return {
    deployment,
    env,
    launch,
    launches: {
      ours: launch(deployment.metadata.entrypoint_path),
      empty: launch('bench/empty-deno.ts'),
    },
    remove: deployment.remove,
  };
};

export const prepareDeno = async () => {
  const { deployment, env, launches, remove } = await prepareDenoApps();
  return {
    starts: pairStarts('Deno', launches),
    evaluation: pairEvaluations(deployment, env),
    remove,
  };
};
