import { fileURLToPath } from 'node:url';
import { demoData } from '../../dev/demo-data.ts';
import { hostEnvironment } from '../../dev/machine/host-environment.ts';
import { vendorHosts } from '../../scripts/crm/local-stack/route-fetch.ts';
import { startOnCore } from './processes.ts';

/** A server under load. */
export type Subject = {
  readonly name: string;
  readonly pid: number;
  /** Up to and including the path under which it takes /send-message and /health. */
  readonly baseUrl: string;
  stop(): Promise<void>;
};

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const preload = path('../../dev/machine/preload-vendor-routes.js');
const modelHost = 'api.openai.com';

/** Every vendor's host is the doubles' origin. */
export const routesTo = (origin: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...vendorHosts, modelHost].map((host) => [host, origin]));

const database = (origin: string) => ({ url: origin, secretKey: demoData.supabaseSecretKey });

/** The function's configuration on every host. */
export const environmentFor = (origin: string) => hostEnvironment(database(origin));

const startNode = (script: string, args: readonly string[], origin: string, env = {}) =>
  startOnCore('measured', {
    command: process.execPath,
    args: ['--import', preload, path(script), ...args],
    env: { ...env, TEST_VENDOR_ORIGINS: JSON.stringify(routesTo(origin)) },
    readyWhen: /"event":"listening","port":(\d+)/,
  });

/** The Node host, as `npm start` runs it. */
export const startOurs = async (origin: string): Promise<Subject> => {
  const env = { ...environmentFor(origin), PORT: '0' };
  const { ready, pid, stop } = await startNode('../../functions/node.ts', [], origin, env);
  const baseUrl = `http://127.0.0.1:${ready[1]}/functions/v1/crm-api`;
  return { name: 'crm-api', pid, baseUrl, stop };
};

/** The handlers that ours is compared with, on the same server. */
export const startHandler = async (
  handler: 'bare' | 'example',
  origin: string,
): Promise<Subject> => {
  const { url, secretKey } = database(origin);
  const args = ['--handler', handler, '--database', url, '--key', secretKey];
  const { ready, pid, stop } = await startNode('serve-handler.ts', args, origin);
  const name = handler === 'bare' ? 'bare handler' : 'as the examples';
  return { name, pid, baseUrl: `http://127.0.0.1:${ready[1]}`, stop };
};
