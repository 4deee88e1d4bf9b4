import { serve } from '@hono/node-server';
import { createEmptyApp } from './empty.ts';

const app = createEmptyApp('/functions/v1/crm-api');
serve({ fetch: app.fetch, port: 0 }, ({ port }) =>
  console.log(JSON.stringify({ event: 'listening', port })),
);
