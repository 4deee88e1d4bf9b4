import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { hostEnvironment } from '../../dev/machine/host-environment.ts';
import { buildWorker, type WorkerBundle } from '../../dev/machine/worker-bundle.ts';
import { type Api, basePath, manual, startApi } from '../support/api.ts';
import { type Host, startWorkerHost } from '../support/hosts.ts';

/** Stores the messages, and stops before it sends them. */
let api: Api;
let bundle: WorkerBundle;
let host: Host;

beforeAll(async () => {
  api = await startApi();
  bundle = await buildWorker('test/hosts/limited-worker.ts');
  const env = { ...hostEnvironment(api.database), CRON_SECRET: demoData.cronSecret };
  host = await startWorkerHost(bundle.file, { env, vendorOrigins: api.vendors.origins });
});
afterAll(async () => {
  await host?.stop();
  await bundle?.remove();
  await api?.stop();
});

const queue = async () => {
  const headers = {
    'x-api-key': demoData.apiKey,
    'content-type': 'application/json',
    prefer: 'respond-async',
  };
  const init = { method: 'POST', headers, body: JSON.stringify(manual) };
  const stopping = { stopping: () => true };
  expect((await api.app.request(`${basePath}/send-message`, init, stopping)).status).toBe(202);
};

const swept = z.object({ sent: z.number() });
const sweep = async () => {
  const headers = { 'x-cron-secret': demoData.cronSecret };
  const answer = await fetch(`${host.baseUrl}/jobs/sweep`, { method: 'POST', headers });
  expect(answer.status).toBe(200);
  return swept.parse(await answer.json()).sent;
};

it('sends forty queued messages on workerd, each once, where an invocation may make fifty calls', async () => {
  for (const _ of Array.from({ length: 40 })) await queue();
  const sent: number[] = [];
  while (sent.length < 20 && sent.at(-1) !== 0) sent.push(await sweep());
  expect(sent.reduce((sum, count) => sum + count, 0)).toBe(40);
  expect(
    await api.database.query('select status, count(*)::int as n from public.messages group by 1'),
  ).toEqual([{ status: 'sent', n: 40 }]);
  expect(new Set(api.vendors.sent().map(({ ourMessageId }) => ourMessageId)).size).toBe(40);
  expect(api.vendors.sent()).toHaveLength(40);
  const refused = await fetch(`${host.baseUrl}/refused-calls`);
  expect(await refused.json()).toBe(0);
  console.info(`Sent by each sweep: ${sent.join(', ')}`);
}, 120_000);
