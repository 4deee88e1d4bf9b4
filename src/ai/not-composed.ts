import type { CompositionFailure, NotComposed, TokenUsage } from '../ports/ai.ts';

const inWords = {
  unreachable: "The model's server could not be reached, broke off or failed",
  too_slow: 'The model did not answer in time',
  overloaded: "The model's server is overloaded or limits the rate",
  quota_exceeded: "The model account's credit or spending limit is used up",
  declined: 'The model or its content filter declined to write this message',
  empty: 'The model wrote nothing',
  thought_too_long: 'The model used up its tokens by thinking, and the message was not there yet',
  unfinished: 'The model stopped without finishing a message',
  control_markup: "The model's answer holds control markup, which is no text for a contact",
  misconfigured:
    "The model's server does not accept the connection's credentials, model or request",
  unreadable: "The model's server answered something that is not this wire format",
} as const satisfies Record<CompositionFailure, string>;

type Details = {
  readonly status?: number | null;
  readonly code?: string | null;
  readonly retryAfterMs?: number | null;
  readonly usage?: TokenUsage | null;
  /** The tokens that the model used. */
  readonly tokens?: number;
};

/** Uses our own words and the vendor's code, because a vendor's words may quote the request, its texts or its key. */
export const notComposed = (reason: CompositionFailure, details: Details = {}): NotComposed => {
  const code = asCode(details.code);
  const { status = null, tokens } = details;
  const facts = [
    tokens === undefined ? null : `${tokens.toLocaleString('en')} tokens`,
    status === null ? null : `HTTP ${status}`,
    code,
  ]
    .filter((fact) => fact !== null)
    .join(', ');
  return {
    type: 'not_composed',
    reason,
    code,
    message: facts === '' ? `${inWords[reason]}.` : `${inWords[reason]} (${facts}).`,
    retryAfterMs: details.retryAfterMs ?? null,
    usage: details.usage ?? null,
  };
};

/** Vendors' codes are words joined by underscores, or short numbers. Anything else may be part of a text or a key. */
const asCode = (code: string | null | undefined) =>
  code != null && code.length <= 64 && /^([a-z]+(_[a-z0-9]+)*|\d{1,5})$/.test(code) ? code : null;
