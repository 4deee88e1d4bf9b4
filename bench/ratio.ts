export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** The value below which the given share (0 to 1) of the values lies: the nearest rank. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error('There is no percentile of no values.');
  return value;
};

/** Median, smallest and largest. Of an even number of values, the median is the lower one of the middle two. */
export const spread = (values: readonly number[]): Spread => ({
  median: percentile(values, 0.5),
  min: percentile(values, 0),
  max: percentile(values, 1),
});

const compareRounds =
  (compare: (value: number, other: number) => number) =>
  (ours: readonly number[], others: readonly number[]): Spread =>
    spread(
      ours.map((value, round) => {
        const other = others[round];
        if (other === undefined) throw new Error(`Round ${round} has nothing to compare with.`);
        return compare(value, other);
      }),
    );

/** Each figure of ours divided by the other's of the same round, because rounds differ more than the programs. */
export const ratios = compareRounds((value, other) => value / other);

/** Each figure of ours less the other's of the same round. */
export const differences = compareRounds((value, other) => value - other);

/** `1.24 (1.20 to 1.31)`. */
export const formatSpread = ({ median, min, max }: Spread, digits = 2): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
