import { InvalidArgumentError } from '@commander-js/extra-typings';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30m`, `24h` or `90d`, in milliseconds; at most ten years. */
export const parseDuration = (text: string): number => {
  const [, digits, unit] = /^(\d{1,6})(m|h|d)$/.exec(text) ?? [];
  const ms = Number(digits) * (unit === 'm' || unit === 'h' || unit === 'd' ? unitMs[unit] : 0);
  if (!(ms >= 0) || ms > 3653 * unitMs.d) {
    throw new InvalidArgumentError('Say minutes, hours or days, such as 30m, 24h or 90d.');
  }
  return ms;
};
