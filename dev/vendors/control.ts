import { type Context, Hono } from 'hono';
import type { Asked } from './asked.ts';
import { guardControl } from './guard-control.ts';
import type { Journal } from './journal.ts';

/** The requests that the doubles take. Each checks its body, and says what is wrong. */
export type Control = {
  readonly journal: Journal;
  readonly fail: (body: unknown) => Asked<null>;
  readonly write: (body: unknown) => Promise<Asked<object>>;
  readonly receipt: (body: unknown) => Promise<Asked<object>>;
  readonly autoReceipts: (body: unknown) => Asked<null>;
  readonly configure: (body: unknown) => Asked<null>;
  readonly reset: () => void;
};

const notJson = {
  ok: false,
  problem: 'The body is not JSON: send a JSON object, such as {"channel":"sms","text":"Hello"}.',
} as const;

const answer = async (
  c: Context,
  act: (body: unknown) => Asked<object | null> | Promise<Asked<object | null>>,
): Promise<Response> => {
  const body: unknown = await c.req.json().catch(() => undefined);
  const asked = body === undefined ? notJson : await act(body);
  if (!asked.ok) return c.json({ error: asked.problem }, 400);
  return asked.value === null ? c.body(null, 204) : c.json(asked.value);
};

/** The doubles' own routes, for people and tests in other processes. */
export const createControl = (control: Control): Hono => {
  const { journal } = control;
  const app = new Hono();
  app.use(guardControl);
  app.get('/sent', (c) => c.json(journal.sent));
  app.get('/requests', (c) => c.json(journal.requests));
  app.get('/receipts', (c) => c.json(journal.receipts));
  app.post('/faults', (c) => answer(c, control.fail));
  app.post('/inbound', (c) => answer(c, control.write));
  app.post('/receipts', (c) => answer(c, control.receipt));
  app.put('/receipts/auto', (c) => answer(c, control.autoReceipts));
  app.put('/webhooks', (c) => answer(c, control.configure));
  app.delete('/', (c) => {
    control.reset();
    return c.body(null, 204);
  });
  return app;
};
