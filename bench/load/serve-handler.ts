// A process of its own: one of the handlers that ours is compared with, on the same server as `npm start`.
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { createExampleHandler } from './example-handler.ts';
import { createThreeCallsApp } from './three-calls/app.ts';
import { overFetch } from './three-calls/over-fetch.ts';
import { overHttp } from './three-calls/over-http.ts';
import { createThreeCalls } from './three-calls/three-calls.ts';

const { values } = parseArgs({ options: { handler: { type: 'string', default: '' } } });
const settings = JSON.parse(process.env.THREE_CALLS ?? '');

const createBareHandler = () => {
  const send = createThreeCalls(settings, overFetch());
  return async (request: Request) => Response.json(await send(await request.json()));
};

const handlers = new Map<string, () => (request: Request) => Response | Promise<Response>>([
  ['floor', () => createThreeCallsApp(settings, overHttp, '').fetch],
  ['bare', createBareHandler],
  ['example', () => createExampleHandler(settings, (url, init) => fetch(url, init))],
]);
const create = handlers.get(values.handler);
if (!create) throw new Error(`--handler is one of ${[...handlers.keys()].join(', ')}.`);

serve({ fetch: create(), port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`{"event":"listening","port":${port}}`);
});
