import type { Begun } from '../../ports/begin-send.ts';
import type { Channel } from '../../ports/channel.ts';
import type { Content } from '../../ports/content.ts';

export type SendRequest = {
  readonly conversationRef: string;
  readonly channel: Channel;
  /** With an agent, its text is the instruction to the agent. */
  readonly content: Content;
  /** Null: the text is sent word for word. */
  readonly agentId: string | null;
  readonly subject: string | null;
  readonly repliedMessageId: string | null;
};

export type SendInput = {
  readonly apiKey: string;
  readonly idempotencyKey: string | null;
  readonly request: SendRequest;
};

export type SentMessage = {
  /** As on the wire. */
  readonly messageId: string;
  readonly content: string;
  readonly senderType: 'user' | 'agent';
  readonly channel: Channel;
  /** When the provider accepted it: ISO 8601 in UTC. */
  readonly timestamp: string;
};

/** A message that is sent after the response. */
export type QueuedMessage = {
  readonly messageId: string;
  /** Null: the agent has not written it yet. */
  readonly content: string | null;
  readonly senderType: 'user' | 'agent';
  readonly channel: Channel;
  /** When it was stored: ISO 8601 in UTC. */
  readonly queuedAt: string;
};

/** A message that belongs to this worker until `leaseEndsAt` (milliseconds since 1970). */
export type Leased = {
  readonly begun: Begun;
  /** An earlier call to the provider may have succeeded, so only an acceptance changes what is known. */
  readonly ambiguous: boolean;
  readonly leaseId: string;
  readonly leaseEndsAt: number;
  /** Gives back the calls that are held for it. */
  readonly releaseCalls: () => void;
};
