import * as z from 'zod';
import { begun } from './begin-send.ts';

/** Whose turn it is. */
type Turn = {
  /** Messages that are under way, or whose provider keeps us waiting: the others of their sub-accounts and senders come later. */
  readonly busy: readonly string[];
  /** The message that was given out last: the sub-accounts after its own are first. */
  readonly after: string | null;
  /** So many places are kept for sub-accounts that have nothing under way. */
  readonly spare: number;
};

export type ClaimSends = {
  readonly leaseId: string;
  readonly leaseSeconds: number;
  /** Of queued and abandoned messages together. */
  readonly most: number;
  /** Without it: those that are due, in no promised order. */
  readonly turn?: Turn;
  /** After so many tries a message is failed. */
  readonly maxTries: number;
  readonly historyLimit: number;
  /** Only this one, if it is still queued. */
  readonly messageId: string | null;
};

/** A message that is ours to send, taken out of the queue or after its worker went away. */
const claimedMessage = z.object({
  ...begun.shape,
  /** An earlier call to the provider may have gone through: only an acceptance says more than that. */
  ambiguous: z.boolean(),
});
type ClaimedMessage = Readonly<z.infer<typeof claimedMessage>>;

export const claimedRow = z.union([
  claimedMessage,
  z.object({ outcome: z.enum(['unknown', 'failed', 'superseded']) }),
]);

export type Claimed = {
  readonly begun: readonly ClaimedMessage[];
  /** Messages that ended here: abandoned while a provider was asked, not to be tried again, or needed by nobody any more. */
  readonly unknown: number;
  readonly failed: number;
  readonly superseded: number;
  /** Leased, and not understood: taken for abandoned when the lease is over, and failed after some tries. */
  readonly unreadable: number;
};
