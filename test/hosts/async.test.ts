import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { type Deployment, deployFunction } from '../../dev/machine/deployment.ts';
import { buildBundles, type HostBundles } from '../../dev/machine/host-bundles.ts';
import { hostEnvironment } from '../../dev/machine/host-environment.ts';
import { buildWorker, type WorkerBundle } from '../../dev/machine/worker-bundle.ts';
import { parseWireId } from '../../src/lib/message-id.ts';
import { type Doubles, startDoubles } from '../support/doubles.ts';
import {
  type HostSettings,
  startDenoHost,
  startNodeHost,
  startWorkerHost,
} from '../support/hosts.ts';

type MortalHost = { readonly baseUrl: string; readonly die: () => Promise<unknown> };

let database: Database;
let doubles: Doubles;
let bundle: WorkerBundle;
let bundles: HostBundles;
let deployment: Deployment;
let host: MortalHost | undefined;

beforeAll(async () => {
  database = await startDatabase();
  doubles = await startDoubles();
  bundle = await buildWorker();
  bundles = await buildBundles();
  deployment = await deployFunction();
});
beforeEach(() => {
  doubles.vendors.reset();
  doubles.model.reset();
});
afterEach(async () => {
  await host?.die();
  host = undefined;
});
afterAll(async () => {
  await doubles?.stop();
  await bundle?.remove();
  await bundles?.remove();
  await deployment?.remove();
  await database?.stop();
});

type Started = Awaited<ReturnType<typeof startNodeHost>>;
const mortal = ({ baseUrl, kill, exited }: Started): MortalHost => ({
  baseUrl,
  die: () => {
    kill('SIGKILL');
    return exited;
  },
});

const start: Record<string, (settings: HostSettings) => Promise<MortalHost>> = {
  Node: async (settings) => mortal(await startNodeHost(bundles.nodeFile, settings)),
  workerd: async (settings) => {
    const { baseUrl, stop } = await startWorkerHost(bundle.file, settings);
    return { baseUrl, die: stop };
  },
  Deno: async (settings) => mortal(await startDenoHost(deployment, settings)),
};

const startHost = async (name: string) => {
  const env = { ...hostEnvironment(database), CRON_SECRET: demoData.cronSecret };
  host = await start[name]?.({ env, vendorOrigins: doubles.origins });
  return host?.baseUrl ?? '';
};

const post = (baseUrl: string, path: string, headers: Record<string, string>, body: unknown) =>
  fetch(`${baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });

const queue = async (baseUrl: string) => {
  const headers = { 'x-api-key': demoData.apiKey, prefer: 'respond-async' };
  const answer = await post(baseUrl, '/send-message', headers, {
    content: 'Say that the table is ready.',
    ai: true,
    agent_id: demoData.agentId,
    conversation_id: demoData.conversationId,
    channel: 'sms',
  });
  expect(answer.status).toBe(202);
  return z.object({ message_id: z.string() }).parse(await answer.json()).message_id;
};

const statusOf = async (baseUrl: string, id: string) => {
  const headers = { 'x-api-key': demoData.apiKey };
  const answer = await fetch(`${baseUrl}/messages/${id}`, { headers });
  return z.object({ status: z.string() }).parse(await answer.json()).status;
};

const rowStatus = async (id: string) => {
  const uuid = parseWireId(id);
  const rows = await database.query(`select status from public.messages where id = '${uuid}'`);
  return rows[0]?.status;
};

describe.each(Object.keys(start))('respond-async on %s', (name) => {
  it('sends after the answer has gone', async () => {
    const baseUrl = await startHost(name);
    doubles.model.next({ type: 'late', ms: 1_000, text: 'Your table is ready.' });
    const id = await queue(baseUrl);
    expect(doubles.vendors.sent()).toEqual([]);
    await expect.poll(() => statusOf(baseUrl, id), { timeout: 15_000 }).toBe('sent');
    expect(doubles.vendors.sent()).toMatchObject([{ text: 'Your table is ready.' }]);
  });

  it('survives the death of the host between 202 and the send', async () => {
    doubles.model.next({ type: 'late', ms: 30_000, text: 'Never heard.' });
    const id = await queue(await startHost(name));
    await expect.poll(() => rowStatus(id), { timeout: 15_000 }).toBe('composing');
    await host?.die();
    doubles.model.reset();
    expect(doubles.vendors.requests()).toEqual([]);

    // 90 seconds pass.
    await database.query(
      `update public.messages set lease_expires_at = now() - interval '1 s' where status = 'composing'`,
    );
    const baseUrl = await startHost(name);
    const headers = { 'x-cron-secret': demoData.cronSecret };
    const swept = await post(baseUrl, '/jobs/sweep', headers, {});
    expect(await swept.json()).toMatchObject({ sent: 1 });
    expect(await statusOf(baseUrl, id)).toBe('sent');
    expect(doubles.vendors.sent()).toMatchObject([{ ourMessageId: id }]);
  });
});
