import type { Channel } from '../ports/channel.ts';

/** Milliseconds. Everything before the provider's call fits into the lease; `deliver` begins no call that would not fit. */
export const timeouts = { provider: 10_000, ai: 45_000 } as const;

/**
 * The most calls that each step makes, with the repeats of src/store/ask.ts. A host may limit the calls of one
 * invocation; then a step begins only if so many are left.
 */
export const mostCalls = {
  database: 3,
  /** And giving back what was claimed, if its result was lost. */
  claim: 3 + 3,
  /** src/core/send/fit-text.ts asks the model three times, and the first time in up to three dialects. */
  write: 5 + 3,
  /** One call to a provider, and storing its outcome. */
  deliver: 1 + 3,
  /** Another call to a provider: first it is looked for a STOP. */
  askAgain: 3 + 1,
  /** Claim, call, store, and plan the next try if that failed. */
  job: 3 + 1 + 3 + 3,
} as const;

/** The most calls that a message makes once it is leased, other senders aside. `content` is null if an agent writes it. */
export const callsToSend = (content: string | null): number =>
  mostCalls.deliver + (content === null ? mostCalls.write : 0);

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
