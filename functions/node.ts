import { serve } from '@hono/node-server';
import { createApp } from '../src/app.ts';
import { createDeps } from '../src/compose.ts';
import { createJsonLog } from '../src/lib/json-log.ts';
import type { Io } from '../src/ports/io.ts';
import { createBackground } from './background.ts';
import { hostIo } from './host-io.ts';
import { createLeanFetch } from './lean-fetch/lean-fetch.ts';
import { limitConnections, serverOptions, surviveClosedLog } from './node-limits.ts';
import { createLineWriter } from './node-log.ts';

const basePath = '/functions/v1/crm-api';
const shutdownMs = 10_000;
/** After this time, unfinished work is given back, which takes the database a moment. */
const endingMs = 7_500;
const sweepEveryMs = 60_000;

const giveUp = (error: Error, port: number) => {
  const taken = 'code' in error && error.code === 'EADDRINUSE';
  const remedy = 'set PORT to a free one, or stop what listens there.';
  console.error(taken ? `Port ${port} is in use: ${remedy}` : error.message);
  process.exit(1);
};

const createNodeIo = (): Io => {
  const writeLine = createLineWriter((text) => process.stdout.write(text));
  return { ...hostIo, fetch: createLeanFetch(), log: createJsonLog(writeLine, hostIo.now) };
};

const oldestNode = 22;

const start = () => {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) < oldestNode) {
    throw new Error(`This is Node ${node}: start it with Node ${oldestNode} or newer.`);
  }
  surviveClosedLog();
  const port = Number(process.env.PORT ?? 8787);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error('PORT is not a port: put a whole number from 0 to 65535 there.');
  }
  const environment = {
    ...process.env,
    CRON_SECRET: process.env.CRON_SECRET || crypto.randomUUID(),
  };
  const io = createNodeIo();
  const app = createApp(createDeps(environment, io), basePath, { servesPages: true });
  const { waitUntil, drain } = createBackground();
  let stopped = false;
  const ending = new AbortController();
  const host = { waitUntil, stopping: () => stopped, ending: ending.signal };
  const fetch = (request: Request) => app.fetch(request, host);
  const server = serve({ fetch, port, serverOptions }, (address) =>
    io.log('info', { event: 'listening', port: address.port }),
  );
  limitConnections(server);
  server.once('error', (error) => giveUp(error, port));
  const sweep = () => {
    const init = { method: 'POST', headers: { 'x-cron-secret': environment.CRON_SECRET } };
    waitUntil(Promise.resolve(app.request(`${basePath}/jobs/sweep`, init, host)));
  };
  const timer = setInterval(sweep, sweepEveryMs);
  const stop = () => {
    stopped = true;
    clearInterval(timer);
    // Otherwise a connection that is kept alive after its last response would delay the end.
    if ('keepAliveTimeout' in server) server.keepAliveTimeout = 1;
    server.close(() => drain().then(() => process.exit(0)));
    setTimeout(() => ending.abort(), endingMs).unref();
    setTimeout(() => process.exit(0), shutdownMs).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
};

try {
  start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
