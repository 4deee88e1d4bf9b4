import type { Cell } from '../benchmark.ts';
import { formatSpread, ratios, spread } from '../ratio.ts';
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

/** A row of the latency table. "Added" is the time above the sum of the calls of the same round. */
export const describeLatency = (name: string, measured: readonly Measured[]): Cell[] => [
  name,
  format(measured, ({ heldMs }) => heldMs),
  format(measured, ({ p50 }) => p50),
  format(measured, ({ p95 }) => p95),
  format(measured, ({ p99 }) => p99),
  format(measured, ({ p50, heldMs }) => p50 - heldMs),
  format(measured, ({ p50, heldMs }) => ((p50 - heldMs) / heldMs) * 100),
  format(measured, ({ p99, heldMs }) => p99 - heldMs),
];

export const comparedColumns = ['p50, ours to it', 'p50, above the bare handler'] as const;

const median = ({ p50 }: Measured) => p50;

/** For each round: the ratio to ours, and the time above the bare handler, which makes the same calls on the same server. */
export const compareLatency = (
  ours: readonly Measured[],
  measured: readonly Measured[],
  bare: readonly Measured[],
): Cell[] => [
  formatSpread(ratios(ours.map(median), measured.map(median))),
  formatSpread(spread(measured.map(({ p50 }, round) => p50 - (bare[round]?.p50 ?? Number.NaN))), 1),
];
