import type { RefusalReason, Refused, SendOutcome, VendorWord } from '../ports/channel.ts';
import { refused, unknown } from './outcome.ts';

type Exception = { readonly reason: RefusalReason } & Partial<
  Pick<Refused, 'laterMayHelp' | 'otherSenderMayHelp' | 'retryAfterMs'>
>;

/**
 * The meaning of a vendor's code: a reason, a reason with consequences of its own, or that the message may have been
 * sent. `unclear` is the vendor's "something went wrong, try again": with a server error, the message may have been
 * sent.
 */
export type Verdict = RefusalReason | 'unknown' | 'unclear' | Exception;

export type VerdictTable = Readonly<Record<string, Verdict>>;

/** Looks the vendor's code up in the table. The code may be any string. */
export const findVerdict = (table: VerdictTable, code: string | number): Verdict | null =>
  Object.hasOwn(table, code) ? (table[code] ?? null) : null;

/** `waitMs` is how long the vendor asks us to wait. It counts only where waiting helps. */
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
 * Cloudflare's statuses for a server that it could not connect to: its address unknown (530), the connection refused
 * (521), no route (523), no TLS (525, 526). Workers get nothing else for a connection that was never made. 520, 522 and
 * 524 can also mean that a connection was made.
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const neverConnected: ReadonlySet<number> = new Set([521, 523, 525, 526, 530]);

/**
 * The meaning of an HTTP status (RFC 9110) when no vendor's code explains it. It is a refusal only if the status
 * promises that nothing was done.
 */
const verdictOnStatus = (status: number): RefusalReason | 'unknown' => {
  // 303 answers a POST that was carried out; gateways send 408 also when their backend was too slow.
  if (status === 303 || status === 408) return 'unknown';
  if (status >= 300 && status < 400) return 'provider_unavailable';
  // The path holds only the account, so a 404 means a wrong account.
  if (status === 401 || status === 403 || status === 404) return 'misconfigured';
  if (status === 402) return 'quota_exceeded';
  if (status === 429) return 'rate_limited';
  if (status === 503 || neverConnected.has(status)) return 'provider_unavailable';
  return status >= 400 && status < 500 ? 'other' : 'unknown';
};

/** The verdict of the vendor's code if there is one, else of the status. */
export const judge = (verdict: Verdict | null, status: number): Exclude<Verdict, 'unclear'> => {
  if (verdict === null) return verdictOnStatus(status);
  if (verdict !== 'unclear') return verdict;
  return verdictOnStatus(status) === 'unknown' ? 'unknown' : 'provider_unavailable';
};
