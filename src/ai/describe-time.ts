const format = (timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  });

const formatIn = (
  timeZone: string,
): { readonly inZone: Intl.DateTimeFormat; readonly name: string } => {
  try {
    return { inZone: format(timeZone), name: timeZone };
  } catch {
    // Postgres knows time zones that the host may not know. No message fails because of that.
    return { inZone: format('UTC'), name: 'UTC' };
  }
};

/**
 * Such as `Friday, 27 November 2026, 11:20 (Europe/Berlin)`. Hosts format commas differently, so the text is put
 * together here.
 */
export const describeTime = (now: number, timeZone: string): string => {
  const { inZone, name } = formatIn(timeZone);
  const parts = new Map(inZone.formatToParts(now).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  const date = `${part('weekday')}, ${part('day')} ${part('month')} ${part('year')}`;
  return `${date}, ${part('hour')}:${part('minute')} (${name})`;
};

const hour = 3_600_000;
const day = 24 * hour;
/** Longest first: a time is told in the first unit of which at least one has passed. */
const spans = [
  ['year', 365 * day],
  ['month', 30 * day],
  ['day', day],
  ['hour', hour],
] as const;

/** Milliseconds. A younger message belongs to the conversation that goes on now. */
const youngest = 3 * hour;

/** Such as `3 days ago`; null if it is only hours ago or not known. */
export const describeAge = (ms: number): string | null => {
  if (!(ms >= youngest)) return null;
  const [name, length] = spans.find(([, span]) => ms >= span) ?? spans[3];
  const count = Math.floor(ms / length);
  return `${count} ${name}${count === 1 ? '' : 's'} ago`;
};
