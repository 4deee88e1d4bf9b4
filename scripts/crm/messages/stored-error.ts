import { z } from 'zod';

const schema = z
  .object({
    code: z.string(),
    retry: z.string(),
    message: z.string().optional(),
    provider: z
      .object({
        name: z.string(),
        code: z.string().nullable(),
        message: z.string().nullable(),
        reason: z.string(),
      })
      .optional(),
  })
  .nullable()
  .catch(null);

/** The content of a message's column `error`; null if it is empty or not known here. */
export const parseStoredError = (error: unknown) => schema.parse(error);
