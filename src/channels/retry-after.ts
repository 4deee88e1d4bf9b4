/** `Retry-After` in milliseconds: seconds, or a date, which is read by the vendor's own clock (RFC 9110, 10.2.3). */
export const retryAfterMs = (headers: Headers): number | null => {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const until = value.endsWith('GMT') ? Date.parse(value) : Number.NaN;
  const wait = until - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? null : Math.max(0, wait);
};
