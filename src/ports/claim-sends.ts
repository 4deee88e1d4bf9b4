import * as z from 'zod';
import { begun } from './begin-send.ts';

/** Whose turn is next. */
type Turn = {
  /** Messages that are under way, or whose provider is slow: other messages of their sub-accounts and senders come later. */
  readonly busy: readonly string[];
  /** The last message that was given out. The sub-accounts after its own come first. */
  readonly after: string | null;
  /** How many places are kept for sub-accounts that have nothing under way. */
  readonly spare: number;
};

export type ClaimSends = {
  readonly leaseId: string;
  readonly leaseSeconds: number;
  /** How many queued and abandoned messages together. */
  readonly most: number;
  /** Without it: any messages that are due, in no promised order. */
  readonly turn?: Turn;
  /** After this many tries a message is failed. */
  readonly maxTries: number;
  readonly historyLimit: number;
  /** Only this one, if it is still queued. */
  readonly messageId: string | null;
};

/** A message that this worker sends, from the queue or from a worker that went away. */
const claimedMessage = z.object({
  ...begun.shape,
  /** An earlier call to the provider may have succeeded, so only an acceptance changes what is known. */
  ambiguous: z.boolean(),
});
type ClaimedMessage = Readonly<z.infer<typeof claimedMessage>>;

export const claimedRow = z.union([
  claimedMessage,
  z.object({ outcome: z.enum(['unknown', 'failed', 'superseded']) }),
]);

export type Claimed = {
  readonly begun: readonly ClaimedMessage[];
  /** Messages that ended here: abandoned while a provider was asked, not to be tried again, or no longer needed. */
  readonly unknown: number;
  readonly failed: number;
  readonly superseded: number;
  /** Leased, but not understood here. They count as abandoned when the lease ends, and are failed after some tries. */
  readonly unreadable: number;
};
