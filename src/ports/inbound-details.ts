import * as z from 'zod';
import type { InboundDetails } from './inbound.ts';

// The row leaves out what is null.
const word = z.string().nullable().default(null);
const amount = z.number().nullable().default(null);

/**
 * The facts that are kept beside an inbound text. The keys are the port's, because SQL does not look into it. Anything
 * else in the row counts as nothing, so that it cannot break every reply in the conversation.
 */
export const inboundDetails = z
  .object({
    button: z.object({ id: word, title: word, description: word }).exactOptional(),
    referral: z
      .object({ type: word, id: word, headline: word, url: word, clickId: word })
      .exactOptional(),
    product: z.object({ id: z.string(), catalogId: word }).exactOptional(),
    order: z
      .object({
        catalogId: word,
        items: z.array(
          z.object({
            productId: z.string(),
            quantity: amount,
            price: amount,
            currency: word,
          }),
        ),
      })
      .exactOptional(),
    form: z.record(z.string(), z.unknown()).exactOptional(),
    unknownType: z.string().exactOptional(),
  })
  .catch({}) satisfies z.ZodType<InboundDetails>;
