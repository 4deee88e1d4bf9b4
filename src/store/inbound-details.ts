import * as z from 'zod';
import type { InboundDetails } from '../ports/webhook.ts';

const word = z.string().nullable();

/** What is kept beside an inbound text. The keys are those of the port: no SQL looks into it. */
export const inboundDetails = z.object({
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
          quantity: z.number().nullable(),
          price: z.number().nullable(),
          currency: word,
        }),
      ),
    })
    .exactOptional(),
  form: z.record(z.string(), z.unknown()).exactOptional(),
  unknownType: z.string().exactOptional(),
}) satisfies z.ZodType<InboundDetails>;
