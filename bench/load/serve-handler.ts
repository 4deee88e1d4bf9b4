// A process of its own: what ours is compared with, on the same server as `npm start`.
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { createBareHandler } from './bare-handler.ts';
import { createExampleHandler } from './example-handler.ts';

const handlers = { bare: createBareHandler, example: createExampleHandler };

const { values } = parseArgs({
  options: { handler: { type: 'string' }, database: { type: 'string' }, key: { type: 'string' } },
});
const { database: url = '', key: secretKey = '' } = values;
const create = values.handler === 'example' ? handlers.example : handlers.bare;
const handle = create({ url, secretKey }, (address, init) => fetch(address, init));

serve({ fetch: handle, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`{"event":"listening","port":${port}}`);
});
