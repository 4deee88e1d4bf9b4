import { Hono } from 'hono';
import { type CallSettings, createThreeCalls, type Transport } from './three-calls.ts';

/** The three calls behind a route of Hono, as cheap as a service with Hono can be. */
export const createThreeCallsApp = (
  settings: CallSettings,
  transport: Transport,
  basePath: string,
) => {
  const send = createThreeCalls(settings, transport);
  const app = new Hono();
  app.post(`${basePath}/send-message`, async (c) => c.json(await send(await c.req.json())));
  return app;
};
