import * as z from 'zod';

/** An account at a vendor, its credentials still sealed. */
export const sealedConnection = z.object({
  id: z.string(),
  provider: z.string(),
  credentials: z.string(),
});

/** With the database's time, in milliseconds since 1970. */
export const calledConnection = sealedConnection.extend({
  now: z.string().transform((text) => Date.parse(text)),
});
export type CalledConnection = Readonly<z.infer<typeof calledConnection>>;
