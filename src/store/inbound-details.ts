import * as z from 'zod';
import type { InboundDetails } from '../ports/inbound.ts';

// The row leaves out what is null.
const word = z.string().nullable().default(null);
const amount = z.number().nullable().default(null);

/**
 * What is kept beside an inbound text. The keys are those of the port: no SQL looks into it. Whatever else somebody has
 * put there is nothing, rather than the end of every answer in the conversation.
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
