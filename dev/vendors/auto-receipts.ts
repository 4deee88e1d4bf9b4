import { z } from 'zod';
import { createRandom, type Random } from '../faults/random.ts';
import type { SentMessage } from './journal.ts';
import { times } from './receipt-schema.ts';
import { receiptSteps, wordFor } from './receipt-words.ts';

/** The receipts that follow each message by themselves. */
export const autoReceiptsSchema = z.strictObject({
  /** Before each receipt, in milliseconds. */
  afterMs: z.int().nonnegative(),
  /** The steps of a message, in this order. Each vendor reports them in its own words, or does not. */
  steps: z.array(z.enum(receiptSteps)).min(1).default(['echo', 'sent', 'delivered', 'read']),
  times,
  /** In a random order, which this number chooses. */
  shuffle: z.union([z.boolean(), z.int()]).default(false),
});

export type AutoReceiptsInput = z.input<typeof autoReceiptsSchema>;
export type AutoReceipts = z.output<typeof autoReceiptsSchema>;

/** Fisher and Yates. */
const shuffled = (words: readonly string[], random: Random): readonly string[] => {
  const left = [...words];
  return words.flatMap(() => left.splice(Math.floor(random.next() * left.length), 1));
};

/** The vendor's words for what happens to a message, in the order in which they are posted. */
export type ReceiptPlan = (message: SentMessage) => readonly string[];

export const createReceiptPlan = ({ steps, times, shuffle }: AutoReceipts): ReceiptPlan => {
  const random = createRandom(Number(shuffle), 'receipts');
  return (message) => {
    const words = steps.flatMap((step) => {
      const word = wordFor(message, step);
      return word === undefined ? [] : Array.from({ length: times }, () => word);
    });
    return shuffle === false ? words : shuffled(words, random);
  };
};
