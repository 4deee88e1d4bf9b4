import type { Retry } from '../errors.ts';
import type { TokenUsage } from './ai.ts';
import type { Channel, RefusalReason } from './channel.ts';

export const messageStatuses = [
  'received',
  'queued',
  'composing',
  'sending',
  'sent',
  'delivered',
  'read',
  'failed',
  'unknown',
  'superseded',
] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** An error as the caller was told of it, kept so that it can be told again. */
export type StoredError = {
  readonly code: string;
  readonly retry: Retry;
  readonly message?: string | undefined;
  readonly provider?:
    | {
        readonly name: string;
        readonly code: string | null;
        readonly message: string | null;
        readonly reason: string;
      }
    | undefined;
};

/** A message as its sub-account may see it. Times are ISO 8601 in UTC. */
export type StoredMessage = {
  readonly id: string;
  readonly conversationId: string;
  readonly channel: Channel;
  readonly senderType: 'contact' | 'user' | 'agent';
  readonly status: MessageStatus;
  readonly content: string | null;
  readonly subject: string | null;
  readonly agentId: string | null;
  readonly provider: string | null;
  readonly usage: TokenUsage | null;
  readonly error: StoredError | null;
  readonly repliedMessageId: string | null;
  readonly createdAt: string;
  /** When a queued message is tried next. */
  readonly dueAt: string | null;
  readonly sentAt: string | null;
  readonly deliveredAt: string | null;
  readonly readAt: string | null;
  readonly failedAt: string | null;
};

/** One call to a provider for a message, numbered from 1. Times are milliseconds since 1970. */
export type Attempt = {
  readonly number: number;
  readonly senderId: string;
  readonly provider: string;
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  readonly reason: RefusalReason | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly startedAt: number;
  readonly finishedAt: number;
};

export type StoredAttempt = Omit<Attempt, 'senderId' | 'startedAt' | 'finishedAt' | 'reason'> & {
  readonly reason: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
};
