import type { CompositionFailure } from '../ports/ai.ts';

export const reasonOfStatus = (status: number): CompositionFailure => {
  if (status < 400) return 'unreadable';
  if (status === 402) return 'quota_exceeded';
  // 498 is Groq's, for a lack of capacity.
  if ([429, 498, 503, 529].includes(status)) return 'overloaded';
  // 408 and 409 are the server's own timeouts and conflicts; the vendors' clients repeat them.
  return status >= 500 || status === 408 || status === 409 ? 'unreachable' : 'misconfigured';
};

const inCodes: readonly (readonly [RegExp, CompositionFailure])[] = [
  [/quota|billing|credit|balance|spend_limit|payment/, 'quota_exceeded'],
  [/\brate_|overload|capacity|slow_down|too_many|resource/, 'overloaded'],
  [/content_filter|content_policy|moderation|safety|invalid_prompt/, 'declined'],
  [/auth|api_key|permission|forbidden|not_found|invalid_request|unsupported/, 'misconfigured'],
];

/** An error with HTTP 200 is known only by its own words: a status, or the vendor's code or type. */
export const reasonOfWords = (words: readonly string[]): CompositionFailure => {
  const status = words.find((word) => /^[45]\d\d$/.test(word));
  if (status !== undefined) return reasonOfStatus(Number(status));
  const all = words.join(' ').toLowerCase();
  return inCodes.find(([pattern]) => pattern.test(all))?.[1] ?? 'unreachable';
};
