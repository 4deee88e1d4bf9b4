import { z } from 'zod';

/** The address of each account's webhook; `instagram` is Meta's second connection. */
export type WebhookUrls = {
  readonly twilio?: string;
  readonly meta?: string;
  readonly instagram?: string;
  readonly resend?: string;
};
export type Account = keyof WebhookUrls;

/** The address that the accounts say they have configured; null: none. */
export const configuredSchema = z.partialRecord(
  z.enum(['twilio', 'meta', 'instagram', 'resend']),
  z.url().nullable(),
);
export type Configured = z.output<typeof configuredSchema>;

export type SignedRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A contact's message, as its vendor sends it. */
export type Letter = { readonly providerMessageId: string; readonly call: SignedRequest };

/** The webhook's response; null if none came. */
export type AnswerStatus = number | null;

export type Posted = {
  readonly providerMessageId: string;
  /** The first status that is no success, or else the first one. */
  readonly status: AnswerStatus;
  readonly statuses: readonly AnswerStatus[];
};

// Twilio's own limit; the other vendors name none.
const patienceMs = 15_000;

const post = async (
  { url, headers, body }: SignedRequest,
  cancelled: AbortSignal | undefined,
): Promise<AnswerStatus> => {
  const late = AbortSignal.timeout(patienceMs);
  const signal = cancelled ? AbortSignal.any([cancelled, late]) : late;
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
};

/** Posts exactly the same call that many times at once. */
export const postCall = (
  call: SignedRequest,
  times: number,
  cancelled?: AbortSignal,
): Promise<readonly AnswerStatus[]> =>
  Promise.all(Array.from({ length: times }, () => post(call, cancelled)));

const isSuccess = (status: AnswerStatus): boolean =>
  status !== null && status >= 200 && status < 300;

export const toPosted = (providerMessageId: string, statuses: readonly AnswerStatus[]): Posted => {
  const failures = statuses.filter((status) => !isSuccess(status));
  const [status = null] = [...failures, ...statuses];
  return { providerMessageId, status, statuses };
};
