import { InvalidArgumentError } from '@commander-js/extra-typings';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const mostDays = 3653;

/** `30m`, `24h` or `90d`, in milliseconds; at most ten years. */
export const parseDuration = (text: string): number => {
  const [, digits, unit] = /^(\d{1,9})(m|h|d)$/.exec(text) ?? [];
  const ms = Number(digits) * (unit === 'm' || unit === 'h' || unit === 'd' ? unitMs[unit] : 0);
  if (ms > mostDays * unitMs.d) {
    throw new InvalidArgumentError(`Say at most ten years, which are ${mostDays}d.`);
  }
  if (ms >= 0) return ms;
  throw new InvalidArgumentError(
    'Say minutes, hours or days, such as 30m, 24h or 90d, and at most ten years.',
  );
};

/** The same for a duration that must not be zero. */
export const parseLifetime = (text: string): number => {
  const ms = parseDuration(text);
  if (ms > 0) return ms;
  throw new InvalidArgumentError(
    'Say more than zero, such as 90d, or leave the option out: a key that ends at once cannot send.',
  );
};
