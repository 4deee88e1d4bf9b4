import type { RefusalReason, Refused, SendOutcome, VendorWord } from '../ports/channel.ts';
import { refused, unknown } from './outcome.ts';

type Exception = { readonly reason: RefusalReason } & Partial<
  Pick<Refused, 'laterMayHelp' | 'otherSenderMayHelp' | 'retryAfterMs'>
>;

/**
 * What a vendor's code means: a reason, a reason with its own consequences, or that the message may be
 * out. `unclear` is the vendor's "something went wrong, try again": under a server error it may be out.
 */
export type Verdict = RefusalReason | 'unknown' | 'unclear' | Exception;

export type VerdictTable = Readonly<Record<string, Verdict>>;

/** The table's word on a code that a vendor chose, which may be any string. */
export const findVerdict = (table: VerdictTable, code: string | number): Verdict | null =>
  Object.hasOwn(table, code) ? (table[code] ?? null) : null;

/** `waitMs` is how long the vendor asks us to wait; it counts only where waiting helps. */
export const toOutcome = (
  verdict: Exclude<Verdict, 'unclear'>,
  word: VendorWord,
  waitMs: number | null,
): SendOutcome => {
  if (verdict === 'unknown') return unknown(word);
  const { reason, ...exceptions } = typeof verdict === 'string' ? { reason: verdict } : verdict;
  const outcome = refused(reason, { ...word, retryAfterMs: waitMs, ...exceptions });
  return outcome.laterMayHelp ? outcome : { ...outcome, retryAfterMs: null };
};

/**
 * Cloudflare's words for a server that it could not connect to: its address unknown (530), the connection refused (521), no
 * way to it (523), no TLS (525, 526). It is all that Workers tell of a connection that was never made; 520, 522 and 524 are
 * said of one that was, too. https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const neverConnected: ReadonlySet<number> = new Set([521, 523, 525, 526, 530]);

/** What RFC 9110 says of a status that no vendor's code explains. Only a promise that nothing was done is a refusal. */
const verdictOnStatus = (status: number): RefusalReason | 'unknown' => {
  // 303 answers a POST that was carried out; gateways also say 408 when their backend was too slow.
  if (status === 303 || status === 408) return 'unknown';
  if (status >= 300 && status < 400) return 'provider_unavailable';
  // The paths hold nothing but the account, so a 404 is a wrong account.
  if (status === 401 || status === 403 || status === 404) return 'misconfigured';
  if (status === 402) return 'quota_exceeded';
  if (status === 429) return 'rate_limited';
  if (status === 503 || neverConnected.has(status)) return 'provider_unavailable';
  return status >= 400 && status < 500 ? 'other' : 'unknown';
};

/** The vendor's word where there is one, else the status. */
export const judge = (verdict: Verdict | null, status: number): Exclude<Verdict, 'unclear'> => {
  if (verdict === null) return verdictOnStatus(status);
  if (verdict !== 'unclear') return verdict;
  return verdictOnStatus(status) === 'unknown' ? 'unknown' : 'provider_unavailable';
};
