import { z } from 'zod';
import { channels } from '../../src/ports/channel.ts';
import type { Vendors } from '../vendors/index.ts';

export const inboundSchema = z.strictObject({
  channel: z.enum(channels),
  text: z.string().trim().min(1, 'is empty: write something').max(5000),
  /** Email only. */
  subject: z.string().max(200).optional(),
});
export type Letter = z.output<typeof inboundSchema>;

/** The contact writes: the vendor's signed webhook carries it to the API, as in reality. */
export const writeAsContact = async (
  vendors: Vendors,
  { channel, text, subject = '' }: Letter,
): Promise<void> => {
  const letter = channel === 'email' ? { channel, text, subject } : { channel, text };
  const { status } = await vendors.write(letter);
  if (status === 200) return;
  throw new Error(`The API answered the vendor's webhook with ${status ?? 'nothing'}.`);
};
