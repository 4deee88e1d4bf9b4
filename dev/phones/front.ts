import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { demoData } from '../demo-data.ts';
import type { Front, FrontParts } from '../stack.ts';
import { streamEvents } from './event-stream.ts';
import {
  clearFault,
  clearFaults,
  clearRequestSchema,
  faultRequestSchema,
  setFault,
} from './faults.ts';
import { createFeed } from './feed.ts';
import { guard } from './guard.ts';
import { inboundSchema, writeAsContact } from './inbound.ts';
import { servePageFile } from './page-files.ts';
import type { Setup } from './wire.ts';

/** Reads the body and acts on it, or says what is wrong. */
const act = async <T>(
  c: Context,
  schema: z.ZodType<T>,
  action: (request: T) => unknown,
): Promise<Response> => {
  const body: unknown = await c.req.json().catch(() => undefined);
  const request = schema.safeParse(body);
  if (!request.success) return c.json({ error: z.prettifyError(request.error) }, 400);
  await action(request.data);
  return c.body(null, 204);
};

const createApp = (parts: FrontParts, stopped: AbortSignal): Hono => {
  const feed = createFeed(parts, crypto.randomUUID());
  const { apiKey, conversationId, agentId } = demoData;
  const setup: Setup = { apiUrl: parts.apiUrl, apiKey, conversationId, agentId };
  const app = new Hono();
  app.use(guard(parts.apiUrl));
  app.get('/', async (c) => (await servePageFile('index.html')) ?? c.notFound());
  app.get('/phones/page/*', async (c) => {
    const name = c.req.path.slice('/phones/page/'.length);
    return (await servePageFile(name)) ?? c.notFound();
  });
  app.get('/phones/setup', (c) => c.json(setup));
  app.get('/phones/events', () => streamEvents(feed, stopped));
  app.post('/phones/inbound', (c) =>
    act(c, inboundSchema, (letter) => writeAsContact(parts.vendors, letter)),
  );
  app.post('/phones/faults', (c) =>
    act(c, faultRequestSchema, (request) => setFault(parts, request)),
  );
  app.onError((error, c) => c.json({ error: error.message }, 500));
  app.delete('/phones/faults/:channel', (c) => {
    const request = clearRequestSchema.safeParse(c.req.param());
    if (!request.success) return c.json({ error: z.prettifyError(request.error) }, 400);
    clearFault(parts, request.data);
    return c.body(null, 204);
  });
  app.delete('/phones/faults', (c) => {
    clearFaults(parts);
    return c.body(null, 204);
  });
  return app;
};

const isOwnPath = (path: string): boolean => path === '/' || path.startsWith('/phones/');

/** The page with the five phones, at the root of the API's origin. Local stack only. */
export const createPhones = (parts: FrontParts): Front => {
  const stopping = new AbortController();
  const app = createApp(parts, stopping.signal);
  return {
    handle: (request) => (isOwnPath(new URL(request.url).pathname) ? app.fetch(request) : null),
    stop: () => stopping.abort(),
  };
};
