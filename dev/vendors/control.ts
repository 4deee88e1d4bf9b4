import { Hono } from 'hono';
import { z } from 'zod';
import { type FaultInput, faultSchema } from './faults.ts';
import type { Journal } from './journal.ts';

type Control = {
  readonly journal: Journal;
  readonly fail: (fault: FaultInput) => void;
  readonly reset: () => void;
};

/** The doubles' own routes, for people and tests in other processes. */
export const createControl = ({ journal, fail, reset }: Control): Hono => {
  const app = new Hono();
  app.get('/sent', (c) => c.json(journal.sent));
  app.get('/requests', (c) => c.json(journal.requests));
  app.get('/receipts', (c) => c.json(journal.receipts));
  app.post('/faults', async (c) => {
    const body: unknown = await c.req.json().catch(() => undefined);
    const fault = faultSchema.safeParse(body);
    if (!fault.success) return c.json({ error: z.prettifyError(fault.error) }, 400);
    fail(fault.data);
    return c.body(null, 204);
  });
  app.delete('/', (c) => {
    reset();
    return c.body(null, 204);
  });
  return app;
};
