import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Gate, startGate } from '../../dev/faults/storm/gate.ts';

let server: Server;
let gate: Gate;
let heard = 0;

beforeAll(async () => {
  server = createServer((_, response) => {
    heard += 1;
    response.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.');
  gate = await startGate(`http://127.0.0.1:${address.port}`);
});
afterEach(() => gate.set('open'));
afterAll(async () => {
  await gate.stop();
  server.closeAllConnections();
  server.close();
});

const ask = async () => {
  heard = 0;
  const answer = await fetch(gate.url, { signal: AbortSignal.timeout(500) }).catch(() => null);
  return answer === null ? 'nothing' : answer.text();
};

describe('the gate in front of the database', () => {
  it('lets everything through while it is open', async () => {
    expect(await ask()).toBe('here');
  });

  it.each([
    ['refuses', 0],
    ['cuts', 0],
    ['hangs', 0],
    ['deaf', 1],
  ] as const)('answers nothing when it %s, and asks the database %i times', async (mode, times) => {
    await gate.set(mode);
    expect(await ask()).toBe('nothing');
    expect(heard).toBe(times);
    await gate.set('open');
    expect(await ask()).toBe('here');
  });

  it('takes the database away from connections that are open already', async () => {
    expect(await ask()).toBe('here');
    await gate.set('hangs');
    expect(await ask()).toBe('nothing');
  });
});
