import * as z from 'zod';
import type { CalledConnection } from '../ports/connection.ts';

export const sealedConnection = z.object({
  id: z.string(),
  provider: z.string(),
  credentials: z.string(),
});

const calledConnection = sealedConnection.extend({
  now: z.string().transform((text) => Date.parse(text)),
});

/** The result of get_connection. */
export const parseConnection = (result: unknown): CalledConnection | null =>
  calledConnection.nullable().parse(result);
