import { Hono } from 'hono';

/** A Hono app that does nothing: it has our paths, and answers them without looking. */
export const createEmptyApp = (basePath: string) => {
  const app = new Hono();
  app.get(`${basePath}/health`, (c) => c.json({ status: 'ok' }));
  app.post(`${basePath}/send-message`, (c) => c.json({ error: 'refused' }, 401));
  return app;
};
