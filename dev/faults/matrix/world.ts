import { z } from 'zod';
import { createBackground } from '../../../functions/background.ts';
import { createLeanFetch } from '../../../functions/lean-fetch/lean-fetch.ts';
import { createVendorFetch } from '../../../scripts/crm/local-stack/route-fetch.ts';
import { createApp } from '../../../src/app.ts';
import { createDeps } from '../../../src/compose.ts';
import { demoData } from '../../demo-data.ts';
import { hostEnvironment } from '../../machine/host-environment.ts';
import { createWriter, type Doubles, startDoubles } from '../doubles.ts';
import { letTimePass, type RealDatabase, startRealDatabase } from '../real-database.ts';
import { createFaultyFetch, type FaultyFetch, type MatrixFault } from './faulty-fetch.ts';

const basePath = '/functions/v1/crm-api';

type Answer = { readonly status: number; readonly body: unknown };

/** One process of the API, and the fault in its life. */
export type Instance = Pick<FaultyFetch, 'calls' | 'death'> & {
  request(path: string, init: RequestInit): Promise<Answer>;
  /** Waits for work that continues after the responses. */
  drain(): Promise<void>;
};

export type World = {
  readonly database: RealDatabase;
  readonly doubles: Doubles;
  startInstance(fault: MatrixFault | null): Instance;
  letTimePass(): Promise<void>;
  /** Lets time pass, then sweeps, until nothing is due. */
  sweepAll(): Promise<void>;
  stop(): Promise<void>;
};

const sweptSchema = z.record(z.string(), z.number());

const createInstance = (
  { api }: RealDatabase,
  { vendors, model }: Doubles,
  fault: MatrixFault | null,
): Instance => {
  const route = createVendorFetch({
    vendorOrigin: vendors.origin,
    modelOrigin: model.origin,
    fetch: createLeanFetch(),
  });
  const { fetch, calls, death } = createFaultyFetch(route, fault);
  const environment = { ...hostEnvironment(api), CRON_SECRET: demoData.cronSecret };
  const deps = createDeps(environment, { fetch, now: Date.now, log: () => undefined });
  const app = createApp(deps, basePath);
  const { waitUntil, drain } = createBackground();
  return {
    calls,
    death,
    drain,
    request: async (path, init) => {
      const response = await app.request(`${basePath}${path}`, init, { waitUntil });
      return { status: response.status, body: await response.json() };
    },
  };
};

/** The parts that all points share: a database, the doubles, and any number of API processes. */
export const startWorld = async (): Promise<World> => {
  const write = createWriter();
  const doubles = await startDoubles({
    answer: (asked) => ({ type: 'reply', text: write(asked) }),
  });
  const database = await startRealDatabase();
  const startInstance = (fault: MatrixFault | null) => createInstance(database, doubles, fault);

  const passTime = async () => {
    await letTimePass(database.query);
  };
  const sweepAll = async () => {
    const headers = { 'x-cron-secret': demoData.cronSecret };
    for (let found = 1; found > 0; ) {
      await passTime();
      const instance = startInstance(null);
      const { body } = await instance.request('/jobs/sweep', { method: 'POST', headers });
      await instance.drain();
      found = Object.values(sweptSchema.parse(body)).reduce((sum, count) => sum + count, 0);
    }
  };
  const stop = async () => {
    await doubles.stop();
    await database.stop();
  };
  return { database, doubles, startInstance, letTimePass: passTime, sweepAll, stop };
};
