import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandPath } from '../../dev/machine/run-command.ts';
import { type RunningProcess, startProcess } from '../../dev/machine/start-process.ts';
import { buildWorker } from '../../dev/machine/worker-bundle.ts';
import { readCompatibility } from '../../dev/machine/worker-compatibility.ts';
import { asks, sendAsk } from './ask.ts';
import type { Pair, TimeStart } from './compare.ts';
import { readThreadsCpuMs } from './read-cpu.ts';
import { environment, publicBasePath } from './settings.ts';
import { type Launch, type Launches, pairStarts } from './time-start.ts';
import { describeWorker, type WorkerSettings } from './workerd-config.ts';

const subjects = ['ours', 'empty'] as const;
const entries = {
  ours: 'functions/worker.ts',
  empty: 'bench/cold-start/apps/empty-worker.ts',
} as const;

/** Starts the binary itself, without the Node process that wrangler and miniflare put around it. */
export const launchWorkerd = (folder: string, config: string): Launch => ({
  command: commandPath('workerd'),
  args: ['serve', '--experimental', '--control-fd=1', join(folder, config)],
  env: {},
  readyWhen: /"event":"listen","socket":"http","port":(\d+)/,
  basePath: publicBasePath,
});

const bundleInto = async (folder: string, subject: keyof Launches): Promise<void> => {
  const bundle = await buildWorker(entries[subject]);
  await copyFile(bundle.file, join(folder, `${subject}.js`));
  await bundle.remove();
};

export const bindText = (values: Readonly<Record<string, string>>): WorkerSettings['bindings'] =>
  Object.fromEntries(Object.entries(values).map(([name, text]) => [name, { text }]));

const write = (folder: string, name: string, settings: WorkerSettings) =>
  writeFile(join(folder, `${name}.capnp`), describeWorker(settings));

const writeConfigs = async (folder: string): Promise<void> => {
  const compatibility = await readCompatibility();
  const loader = new URL('apps/isolate-loader.js', import.meta.url);
  await copyFile(loader, join(folder, 'isolate-loader.js'));
  for (const subject of subjects) {
    const file = `${subject}.js`;
    await bundleInto(folder, subject);
    await write(folder, subject, { ...compatibility, file, bindings: bindText(environment) });
    const bindings: WorkerSettings['bindings'] = {
      LOADER: 'workerLoader',
      CODE: { file },
      COMPATIBILITY: { text: JSON.stringify(compatibility) },
      ENVIRONMENT: { text: JSON.stringify(environment) },
    };
    const settings = { ...compatibility, file: 'isolate-loader.js', bindings };
    await write(folder, `${subject}-isolates`, settings);
  }
};

type Loaders = Readonly<Record<keyof Launches, RunningProcess>>;

/**
 * The time from a request to a running process until an isolate that it makes for the request responds. It includes
 * passing the bundle's text to the loader.
 */
const pairIsolates = (loaders: Loaders): Pair[] =>
  asks.map((ask) => {
    const time =
      (subject: keyof Launches): TimeStart =>
      async () => {
        const { ready, pid } = loaders[subject];
        const cpuBefore = await readThreadsCpuMs(pid);
        const startedAt = performance.now();
        await sendAsk(`http://127.0.0.1:${ready[1]}${publicBasePath}`, ask, subject);
        const ms = performance.now() - startedAt;
        return { ms, cpuMs: (await readThreadsCpuMs(pid)) - cpuBefore };
      };
    return {
      runtime: 'workerd, isolate alone',
      until: ask.about,
      ours: time('ours'),
      empty: time('empty'),
    };
  });

/** Both bundles of wrangler's, each in a process of its own, and in isolates of a running process. */
export const prepareWorkerd = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-cold-start-'));
  const running: RunningProcess[] = [];
  const remove = async () => {
    await Promise.all(running.map((loader) => loader.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  const startLoader = async (subject: keyof Launches): Promise<RunningProcess> => {
    const { command, args, ...options } = launchWorkerd(folder, `${subject}-isolates.capnp`);
    const loader = await startProcess(command, args, options);
    running.push(loader);
    return loader;
  };
  try {
    await writeConfigs(folder);
    const loaders = { ours: await startLoader('ours'), empty: await startLoader('empty') };
    const ours = launchWorkerd(folder, 'ours.capnp');
    const empty = launchWorkerd(folder, 'empty.capnp');
    const starts = pairStarts('workerd', { ours, empty });
    return { starts, others: pairIsolates(loaders), evaluations: [], remove };
  } catch (error) {
    await remove();
    throw error;
  }
};
