import type { Cell } from '../benchmark.ts';
import type { Budget } from '../budget.ts';
import { differences, formatSpread, percentile, ratios, type Spread, spread } from '../ratio.ts';
import type { Measured } from './measure.ts';

export const latencyColumns = [
  'handler',
  'its calls take',
  'p50',
  'p95',
  'p99',
  'added, p50',
  'added, % of the calls',
  'added, p99',
] as const;

const format = (measured: readonly Measured[], figure: (one: Measured) => number): string =>
  formatSpread(spread(measured.map(figure)), 1);

const at =
  (share: number) =>
  ({ latencies }: Measured): number =>
    percentile(latencies, share);
const [p50, p95, p99] = [at(0.5), at(0.95), at(0.99)];

/** A row of the latency table. "Added" is the time above the sum of the calls of the same round. */
export const describeLatency = (name: string, measured: readonly Measured[]): Cell[] => [
  name,
  format(measured, ({ heldMs }) => heldMs),
  format(measured, p50),
  format(measured, p95),
  format(measured, p99),
  format(measured, (one) => p50(one) - one.heldMs),
  format(measured, (one) => ((p50(one) - one.heldMs) / one.heldMs) * 100),
  format(measured, (one) => p99(one) - one.heldMs),
];

export const comparedColumns = ['p50, ours to it', 'p50, above the bare handler'] as const;

/** Milliseconds of the median above the other's in the same round. */
const above = (measured: readonly Measured[], other: readonly Measured[]): Spread =>
  differences(measured.map(p50), other.map(p50));

/** For each round: the ratio to ours, and the time above the bare handler, which makes the same calls on the same server. */
export const compareLatency = (
  ours: readonly Measured[],
  measured: readonly Measured[],
  bare: readonly Measured[],
): Cell[] => [
  formatSpread(ratios(ours.map(p50), measured.map(p50))),
  formatSpread(above(measured, bare), 1),
];

/** The slowest hundredth of all rounds together, because a round has too few sends for one. */
const addedToTheSlowest = (measured: readonly Measured[]): Spread => {
  const slowest = percentile(
    measured.flatMap(({ latencies }) => latencies),
    0.99,
  );
  return spread([slowest - spread(measured.map(({ heldMs }) => heldMs)).median]);
};

/** Of sends one at a time. */
export const budgetAdded = (ours: readonly Measured[], bare: readonly Measured[]): Budget[] => {
  const what = 'Time of a manual send on Node, 20 ms a call, one at a time';
  const budget = (name: string, beside: string, measured: Spread, atMost: number): Budget => ({
    what: `${what}: ${name}`,
    beside,
    measured,
    limit: { atMost },
    unit: 'ms more',
    exact: false,
  });
  return [
    budget('p50', "a bare handler with Node's own fetch", above(ours, bare), 1),
    budget('p99', 'its calls', addedToTheSlowest(ours), 15),
  ];
};
