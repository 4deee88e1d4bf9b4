import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  buildWorker,
  type WorkerBundle,
  workerBundleBudget,
} from '../../dev/machine/worker-bundle.ts';
import { startWorkerHost } from '../support/hosts.ts';

let bundle: WorkerBundle;

beforeAll(async () => {
  bundle = await buildWorker();
});
afterAll(() => bundle?.remove());

it('is built by wrangler and at most 130 KB when it is gzipped', () => {
  console.info(`Workers bundle: ${(bundle.gzippedBytes / 1024).toFixed(1)} KB gzipped`);
  expect(bundle.gzippedBytes).toBeLessThanOrEqual(workerBundleBudget);
});

it('answers every request with an error when it is not configured', async () => {
  const host = await startWorkerHost(bundle.file, { env: {}, vendorOrigins: {} });
  try {
    const response = await fetch(`${host.baseUrl}/send-message`, { method: 'POST' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: 'internal_error' } });
  } finally {
    await host.stop();
  }
});
