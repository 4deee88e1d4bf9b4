import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorker } from '../../dev/machine/worker-bundle.ts';
import { readCompatibility } from '../../dev/machine/worker-compatibility.ts';
import { bindText, launchWorkerd } from '../cold-start/workerd.ts';
import { describeWorker } from '../cold-start/workerd-config.ts';
import { startOnCore } from './processes.ts';
import { environmentFor, type Subject, threeCallsTo } from './subjects.ts';
import type { Started } from './world.ts';

/** workerd itself with the bundle of an entry; whatever it fetches goes to the doubles. */
const startWorkerd = async (name: string, entry: string, origin: string): Promise<Subject> => {
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-bench-workerd-'));
  const bundle = await buildWorker(entry);
  await copyFile(bundle.file, join(folder, 'worker.js'));
  await bundle.remove();
  const config = describeWorker({
    ...(await readCompatibility()),
    file: 'worker.js',
    bindings: bindText({
      ...environmentFor(origin),
      THREE_CALLS: JSON.stringify(threeCallsTo(origin, origin)),
    }),
    outbound: new URL(origin).host,
  });
  await writeFile(join(folder, 'config.capnp'), config);
  const launch = launchWorkerd(folder, 'config.capnp');
  const { ready, pid, stop } = await startOnCore('measured', launch);
  return {
    name,
    pid,
    baseUrl: `http://127.0.0.1:${ready[1]}${launch.basePath}`,
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export const startWorkerdSubjects = async (origin: string, started: Started) => ({
  ours: await started(startWorkerd('crm-api', 'functions/worker.ts', origin)),
  floor: await started(
    startWorkerd('three calls', 'bench/load/three-calls/serve-worker.ts', origin),
  ),
});
