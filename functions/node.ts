import { serve } from '@hono/node-server';
import { createApp } from '../src/app.ts';
import { createDeps } from '../src/compose.ts';
import { hostIo } from './host-io.ts';

const shutdownMs = 10_000;

const start = () => {
  const port = Number(process.env.PORT ?? 8787);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error('PORT is not a port: put a whole number from 0 to 65535 there.');
  }
  const app = createApp(createDeps(process.env, hostIo), '/functions/v1/crm-api');
  const server = serve({ fetch: app.fetch, port }, (address) =>
    hostIo.log('info', { event: 'listening', port: address.port }),
  );
  const stop = () => {
    // A connection that is kept alive after its last answer would hold up the end.
    if ('keepAliveTimeout' in server) server.keepAliveTimeout = 1;
    server.close(() => process.exit(0));
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
