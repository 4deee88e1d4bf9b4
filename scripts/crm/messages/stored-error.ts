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

/** What a message's column `error` holds; null: nothing, or nothing that is known here. */
export const parseStoredError = (error: unknown) => schema.parse(error);
