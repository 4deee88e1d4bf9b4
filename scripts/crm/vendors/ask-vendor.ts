import type { z } from 'zod';
import { connectionWasNeverMade } from '../../../src/lib/connection-never-made.ts';
import { readJson } from '../../../src/lib/read-text.ts';
import { redact } from '../../../src/lib/redact.ts';
import type { ProviderIo } from '../../../src/ports/channel.ts';
import { readAdvice } from '../advice.ts';

export type Question = {
  /** The vendor's name for people. */
  readonly vendor: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A sentence for a refusal, with its remedy; null: the HTTP status decides. */
  readonly explain: (status: number, body: unknown) => string | null;
};

/** `body` is the vendor's own, of a response that is no success. */
export type Refusal = { readonly ok: false; readonly problem: string; readonly body: unknown };
type Answer<T> = { readonly ok: true; readonly value: T } | Refusal;

const explainStatus = (vendor: string, status: number): string => {
  if (status === 401 || status === 403) {
    return `${vendor} does not take these credentials: copy them from its console again.`;
  }
  if (status === 429) return `${vendor} limits the rate of calls: wait a minute and try again.`;
  if (status >= 500) {
    return `${vendor} has trouble of its own (HTTP ${status}): try again later, and see its status page.`;
  }
  return unreadable(vendor, status);
};

const unreadable = (vendor: string, status: number): string =>
  `${vendor} answered HTTP ${status} in another way than its API does: see whether a proxy is in between.`;

// The runtime's own words are left out: they may quote the URL, which names the account.
const explainSilence = (vendor: string, error: unknown, { aborted }: AbortSignal): string => {
  const advice = readAdvice(error);
  if (advice !== null) return `${advice.found}. ${advice.remedy}`;
  if (aborted) return `${vendor} did not answer in time: try again, and see its status page.`;
  return connectionWasNeverMade(error)
    ? `${vendor} cannot be reached from here: see whether this machine is online.`
    : `${vendor} broke off without an answer: try again.`;
};

/** Makes one GET and reads the response. Does not follow redirects, so the credentials stay with their host. */
export const askVendor = async <T>(
  { vendor, url, headers, explain }: Question,
  schema: z.ZodType<T>,
  { fetch, signal }: ProviderIo,
): Promise<Answer<T>> => {
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    const { status } = response;
    const body = await readJson(response);
    if (signal.aborted) throw new Error('aborted');
    if (!response.ok) {
      return { ok: false, problem: explain(status, body) ?? explainStatus(vendor, status), body };
    }
    const parsed = schema.safeParse(body);
    if (parsed.success) return { ok: true, value: parsed.data };
    return { ok: false, problem: unreadable(vendor, status), body };
  } catch (error) {
    return { ok: false, problem: explainSilence(vendor, error, signal), body: undefined };
  }
};

/** The vendor could not be asked for its webhook; `look` is the place in its console that shows it. */
export const notKnown = (problem: string, look: string) =>
  ({ known: false, look: `${problem} ${look}` }) as const;

/** An account's name as people may see it. It is often the owner's email address. */
export const toAccountName = (name: string | null | undefined): string | null =>
  name ? redact(name) : null;

/** The adapter's own error for credentials with a missing or wrong field, and the remedy. */
export const enterAgain = ({ message }: { readonly message: string | null }): string =>
  `${message ?? 'The credentials do not fit.'} Enter them again.`;
