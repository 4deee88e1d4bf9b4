import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

/** Milliseconds in which a connection must be made, TLS included. The platform's fetch waits as long. */
const connectMs = 10_000;

/**
 * Milliseconds that an unused connection is kept, or less if the server's `Keep-Alive` says so. Servers close theirs
 * after five seconds or more, and nothing should be written while they do.
 */
const idleMs = 4_000;

// As many connections as there are calls at one time, like the platform's fetch.
const options = { keepAlive: true, timeout: idleMs } as const;

/** The platform's code for this; connection-never-made.ts knows it. */
const connectTimeout = () =>
  Object.assign(new Error('The connection was not made in time.'), {
    code: 'UND_ERR_CONNECT_TIMEOUT',
  });

const givenClosed = new WeakSet<ClientRequest>();

/** True if nothing was written, because the connection that the request was given had been closed before. */
export const wasNeverWritten = (request: ClientRequest): boolean => givenClosed.has(request);

const limitConnecting = (socket: Duplex | null | undefined, ready: string) => {
  if (!socket) return socket;
  const timer = setTimeout(() => socket.destroy(connectTimeout()), connectMs);
  const stop = () => clearTimeout(timer);
  return socket.once(ready, stop).once('close', stop);
};

// Node may give a request a kept connection in the moment in which it is closed.
const refuseClosed = (agent: HttpAgent) => {
  const reuse = agent.reuseSocket;
  agent.reuseSocket = (socket: Duplex, request: ClientRequest) => {
    reuse.call(agent, socket, request);
    if (socket.readable && socket.writable) return;
    givenClosed.add(request);
    request.destroy();
    socket.destroy();
  };
};

const createHttpAgent = () => {
  const agent = new HttpAgent(options);
  const connect = agent.createConnection;
  agent.createConnection = (...given) => limitConnecting(connect.apply(agent, given), 'connect');
  refuseClosed(agent);
  return agent;
};

const createHttpsAgent = () => {
  const agent = new HttpsAgent(options);
  const connect = agent.createConnection;
  agent.createConnection = (...given) =>
    limitConnecting(connect.apply(agent, given), 'secureConnect');
  refuseClosed(agent);
  return agent;
};

export const createAgents = () => ({ http: createHttpAgent(), https: createHttpsAgent() });
export type Agents = ReturnType<typeof createAgents>;
