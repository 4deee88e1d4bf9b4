import * as z from 'zod';

/** An account at a vendor, its credentials still sealed. */
export const sealedConnection = z.object({
  id: z.string(),
  provider: z.string(),
  credentials: z.string(),
});

export const calledConnection = sealedConnection.extend({
  /** Differs as soon as anything differs that a call is verified with. */
  version: z.string(),
  /** The database's time, in milliseconds since 1970. */
  now: z.string().transform((text) => Date.parse(text)),
});
export type CalledConnection = Readonly<z.infer<typeof calledConnection>>;
