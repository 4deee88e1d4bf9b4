import type * as z from 'zod';
import { connectionWasNeverMade } from '../lib/connection-never-made.ts';
import { readJson } from '../lib/read-text.ts';
import { retryAfterMs } from '../lib/retry-after.ts';
import type { ProviderIo, SendOutcome, VendorWord } from '../ports/channel.ts';
import { accepted, refused, unknown } from './outcome.ts';
import { judge, toOutcome, type Verdict } from './verdict.ts';

export type VendorRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** `verdict` is null where the vendor does not document the code; then the HTTP status decides. */
export type VendorError = VendorWord & { readonly verdict: Verdict | null };

/** Reads one vendor's responses. */
export type VendorRules = {
  /** The message's id in the body of a 2xx. */
  readonly acceptedId: z.ZodType<string>;
  /** The error in the body of any other response; null when it is not in the vendor's format. */
  readonly readError: (body: unknown) => VendorError | null;
  /** The vendor's own way to say how long to wait, if it has one beside `Retry-After`. */
  readonly waitMs?: (headers: Headers) => number | null;
};

type Reply = { readonly status: number; readonly headers: Headers; readonly body: unknown };

const printable = /^[\x21-\x7e]{1,500}$/;

const isRedirect = (status: number): boolean => status >= 300 && status < 400;

// A body that breaks off or is not JSON is `undefined`: the status has arrived anyway.
const discardBody = async (response: Response): Promise<undefined> => {
  await response.body?.cancel().catch(() => undefined);
};

const toReply = async (response: Response): Promise<Reply> => ({
  status: response.status,
  headers: response.headers,
  body: await (isRedirect(response.status) ? discardBody(response) : readJson(response)),
});

// The runtime's own words are left out: Deno's quote the URL, and Twilio's URL names the account.
const noAnswer = (error: unknown, signal: AbortSignal): SendOutcome => {
  if (connectionWasNeverMade(error)) {
    return refused('provider_unavailable', { message: 'The provider could not be connected to.' });
  }
  const message = signal.aborted
    ? 'No answer came in time.'
    : 'The connection broke before an answer came.';
  return unknown({ message });
};

const judgeSuccess = ({ status, body }: Reply, rules: VendorRules): SendOutcome => {
  const id = rules.acceptedId.safeParse(body);
  return id.success && printable.test(id.data)
    ? accepted(id.data)
    : unknown({ message: `The provider answered HTTP ${status} without a readable message id.` });
};

const judgeError = ({ status, headers, body }: Reply, rules: VendorRules): SendOutcome => {
  const error = rules.readError(body);
  const word: VendorWord = {
    code: error?.code ?? null,
    message: error?.message ?? `The provider answered HTTP ${status}.`,
  };
  const wait = retryAfterMs(headers) ?? rules.waitMs?.(headers) ?? null;
  return toOutcome(judge(error?.verdict ?? null, status), word, wait);
};

/** Makes one POST and says how it ended. Does not follow redirects, so the credentials stay with their host. */
export const callVendor = async (
  request: VendorRequest,
  rules: VendorRules,
  { fetch, signal }: ProviderIo,
): Promise<SendOutcome> => {
  const { url, headers, body } = request;
  try {
    const init = { method: 'POST', headers, body, redirect: 'manual', signal } as const;
    const reply = await toReply(await fetch(url, init));
    const isSuccess = reply.status >= 200 && reply.status < 300;
    return isSuccess ? judgeSuccess(reply, rules) : judgeError(reply, rules);
  } catch (error) {
    return noAnswer(error, signal);
  }
};
