import type { TokenUsage } from './ai.ts';
import type { Attempt, MessageStatus, StoredError } from './message.ts';

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
        /** From when it is stored, by the database's clock. It is failed where it is not tried that long. */
        readonly retryInMs: number;
      };
};

/** A message after it was settled: a receipt may have been faster. */
export type Settled = {
  readonly status: MessageStatus;
  /** ISO 8601. */
  readonly sentAt: string | null;
  readonly error: StoredError | null;
};
