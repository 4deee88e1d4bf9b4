import type { Channel } from '../ports/channel.ts';

/** Milliseconds. What comes before a provider is asked stays under the lease; `deliver` begins no call that does not. */
export const timeouts = { provider: 10_000, ai: 45_000 } as const;

/** How long a message is ours before another worker may take it up. */
export const leaseSeconds = 90;

/** How long an asynchronous message is tried for, in hours. */
export const queueHours = 24;

/** How often a message is taken up before it is failed. */
export const maxTries = 8;

/** Milliseconds: a provider that asks for a longer wait is not waited for inside a send. */
export const longestQuickWait = 2_000;

/** How many earlier messages an agent gets to read. */
export const historyLimit = 20;

/** Hours after the contact's last message in which the channel takes another one; null: no such rule. */
export const replyWindowHours = {
  sms: null,
  email: null,
  whatsapp: 24,
  facebook: 24,
  instagram: 24,
} as const satisfies Record<Channel, number | null>;
