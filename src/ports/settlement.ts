import * as z from 'zod';
import type { TokenUsage } from './ai.ts';
import { type Attempt, messageStatuses, type StoredError, storedError, time } from './message.ts';

export type SettleSend = {
  readonly messageId: string;
  readonly leaseId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly attempts: readonly Attempt[];
  readonly usage: TokenUsage | null;
  readonly result:
    | {
        readonly status: 'sent';
        readonly senderId: string;
        readonly provider: string;
        readonly providerMessageId: string;
      }
    | {
        readonly status: 'failed' | 'unknown';
        readonly senderId: string | null;
        readonly provider: string | null;
        readonly error: StoredError;
      }
    | {
        readonly status: 'queued';
        readonly senderId: string | null;
        readonly provider: string | null;
        readonly error: StoredError;
        /**
         * Milliseconds, counted by the database's clock from when this is stored. The message is failed if its time
         * ends before that.
         */
        readonly retryInMs: number;
      };
};

/** A message after it was settled. A receipt may have been faster. */
export const settled = z.object({
  status: z.enum(messageStatuses),
  sentAt: time.nullable(),
  error: storedError.nullable(),
});
export type Settled = Readonly<z.infer<typeof settled>>;
