import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDenoApps } from '../cold-start/deno.ts';
import type { Launch } from '../cold-start/time-start.ts';
import { startOnCore } from './processes.ts';
import { environmentFor, routesTo, type Subject, threeCallsTo } from './subjects.ts';
import type { Started } from './world.ts';

const preload = fileURLToPath(
  new URL('../../dev/machine/preload-vendor-routes.js', import.meta.url),
);
const threeCallsFolder = fileURLToPath(new URL('three-calls', import.meta.url));

const startDeno = async (name: string, launch: Launch, origin: string): Promise<Subject> => {
  const [run = '', ...args] = launch.args;
  const { ready, pid, stop } = await startOnCore('measured', {
    ...launch,
    args: [run, '--preload', preload, ...args],
    env: {
      ...launch.env,
      ...environmentFor(origin),
      THREE_CALLS: JSON.stringify(threeCallsTo(origin, origin)),
      TEST_VENDOR_ORIGINS: JSON.stringify(routesTo(origin)),
    },
  });
  return { name, pid, baseUrl: `http://127.0.0.1:${ready[1]}${launch.basePath}`, stop };
};

/** The unpacked deployment on Deno, as Supabase starts it, and the three calls beside it. */
export const startDenoSubjects = async (origin: string, started: Started) => {
  const { deployment, launch, launches, remove } = await prepareDenoApps();
  await started(Promise.resolve({ stop: remove }));
  await cp(threeCallsFolder, join(deployment.folder, 'three-calls'), { recursive: true });
  const floor = launch('three-calls/serve-deno.ts');
  return {
    ours: await started(startDeno('crm-api', launches.ours, origin)),
    floor: await started(startDeno('three calls', floor, origin)),
  };
};
