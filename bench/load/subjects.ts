import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { demoData } from '../../dev/demo-data.ts';
import { buildBundles } from '../../dev/machine/host-bundles.ts';
import { hostEnvironment, publicUrl } from '../../dev/machine/host-environment.ts';
import { vendorHosts } from '../../scripts/crm/local-stack/route-fetch.ts';
import { startOnCore } from './processes.ts';
import type { CallSettings } from './three-calls/three-calls.ts';

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

/** The function's configuration on every host. */
export const environmentFor = (origin: string) =>
  hostEnvironment({ url: origin, secretKey: demoData.supabaseSecretKey });

export const twilioCallbackUrl = `${publicUrl}/webhooks/twilio/${demoData.connectionIds.twilio}`;

/** For what makes the same calls without our code: it asks the doubles directly. */
export const threeCallsTo = (databaseUrl: string, vendorOrigin: string): CallSettings => ({
  database: { url: databaseUrl, secretKey: demoData.supabaseSecretKey },
  keyHash: createHash('sha256').update(demoData.apiKey).digest('hex'),
  vendor: {
    origin: vendorOrigin,
    accountSid: demoData.twilio.accountSid,
    authToken: demoData.twilio.authToken,
    from: demoData.twilio.phoneNumber,
    to: demoData.contact.phone,
    callbackUrl: twilioCallbackUrl,
  },
});

const readyWhen = /"event":"listening","port":(\d+)/;

/** The Node host, as `npm run build` makes it and `npm start` runs it. */
export const startOurs = async (origin: string): Promise<Subject> => {
  const bundles = await buildBundles();
  const { ready, pid, stop } = await startOnCore('measured', {
    command: process.execPath,
    args: ['--import', preload, bundles.nodeFile],
    env: {
      ...environmentFor(origin),
      PORT: '0',
      TEST_VENDOR_ORIGINS: JSON.stringify(routesTo(origin)),
    },
    readyWhen,
  });
  return {
    name: 'crm-api',
    pid,
    baseUrl: `http://127.0.0.1:${ready[1]}/functions/v1/crm-api`,
    stop: async () => {
      await stop();
      await bundles.remove();
    },
  };
};

const handlerNames = {
  floor: 'Hono and three calls over node:http',
  bare: 'bare handler',
  example: 'as the examples',
} as const;

/** The handlers that ours is compared with, on the same server. */
export const startHandler = async (
  handler: keyof typeof handlerNames,
  origin: string,
): Promise<Subject> => {
  const { ready, pid, stop } = await startOnCore('measured', {
    command: process.execPath,
    args: [path('serve-handler.ts'), '--handler', handler],
    env: { THREE_CALLS: JSON.stringify(threeCallsTo(origin, origin)) },
    readyWhen,
  });
  return { name: handlerNames[handler], pid, baseUrl: `http://127.0.0.1:${ready[1]}`, stop };
};
