import { parseJson } from '../../../src/lib/parse-json.ts';
import { readText } from '../../../src/lib/read-text.ts';
import type { Fetch } from '../../../src/ports/io.ts';

/** The program that answers at an address of the function. */
export type FunctionAnswer =
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly contentType: string;
      /** The time of its `Date` header, in milliseconds since 1970; null without one. */
      readonly date: number | null;
      readonly receivedAt: number;
      /** Undefined when it is not JSON. */
      readonly body: unknown;
    }
  | { readonly type: 'silent'; readonly why: 'name' | 'refused' | 'tls' | 'late' | 'broken' };

const codesOf = (error: unknown): readonly string[] => {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return [...code, ...codesOf(error.cause)];
};

// https://nodejs.org/api/tls.html#x509-certificate-error-codes
const isTls = (code: string): boolean =>
  /CERT|^ERR_(?:SSL|TLS)|^EPROTO$|UNABLE_TO_|SELF_SIGNED/.test(code);

const whySilent = (error: unknown, late: AbortSignal) => {
  const codes = codesOf(error);
  if (late.aborted) return 'late';
  if (codes.some((code) => code === 'ENOTFOUND' || code === 'EAI_AGAIN')) return 'name';
  if (codes.some((code) => code === 'ECONNREFUSED')) return 'refused';
  return codes.some(isTls) ? 'tls' : 'broken';
};

type FunctionIo = {
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly signal: AbortSignal;
};

/** Makes one GET, follows no redirect, and never throws. */
export const askFunction = async (
  url: string,
  { fetch, now, signal }: FunctionIo,
): Promise<FunctionAnswer> => {
  try {
    const response = await fetch(url, { redirect: 'manual', signal });
    const receivedAt = now();
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      type: 'answered',
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      date: Number.isNaN(date) ? null : date,
      receivedAt,
      body: parseJson(await readText(response)),
    };
  } catch (error) {
    return { type: 'silent', why: whySilent(error, signal) };
  }
};
