import { findVerdict, type Verdict } from './verdict.ts';

// https://www.twilio.com/docs/api/errors. The 30xxx and most of the 63xxx usually come later, with a receipt.
const verdicts = {
  20003: 'misconfigured', // authentication failed
  20429: 'rate_limited', // documented as not processed
  21211: 'invalid_recipient', // not a valid number
  21266: 'misconfigured', // To is From
  21408: 'misconfigured', // region not enabled for the account
  21601: 'misconfigured', // From cannot send SMS
  21606: 'misconfigured', // From is not a number of the account
  21608: 'misconfigured', // trial account, unverified To
  21610: 'opted_out', // the contact replied STOP
  21612: { reason: 'other', otherSenderMayHelp: true }, // this To cannot be reached from this From
  21614: 'invalid_recipient', // not a mobile number
  21617: 'content_rejected', // over 1600 characters
  30001: 'rate_limited', // queue overflow
  30002: 'misconfigured', // account suspended
  30003: { reason: 'other', laterMayHelp: true }, // handset unreachable, may be passing
  30004: 'opted_out', // blocked
  30005: 'invalid_recipient', // unknown handset
  30006: 'invalid_recipient', // landline or unreachable carrier
  30007: 'content_rejected', // filtered as spam
  30008: { reason: 'other', laterMayHelp: true }, // unknown error at the carrier
  30034: 'misconfigured', // number not registered for A2P 10DLC
  63003: 'invalid_recipient', // the channel cannot find To
  // The contact blocked the sender, and may unblock without a word. So it is not an opt-out, which only the contact's
  // own words undo.
  63014: 'invalid_recipient',
  63016: 'window_closed',
  63018: 'rate_limited', // the channel's rate
  63019: 'content_rejected', // media
  63021: 'content_rejected', // content
  63024: 'invalid_recipient', // not on WhatsApp
  63032: 'other', // a limitation of WhatsApp on this user
  63049: 'other', // Meta chose not to deliver promotions; not to be repeated in the US
} as const satisfies Record<number, Verdict>;

// Twilio keeps splitting its codes, so an unknown 21xxx is also a complaint about the request.
/** The meaning of Twilio's code, in a response or in a receipt. */
export const twilioVerdict = (code: number): Verdict | null =>
  findVerdict(verdicts, code) ?? (code >= 21_000 && code < 22_000 ? 'other' : null);
