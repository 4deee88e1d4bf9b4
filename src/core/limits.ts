import type { Channel } from '../ports/channel.ts';

/** Milliseconds. Everything before the provider's call fits into the lease; `deliver` begins no call that would not fit. */
export const timeouts = { provider: 10_000, ai: 45_000 } as const;

/** How long a message belongs to one worker. After that, another may take it over. */
export const leaseSeconds = 90;

/** For how many hours an asynchronous message is tried. */
export const queueHours = 24;

/** How often a message is tried before it is failed. */
export const maxTries = 8;

/** Milliseconds. If a provider asks for a longer wait, the send does not wait for it. */
export const longestQuickWait = 2_000;

/** How many earlier messages an agent reads. */
export const historyLimit = 20;

/** How many hours after the contact's last message the channel accepts another one; null: always. */
export const replyWindowHours = {
  sms: null,
  email: null,
  whatsapp: 24,
  facebook: 24,
  instagram: 24,
} as const satisfies Record<Channel, number | null>;
