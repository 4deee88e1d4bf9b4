const mostMs = 24 * 60 * 60 * 1000;

/** How long a response asks to wait, in milliseconds, at most a day. A date counts from the response's own `Date`. */
export const retryAfterMs = (headers: Headers): number | null => {
  const asked = headers.get('retry-after')?.trim() ?? '';
  const candidates = [
    numeric(headers.get('retry-after-ms')?.trim() ?? ''),
    numeric(asked) * 1000,
    date(asked) - date(headers.get('date') ?? ''),
  ];
  const wait = candidates.find((ms) => !Number.isNaN(ms));
  return wait === undefined ? null : Math.min(Math.max(0, Math.ceil(wait)), mostMs);
};

const numeric = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);

// `Date.parse` also accepts what is not an HTTP date, even "-5".
const date = (text: string) => (text.endsWith('GMT') ? Date.parse(text) : Number.NaN);
