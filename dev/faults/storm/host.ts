import { fileURLToPath } from 'node:url';
import { demoData } from '../../demo-data.ts';
import { findFreePort } from '../../machine/free-port.ts';
import { hostEnvironment } from '../../machine/host-environment.ts';
import { type RunningProcess, startProcess } from '../../machine/start-process.ts';

export type Host = {
  /** The address of the API, including the path at which the function is mounted. */
  readonly baseUrl: string;
  start(): Promise<void>;
  /** Kills it without a warning. */
  kill(): Promise<void>;
  /** Lets it finish its work. */
  stop(): Promise<void>;
};

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const preload = pathOf('../../machine/preload-vendor-routes.js');
const entry = pathOf('../../../functions/node.ts');

type HostSettings = {
  readonly databaseUrl: string;
  readonly origins: Readonly<Record<string, string>>;
};

/** The Node host in a process of its own, always on the same port. */
export const createHost = async ({ databaseUrl, origins }: HostSettings): Promise<Host> => {
  const port = await findFreePort();
  const baseUrl = `http://127.0.0.1:${port}/functions/v1/crm-api`;
  const env = {
    ...hostEnvironment({ url: databaseUrl, secretKey: demoData.supabaseSecretKey }),
    // The address that the doubles call with webhooks.
    PUBLIC_URL: baseUrl,
    CRON_SECRET: demoData.cronSecret,
    TEST_VENDOR_ORIGINS: JSON.stringify(origins),
    PORT: String(port),
  };
  let running: RunningProcess | null = null;
  const end = async (signal: NodeJS.Signals) => {
    running?.kill(signal);
    await running?.exited;
    running = null;
  };
  return {
    baseUrl,
    start: async () => {
      const args = ['--import', preload, entry];
      const readyWhen = /"event":"listening"/;
      running = await startProcess(process.execPath, args, { env, readyWhen });
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
};
