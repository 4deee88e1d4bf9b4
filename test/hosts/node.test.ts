import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { buildBundles, type HostBundles } from '../../dev/machine/host-bundles.ts';
import { hostEnvironment } from '../../dev/machine/host-environment.ts';
import { projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { startProcess } from '../../dev/machine/start-process.ts';
import { type Doubles, startDoubles } from '../support/doubles.ts';
import { type HostSettings, startNodeHost } from '../support/hosts.ts';

const env = hostEnvironment({ url: 'http://127.0.0.1:1', secretKey: 'sb_secret_unused' });

let bundles: HostBundles;
beforeAll(async () => {
  bundles = await buildBundles();
});
afterAll(() => bundles?.remove());

const entries: Readonly<Record<string, () => string>> = {
  'as one file': () => bundles.nodeFile,
  'from source': () => join(projectFolder, 'functions/node.ts'),
};

it('stops when npm start is told to, which has a shell between them', async () => {
  const npm = await startProcess('npm', ['start'], {
    env: { ...env, PORT: '0' },
    readyWhen: /"event":"listening","port":(\d+)/,
  });
  npm.kill('SIGTERM');
  const ask = () => fetch(`http://127.0.0.1:${npm.ready[1]}/`).then(({ status }) => status);
  await expect.poll(() => ask().catch(() => 'gone'), { timeout: 10_000 }).toBe('gone');
});

describe.each(Object.entries(entries))('the Node host %s', (_, entry) => {
  const runNode = (settings: Record<string, string>) =>
    runCommand(process.execPath, [entry()], { env: settings, timeoutMs: 20_000 });
  const startHost = (settings: HostSettings) => startNodeHost(entry(), settings);

  let host: Awaited<ReturnType<typeof startNodeHost>> | undefined;
  afterEach(async () => {
    await host?.stop();
    host = undefined;
  });

  /** A request with an incomplete body, so it is in flight as long as the test wants. */
  const startRequest = async (baseUrl: string) => {
    const body = JSON.stringify({ content: 'x', ai: 'maybe' });
    const started = request(`${baseUrl}/send-message`, {
      method: 'POST',
      headers: {
        'x-api-key': demoData.apiKey,
        'content-type': 'application/json',
        'content-length': body.length,
      },
    });
    const answered = new Promise<{ status: number | undefined; body: string }>(
      (resolve, reject) => {
        started.once('error', reject);
        started.once('response', async (response) =>
          resolve({ status: response.statusCode, body: await text(response) }),
        );
      },
    );
    await new Promise<void>((resolve) => started.write(body.slice(0, 5), () => resolve()));
    // When this one is answered, the other's headers have been read.
    await fetch(`${baseUrl}/health`).then((response) => response.text());
    return { answered, finish: () => started.end(body.slice(5)) };
  };

  it('names everything that is missing, and exits with 1', async () => {
    const { exitCode, stderr } = await runNode({ SUPABASE_URL: 'nonsense' });
    expect(exitCode).toBe(1);
    for (const name of ['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'CREDENTIALS_KEY', 'PUBLIC_URL']) {
      expect(stderr).toContain(name);
    }
  });

  it('refuses an older Node, and says which one it needs', async () => {
    const pretend = 'Object.defineProperty(process.versions, "node", { value: "20.20.2" });';
    const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, entry()];
    expect(await runCommand(process.execPath, args, { env, timeoutMs: 20_000 })).toMatchObject({
      exitCode: 1,
      stderr: 'This is Node 20.20.2: start it with Node 22 or newer.\n',
    });
  });

  it('refuses a port that is none', async () => {
    const { exitCode, stderr } = await runNode({ ...env, PORT: '80a' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('PORT');
  });

  it('says where a port is taken, and exits with 1', async () => {
    host = await startHost({ env, vendorOrigins: {} });
    const { port } = new URL(host.baseUrl);
    expect(await runNode({ ...env, PORT: port })).toMatchObject({
      exitCode: 1,
      stderr: `Port ${port} is in use: set PORT to a free one, or stop what listens there.\n`,
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops on %s when nothing is in flight',
    async (signal) => {
      host = await startHost({ env, vendorOrigins: {} });
      host.kill(signal);
      expect(await host.exited).toBe(0);
    },
  );

  it('finishes what is in flight before it stops, and takes nothing new', async () => {
    host = await startHost({ env, vendorOrigins: {} });
    const inFlight = await startRequest(host.baseUrl);
    host.kill('SIGTERM');
    await expect
      .poll(() =>
        fetch(`${host?.baseUrl}/health`).then(
          () => 'taken',
          () => 'refused',
        ),
      )
      .toBe('refused');
    inFlight.finish();
    expect(await inFlight.answered).toMatchObject({ status: 400 });
    expect(await host.exited).toBe(0);
  });

  it('continues when the reader of its log has gone', async () => {
    const child = spawn(process.execPath, [entry()], {
      env: { PATH: process.env.PATH, ...env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      const [line] = await once(child.stdout, 'data');
      const port = /"port":(\d+)/.exec(String(line))?.[1];
      child.stdout.destroy();
      child.stderr.destroy();
      for (let asked = 0; asked < 5; asked += 1) {
        const answer = await fetch(`http://127.0.0.1:${port}/functions/v1/crm-api/health`);
        expect(answer.status).toBe(200);
        await answer.text();
      }
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill('SIGKILL');
    }
  });

  describe('with something to finish', () => {
    let database: Database;
    let doubles: Doubles;
    beforeAll(async () => {
      database = await startDatabase();
      doubles = await startDoubles();
    });
    beforeEach(() => {
      doubles.vendors.reset();
      doubles.model.reset();
    });
    afterAll(async () => {
      await doubles?.stop();
      await database?.stop();
    });

    const startWithParts = async () => {
      const settings = { env: hostEnvironment(database), vendorOrigins: doubles.origins };
      const started = await startHost(settings);
      host = started;
      return started;
    };
    const send = (baseUrl: string, fields: object, headers: Record<string, string> = {}) =>
      fetch(`${baseUrl}/send-message`, {
        method: 'POST',
        headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({
          content: 'x',
          ai: false,
          conversation_id: demoData.conversationId,
          channel: 'sms',
          ...fields,
        }),
      });
    const lastStatus = async () => {
      const query = 'select status from public.messages order by created_at desc limit 1';
      return (await database.query(query))[0]?.status;
    };

    it('answers the request that an agent is writing for', async () => {
      const { baseUrl, kill, exited } = await startWithParts();
      doubles.model.next({ type: 'late', ms: 2_000, text: 'Written in time.' });
      const answer = send(baseUrl, { ai: true, agent_id: demoData.agentId });
      await expect.poll(lastStatus, { timeout: 5_000 }).toBe('composing');
      kill('SIGTERM');
      expect((await answer).status).toBe(200);
      expect(await exited).toBe(0);
      expect(await lastStatus()).toBe('sent');
    });

    it('sends what it has said it would send later', async () => {
      const { baseUrl, kill, exited } = await startWithParts();
      doubles.vendors.fail({ host: 'api.twilio.com', type: 'delay', ms: 2_000 });
      const answer = await send(baseUrl, {}, { prefer: 'respond-async' });
      expect(answer.status).toBe(202);
      kill('SIGTERM');
      expect(await exited).toBe(0);
      expect(doubles.vendors.sent()).toHaveLength(1);
      expect(await lastStatus()).toBe('sent');
    });

    it('gives back within ten seconds what an agent is still writing, for the next host to send', async () => {
      const { baseUrl, kill, exited } = await startWithParts();
      doubles.model.next({ type: 'late', ms: 40_000, text: 'Too late.' });
      const body = { ai: true, agent_id: demoData.agentId };
      await send(baseUrl, body, { prefer: 'respond-async' });
      await expect.poll(lastStatus, { timeout: 5_000 }).toBe('composing');
      const stoppedAt = performance.now();
      kill('SIGTERM');
      expect(await exited).toBe(0);
      expect(performance.now() - stoppedAt).toBeLessThan(11_000);
      expect(await lastStatus()).toBe('queued');
    });

    it('tells who waits for an agent within ten seconds that nothing was sent', async () => {
      const { baseUrl, kill, exited } = await startWithParts();
      doubles.model.next({ type: 'late', ms: 40_000, text: 'Too late.' });
      const answer = send(baseUrl, { ai: true, agent_id: demoData.agentId });
      await expect.poll(lastStatus, { timeout: 5_000 }).toBe('composing');
      kill('SIGTERM');
      const { status, body } = await answer.then(async (response) => ({
        status: response.status,
        body: await response.json(),
      }));
      expect({ status, body }).toMatchObject({
        status: 502,
        body: { error: { code: 'ai_unavailable', retry: 'safe' } },
      });
      expect(await exited).toBe(0);
      expect(await lastStatus()).toBe('failed');
    });

    it('holds no more bodies of strangers than it has room for, and serves others meanwhile', async () => {
      const { baseUrl, pid } = await startWithParts();
      const memory = async () => {
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
      };
      const url = new URL(`${baseUrl}/webhooks/meta/${demoData.connectionIds.meta}`);
      const size = 4 * 1024 * 1024;
      const before = await memory();
      const statuses: (number | undefined)[] = [];
      const sockets = Array.from({ length: 150 }, () => {
        const upload = request(url, { method: 'POST', headers: { 'content-length': size } });
        upload.on('error', () => undefined);
        upload.on('response', (response) => {
          statuses.push(response.statusCode);
          response.resume();
        });
        upload.write(Buffer.alloc(size - 1));
        return upload;
      });
      await expect.poll(() => statuses.length, { timeout: 20_000 }).toBeGreaterThan(100);
      expect(new Set(statuses)).toEqual(new Set([503]));
      expect((await send(baseUrl, {})).status).toBe(200);
      for (const socket of sockets) socket.destroy();
      expect((await memory()) - before).toBeLessThan(300);
    });

    it('keeps nothing running after the last answer', async () => {
      const { baseUrl, kill, exited } = await startWithParts();
      expect((await send(baseUrl, {})).status).toBe(200);
      const stoppedAt = performance.now();
      kill('SIGTERM');
      expect(await exited).toBe(0);
      expect(performance.now() - stoppedAt).toBeLessThan(2_000);
    });
  });
});
