import type { Benchmark, BenchOptions, BenchResult } from './benchmark.ts';
import { describeMeasures, formatCount } from './database/describe-measures.ts';
import { createMeasure, type Measure } from './database/measure-stored.ts';
import { type Stored, startStored } from './database/stored.ts';
import { findSequentialScans } from './database/watch-plans.ts';

/** One life is a message of each kind in both conversations. The sizes take turns after each life. */
const plans = {
  full: { sizes: [10_000, 1_000_000, 5_000_000], rounds: 5, lives: 15, explained: 11 },
  quick: { sizes: [1_000, 20_000], rounds: 3, lives: 6, explained: 7 },
} as const;

const warmUpLives = 30;

/** The smallest and the largest size change places in each turn, so that neither has an advantage. */
const inTurn = (measures: readonly Measure[], turn: number): readonly Measure[] =>
  turn % 2 === 0 ? measures : measures.toReversed();

type Plan = (typeof plans)['full' | 'quick'];

const measureAll = async (
  measures: readonly Measure[],
  { rounds, lives, explained }: Plan,
  say: BenchOptions['say'],
): Promise<void> => {
  for (const measure of measures) await measure.warmUp(warmUpLives);
  for (let round = 0; round < rounds; round += 1) {
    say(`database: round ${round + 1} of ${rounds}`);
    for (let life = 0; life < lives; life += 1) {
      for (const measure of inTurn(measures, life)) await measure.time(round);
    }
  }
  for (let life = 0; life < explained; life += 1) {
    for (const measure of measures) await measure.explain();
  }
};

/** Loads all sizes at once, because much of the loading uses only one core. */
const startAll = async (sizes: readonly number[]): Promise<Stored[]> => {
  const starts = await Promise.allSettled(sizes.map(startStored));
  const stored = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed === undefined) return stored;
  await Promise.all(stored.map(({ postgres }) => postgres.stop()));
  throw failed.reason;
};

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> => {
  const plan = quick ? plans.quick : plans.full;
  say(`database: storing ${plan.sizes.map(formatCount).join(', ')} messages`);
  const stored = await startAll(plan.sizes);
  const measures: Measure[] = [];
  try {
    measures.push(...stored.map(createMeasure));
    await measureAll(measures, plan, say);
    const scans = await Promise.all(stored.slice(-1).map(findSequentialScans));
    return describeMeasures(measures, scans.flat());
  } finally {
    await Promise.all(measures.map((measure) => measure.stop()));
    await Promise.all(stored.map(({ postgres }) => postgres.stop()));
  }
};

export const databaseBenchmark: Benchmark = {
  name: 'database',
  about: 'Each database function with ten thousand to five million messages stored',
  run,
};
