import { createServer, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connectionWasNeverMade } from '../../src/lib/connection-never-made.ts';
import { closedOrigin } from '../support/scripted-server.ts';

const script = `export default {
  async fetch(request) {
    try {
      await fetch(await request.text(), { method: 'POST', body: 'hello' });
      return Response.json(null);
    } catch ({ message, remote, retryable }) {
      return Response.json({ message, remote, retryable });
    }
  },
};`;

const failure = z.looseObject({ message: z.string() });

/** A server that does one thing with each request that arrives. */
const startServer = async (treat: (socket: Socket) => void) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => treat(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
};

// The runtime's own words. If a new version says more, this fails, and connection-never-made.ts can learn it.
describe('of a connection that was never made workerd says no more than of one that was', () => {
  let worker: Miniflare;
  const servers: Awaited<ReturnType<typeof startServer>>[] = [];

  const serve = async (treat: (socket: Socket) => void) => {
    const server = await startServer(treat);
    servers.push(server);
    return server.origin;
  };
  const failureOf = async (url: string) => {
    const answer = await worker.dispatchFetch('http://worker/', { method: 'POST', body: url });
    const { message, ...rest } = failure.parse(await answer.json());
    return { ...rest, message: message.replace(/reference = \w+/, 'reference = …') };
  };

  beforeAll(() => {
    worker = new Miniflare({
      modules: true,
      script,
      handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
        stdout.resume();
        stderr.resume();
      },
    });
  });
  afterAll(async () => {
    await worker?.dispose();
    for (const { stop } of servers) await stop();
  });

  it('refused, or cut after the request', async () => {
    const refused = await failureOf(await closedOrigin());
    expect(refused).toEqual(await failureOf(await serve((socket) => socket.destroy())));
    expect(connectionWasNeverMade(refused)).toBe(false);
  });

  it('without an address, or answered with what is no HTTP', async () => {
    const nameless = await failureOf('http://nowhere.invalid/');
    expect(nameless).toEqual(await failureOf(await serve((socket) => socket.end('what?\r\n\r\n'))));
    expect(connectionWasNeverMade(nameless)).toBe(false);
  });
});
