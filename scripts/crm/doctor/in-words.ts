const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** Milliseconds in words: `3 minutes`. */
export const inWords = (ms: number): string => {
  const [name, length] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['second', 1000];
  const count = Math.round(Math.abs(ms) / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
};
