import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { hostEnvironment } from '../support/host-environment.ts';
import { startNodeHost } from '../support/hosts.ts';
import { projectFolder, runCommand } from '../support/run-command.ts';

const env = hostEnvironment({ url: 'http://127.0.0.1:1', secretKey: 'sb_secret_unused' });
const entry = join(projectFolder, 'functions/node.ts');
const runNode = (settings: Record<string, string>) =>
  runCommand(process.execPath, [entry], { env: settings, timeoutMs: 20_000 });

describe('the Node host', () => {
  let host: Awaited<ReturnType<typeof startNodeHost>> | undefined;
  afterEach(async () => {
    await host?.stop();
    host = undefined;
  });

  /** A request whose body is not complete, so that it is in flight for as long as we like. */
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
    // Whoever answers this one has read the other's headers before.
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

  it('refuses a port that is none', async () => {
    const { exitCode, stderr } = await runNode({ ...env, PORT: '80a' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('PORT');
  });

  it('says where a port is taken, and exits with 1', async () => {
    host = await startNodeHost({ env, vendorOrigins: {} });
    const { exitCode, stderr } = await runNode({ ...env, PORT: new URL(host.baseUrl).port });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('EADDRINUSE');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops on %s when nothing is in flight',
    async (signal) => {
      host = await startNodeHost({ env, vendorOrigins: {} });
      host.kill(signal);
      expect(await host.exited).toBe(0);
    },
  );

  it('finishes what is in flight before it stops, and takes nothing new', async () => {
    host = await startNodeHost({ env, vendorOrigins: {} });
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
});
