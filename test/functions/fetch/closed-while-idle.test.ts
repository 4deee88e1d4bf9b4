import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAgents } from '../../../functions/lean-fetch/agents.ts';
import { exchange } from '../../../functions/lean-fetch/exchange.ts';
import { toOutgoing } from '../../../functions/lean-fetch/outgoing.ts';
import { type RawServer, startRawServer } from './raw-server.ts';

describe('connections that the lean fetch has kept', () => {
  let server: RawServer;
  beforeEach(async () => {
    server = await startRawServer();
  });
  afterEach(() => server.stop());

  test('carry no request in the moment in which they are closed, so another one does', async () => {
    const agents = createAgents();
    const { signal } = new AbortController();
    const post = async (body: string) => {
      const outgoing = await toOutgoing(server.origin, { method: 'POST', body });
      return async () => (await exchange(outgoing, agents, signal)).body.whole();
    };
    const first = await post('first');
    const second = await post('second');
    await Promise.all([first(), first()]);
    await sleep(20);
    const kept = Object.values(agents.http.freeSockets).flatMap((sockets) => sockets ?? []);
    const next = kept.at(-1);
    const again = new Promise((resolve, reject) =>
      next?.prependOnceListener('close', () => second().then(resolve, reject)),
    );
    server.sockets.find(({ remotePort }) => remotePort === next?.localPort)?.end();
    await again;
    expect(server.requests.map(({ body }) => body)).toEqual(['first', 'first', 'second']);
    expect(server.sockets).toHaveLength(2);
  });
});
