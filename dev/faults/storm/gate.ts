import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** How the database is missing. `deaf`: it does its work, but its responses are lost. */
export const outages = ['refuses', 'cuts', 'hangs', 'deaf'] as const;
type GateMode = 'open' | (typeof outages)[number];

export type Gate = {
  readonly url: string;
  set(mode: GateMode): Promise<void>;
  stop(): Promise<void>;
};

/** A TCP proxy in front of the database's HTTP API, which can cut it off. */
export const startGate = async (target: string): Promise<Gate> => {
  const targetPort = Number(new URL(target).port);
  const sockets = new Set<Socket>();
  let mode: GateMode = 'open';

  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((client) => {
    if (mode === 'cuts') {
      client.destroy();
      return;
    }
    const database = connect(targetPort, '127.0.0.1');
    keep(client, database);
    keep(database, client);
    client.on('data', (chunk) => mode !== 'hangs' && database.write(chunk));
    database.on('data', (chunk) => mode === 'open' && client.write(chunk));
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cutAll();
    await closed;
  };

  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.');
  const { port } = address;

  return {
    url: `http://127.0.0.1:${port}`,
    set: async (next) => {
      const before = mode;
      mode = next;
      // A connection that has lost bytes cannot be used again.
      if (before !== 'open' || next === 'cuts') cutAll();
      if (next === 'refuses') await close();
      else if (!server.listening) await listen(port);
    },
    stop: close,
  };
};
