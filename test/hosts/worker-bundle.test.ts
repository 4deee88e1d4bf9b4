import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildWorker, type WorkerBundle } from '../support/worker-bundle.ts';

const budget = 130 * 1024;

let bundle: WorkerBundle;

beforeAll(async () => {
  bundle = await buildWorker();
});
afterAll(() => bundle?.remove());

it('is built by wrangler and at most 130 KB when it is gzipped', () => {
  console.info(`Workers bundle: ${(bundle.gzippedBytes / 1024).toFixed(1)} KB gzipped`);
  expect(bundle.gzippedBytes).toBeLessThanOrEqual(budget);
});
