import { fileURLToPath } from 'node:url';
import { prepareDenoApps } from '../cold-start/deno.ts';
import type { Launch } from '../cold-start/time-start.ts';
import { startOnCore } from './processes.ts';
import { environmentFor, routesTo, type Subject } from './subjects.ts';
import type { Started } from './world.ts';

const preload = fileURLToPath(
  new URL('../../dev/machine/preload-vendor-routes.js', import.meta.url),
);

const startDeno = async (name: string, launch: Launch, origin: string): Promise<Subject> => {
  const [run = '', ...args] = launch.args;
  const { ready, pid, stop } = await startOnCore('measured', {
    ...launch,
    args: [run, '--preload', preload, ...args],
    env: {
      ...launch.env,
      ...environmentFor(origin),
      TEST_VENDOR_ORIGINS: JSON.stringify(routesTo(origin)),
    },
  });
  return { name, pid, baseUrl: `http://127.0.0.1:${ready[1]}${launch.basePath}`, stop };
};

/** The unpacked deployment on Deno, as Supabase starts it, and the empty app beside it. */
export const startDenoSubjects = async (origin: string, started: Started) => {
  const prepared = await prepareDenoApps();
  await started(Promise.resolve({ stop: prepared.remove }));
  return {
    ours: await started(startDeno('crm-api', prepared.launches.ours, origin)),
    empty: await started(startDeno('empty', prepared.launches.empty, origin)),
  };
};
