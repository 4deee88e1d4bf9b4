import type { Accepted, RefusalReason, Refused, Unknown, VendorWord } from '../ports/channel.ts';

type Help = Pick<Refused, 'laterMayHelp' | 'otherSenderMayHelp'>;

const nothingHelps: Help = { laterMayHelp: false, otherSenderMayHelp: false };
const bothMayHelp: Help = { laterMayHelp: true, otherSenderMayHelp: true };

const helpByReason: Readonly<Record<RefusalReason, Help>> = {
  invalid_recipient: nothingHelps,
  opted_out: nothingHelps,
  window_closed: nothingHelps,
  content_rejected: nothingHelps,
  misconfigured: { laterMayHelp: false, otherSenderMayHelp: true },
  rate_limited: bothMayHelp,
  quota_exceeded: bothMayHelp,
  provider_unavailable: bothMayHelp,
  other: nothingHelps,
};

/** The vendor took the message. */
export const accepted = (providerMessageId: string): Accepted => ({
  type: 'accepted',
  providerMessageId,
});

/** Nothing was sent. Whether time or another sender can help follows from the reason, unless the details say otherwise. */
export const refused = (
  reason: RefusalReason,
  details: Partial<Omit<Refused, 'type' | 'reason'>> = {},
): Refused => ({
  type: 'refused',
  reason,
  code: null,
  message: null,
  retryAfterMs: null,
  ...helpByReason[reason],
  ...details,
});

/** The message may have been sent. */
export const unknown = (word: Partial<VendorWord>): Unknown => ({
  type: 'unknown',
  code: null,
  message: null,
  ...word,
});
