import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Miniflare, type Request as WorkerRequest, Response as WorkerResponse } from 'miniflare';
import { denoEnvironment } from '../../dev/machine/deno-environment.ts';
import { type Deployment, denoConfig } from '../../dev/machine/deployment.ts';
import { commandPath } from '../../dev/machine/run-command.ts';
import { startProcess } from '../../dev/machine/start-process.ts';
import { readCompatibility } from '../../dev/machine/worker-compatibility.ts';

/** The function, running on one of its hosts. */
export type Host = {
  /** The address of the API, including the path at which the host mounts the function. */
  readonly baseUrl: string;
  readonly stop: () => Promise<void>;
};

export type HostSettings = {
  /** The function's configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** The address of the double for each vendor's host. */
  readonly vendorOrigins: Readonly<Record<string, string>>;
};

const preload = fileURLToPath(
  new URL('../../dev/machine/preload-vendor-routes.js', import.meta.url),
);
const routesFor = (origins: HostSettings['vendorOrigins']) => ({
  TEST_VENDOR_ORIGINS: JSON.stringify(origins),
});

/** Node, with the bundle that `npm start` runs or with the source. */
export const startNodeHost = async (file: string, { env, vendorOrigins }: HostSettings) => {
  const started = await startProcess(process.execPath, ['--import', preload, file], {
    env: { ...env, PORT: '0', ...routesFor(vendorOrigins) },
    readyWhen: /"event":"listening","port":(\d+)/,
  });
  return {
    ...started,
    baseUrl: `http://127.0.0.1:${started.ready[1]}/functions/v1/crm-api`,
  } satisfies Host;
};

/** Deno with an unpacked deployment, as Supabase starts it: nothing but the upload, the network and the environment. */
export const startDenoHost = async (
  { folder, metadata }: Deployment,
  { env, vendorOrigins }: HostSettings,
) => {
  const permissions = ['--no-prompt', '--allow-net', '--allow-env'];
  const started = await startProcess(
    commandPath('deno'),
    [
      ...['run', ...permissions, '--no-lock', '--preload', preload],
      ...denoConfig(metadata),
      metadata.entrypoint_path,
    ],
    {
      cwd: folder,
      env: {
        ...(await denoEnvironment()),
        ...env,
        DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0',
        ...routesFor(vendorOrigins),
      },
      readyWhen: /Listening on http:\/\/127\.0\.0\.1:(\d+)/,
      timeoutMs: 120_000,
    },
  );
  return { ...started, baseUrl: `http://127.0.0.1:${started.ready[1]}/crm-api` } satisfies Host;
};

const forward = async (request: WorkerRequest, origins: HostSettings['vendorOrigins']) => {
  const url = new URL(request.url);
  const origin = origins[url.host];
  if (!origin && url.hostname !== '127.0.0.1') {
    throw new TypeError(`no double stands in for ${url.host}`);
  }
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  const response = await fetch(new URL(url.pathname + url.search, origin ?? url.origin), {
    method: request.method,
    headers: [...request.headers],
    redirect: 'manual',
    body: hasBody ? await request.arrayBuffer() : null,
  });
  return new WorkerResponse(await response.arrayBuffer(), {
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'content-encoding'),
  });
};

/** workerd, with the bundle that wrangler would upload. */
export const startWorkerHost = async (
  bundleFile: string,
  { env, vendorOrigins }: HostSettings,
): Promise<Host> => {
  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: dirname(bundleFile),
    scriptPath: bundleFile,
    ...(await readCompatibility()),
    bindings: { ...env },
    host: '127.0.0.1',
    port: 0,
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      stdout.resume();
      stderr.resume();
    },
    outboundService: (request: WorkerRequest) => forward(request, vendorOrigins),
  });
  const origin = await miniflare.ready;
  return {
    baseUrl: `${origin.origin}/functions/v1/crm-api`,
    stop: () => miniflare.dispose(),
  };
};
