import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { connectionWasNeverMade } from '../../src/lib/connection-never-made.ts';
import { describeBoth, failureOf } from '../functions/fetch/both.ts';

const moduleUrl = (path: string) => JSON.stringify(new URL(path, `file://${projectFolder}`).href);

/** Calls each URL twice, with the platform's fetch and with the lean one, and prints how each call ended. */
const script = `
  import { createLeanFetch } from ${moduleUrl('functions/lean-fetch/lean-fetch.ts')};
  import { connectionWasNeverMade } from ${moduleUrl('src/lib/connection-never-made.ts')};
  const call = async (fetch, url) => {
    try { return await (await fetch(url)).text(); }
    catch (error) {
      return [error.message, error.cause.code, connectionWasNeverMade(error)].join(' ');
    }
  };
  const ends = [];
  for (const fetch of [globalThis.fetch, createLeanFetch()])
    for (const url of JSON.parse(process.env.URLS)) ends.push(await call(fetch, url));
  console.log(JSON.stringify(ends));`;

const callInProcess = async (urls: readonly string[], env: Record<string, string> = {}) => {
  const { exitCode, stdout, stderr } = await runCommand(
    process.execPath,
    ['--input-type=module', '-e', script],
    { env: { ...env, URLS: JSON.stringify(urls) }, timeoutMs: 20_000 },
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return z.array(z.string()).parse(JSON.parse(stdout));
};

describe('over TLS the lean fetch and the platform’s', () => {
  let folder: string;
  let server: Server;
  let port: number;
  const arrived: { readonly name: unknown; readonly socket: unknown }[] = [];

  const makeCertificate = async () => {
    const made = await runCommand('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')],
    ]);
    expect(made).toMatchObject({ exitCode: 0 });
    return {
      key: await readFile(join(folder, 'key.pem')),
      cert: await readFile(join(folder, 'certificate.pem')),
    };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-api-tls-'));
    server = createServer(await makeCertificate(), (request, response) => {
      const { socket } = request;
      arrived.push({ name: 'servername' in socket ? socket.servername : null, socket });
      response.end('answered');
    });
    // Longer than any test: a client must not wait for the connection's end.
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const address: AddressInfo | string | null = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  beforeEach(() => {
    arrived.splice(0);
  });
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const trusting = () => ({ NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem') });

  test('believe a certificate that this machine trusts, name the host, and keep the connection', async () => {
    const url = `https://localhost:${port}/`;
    expect(await callInProcess([url, url], trusting())).toEqual(Array(4).fill('answered'));
    expect(arrived.map(({ name }) => name)).toEqual(Array(4).fill('localhost'));
    expect(arrived[3]?.socket).toBe(arrived[2]?.socket);
  });

  test('believe no other, and none of another host, and send nothing', async () => {
    const unknown = await callInProcess([`https://localhost:${port}/`]);
    expect(unknown).toEqual(Array(2).fill('fetch failed DEPTH_ZERO_SELF_SIGNED_CERT false'));
    const misnamed = await callInProcess([`https://127.0.0.1:${port}/`], trusting());
    expect(misnamed).toEqual(Array(2).fill('fetch failed ERR_TLS_CERT_ALTNAME_INVALID false'));
    expect(arrived).toEqual([]);
  });
});

// Each takes the ten seconds of the platform, so they wait at the same time.
describeBoth('a connection that is not made in ten seconds', ({ fetch, server }) => {
  test.concurrent('was never made', async () => {
    const error = await failureOf(fetch(server().origin.replace('http:', 'https:')));
    expect(error).toMatchObject({
      message: 'fetch failed',
      cause: { code: 'UND_ERR_CONNECT_TIMEOUT' },
    });
    expect(connectionWasNeverMade(error)).toBe(true);
  });
});
