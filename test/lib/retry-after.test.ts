import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/lib/retry-after.ts';

const wait = (headers: Record<string, string>) => retryAfterMs(new Headers(headers));
const now = 'Wed, 21 Oct 2026 07:28:00 GMT';

describe('retryAfterMs', () => {
  it('reads seconds', () => {
    expect(wait({ 'retry-after': '2' })).toBe(2_000);
    expect(wait({ 'retry-after': ' 0.5 ' })).toBe(500);
  });

  it('prefers the exact milliseconds that model vendors send', () => {
    expect(wait({ 'retry-after': '2', 'retry-after-ms': '1234' })).toBe(1_234);
  });

  it("counts a date from the response's own date", () => {
    expect(wait({ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: now })).toBe(30_000);
    expect(wait({ 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT', date: now })).toBe(0);
    expect(wait({ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT' })).toBe(null);
  });

  it('never waits longer than a day', () => {
    expect(wait({ 'retry-after': '999999999999' })).toBe(86_400_000);
  });

  it.each(['', 'soon', '-5', 'NaN', 'Infinity', '1e9'])('takes nothing from %j', (value) => {
    expect(wait({ 'retry-after': value, date: now })).toBe(null);
  });
});
