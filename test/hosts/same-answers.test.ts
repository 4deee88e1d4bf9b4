import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Deployment, deployFunction } from '../../dev/machine/deployment.ts';
import { buildBundles, type HostBundles } from '../../dev/machine/host-bundles.ts';
import { hostEnvironment, publicUrl } from '../../dev/machine/host-environment.ts';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { buildWorker, type WorkerBundle } from '../../dev/machine/worker-bundle.ts';
import { type Doubles, startDoubles } from '../support/doubles.ts';
import {
  type Host,
  type HostSettings,
  startDenoHost,
  startNodeHost,
  startWorkerHost,
} from '../support/hosts.ts';
import {
  playRequestTable,
  prepareRequestTable,
  type TableAnswer,
} from '../support/play-request-table.ts';
import { requestTable } from '../support/request-table.ts';

/** The only response that may differ: Supabase turns a page into plain text. */
const docs = 'the reference for people';

const hostNames = ['Node', 'Node from source', 'workerd', 'Deno'] as const;

describe('the same table of requests', () => {
  let doubles: Doubles;
  let bundle: WorkerBundle;
  let bundles: HostBundles;
  let deployment: Deployment;
  const answers = new Map<string, Map<string, TableAnswer>>();
  const sent = new Map<string, unknown>();

  const start: Record<(typeof hostNames)[number], (settings: HostSettings) => Promise<Host>> = {
    Node: (settings) => startNodeHost(bundles.nodeFile, settings),
    'Node from source': (settings) =>
      startNodeHost(join(projectFolder, 'functions/node.ts'), settings),
    workerd: (settings) => startWorkerHost(bundle.file, settings),
    Deno: (settings) => startDenoHost(deployment, settings),
  };

  const playOn = async (name: (typeof hostNames)[number], database: Database) => {
    await prepareRequestTable(database);
    const host = await start[name]({
      env: hostEnvironment(database),
      vendorOrigins: doubles.origins,
    });
    doubles.vendors.reset();
    try {
      answers.set(name, await playRequestTable(host.baseUrl, database));
      const messages = doubles.vendors.sent();
      sent.set(
        name,
        messages.map(({ vendor, channel, to, text }) => ({ vendor, channel, to, text })),
      );
    } finally {
      await host.stop();
    }
  };

  beforeAll(async () => {
    doubles = await startDoubles();
    bundle = await buildWorker();
    bundles = await buildBundles();
    deployment = await deployFunction();
    for (const name of hostNames) {
      const database = await startDatabase();
      try {
        await playOn(name, database);
      } finally {
        await database.stop();
      }
    }
  });
  afterAll(async () => {
    await doubles?.stop();
    await bundle?.remove();
    await bundles?.remove();
    await deployment?.remove();
  });

  describe.each(hostNames)('on %s', (host) => {
    it.each(requestTable)('$name: $status $code', ({ name, status, code }) => {
      expect(answers.get(host)?.get(name)).toMatchObject({ status, code });
    });
  });

  it('the reference is a page, but on Supabase the words where it is', () => {
    const [onNode, onDeno] = ['Node', 'Deno'].map((host) => answers.get(host)?.get(docs));
    expect(onNode?.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(onNode?.body).toContain('id="api-reference"');
    expect(onDeno?.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(onDeno?.body).toContain(`${publicUrl}/openapi.json`);
  });

  describe.each(hostNames.slice(1))('on %s as on Node', (host) => {
    const same = requestTable.filter(({ name }) => host !== 'Deno' || name !== docs);
    it.each(same)('$name', ({ name }) => {
      expect(answers.get(host)?.get(name)).toEqual(answers.get('Node')?.get(name));
    });

    it('the same messages reach the vendors', () => {
      expect(sent.get(host)).toEqual(sent.get('Node'));
    });
  });
});
