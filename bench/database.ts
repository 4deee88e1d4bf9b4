import type { Benchmark, BenchOptions, BenchResult } from './benchmark.ts';
import { findGrowth, tabulate, toBudgets } from './database/describe-measures.ts';
import { aims, createMeasure, type Measure } from './database/measure-stored.ts';
import { startStored } from './database/stored.ts';
import { findSequentialScans } from './database/watch-plans.ts';
import { startYoung } from './database/young.ts';

/** One life is a message of each kind in both conversations. The databases take turns after each life. */
const plans = {
  full: {
    few: 10_000,
    many: [1_000_000, 5_000_000],
    young: 5000,
    rounds: 5,
    lives: 15,
    explained: 11,
  },
  quick: { few: 1_000, many: [20_000], young: 3000, rounds: 3, lives: 6, explained: 7 },
} as const;
type Plan = (typeof plans)['full' | 'quick'];

const warmUpLives = 30;

/** The first and the last change places in each turn, so that neither has an advantage. */
const inTurn = (measures: readonly Measure[], turn: number): readonly Measure[] =>
  turn % 2 === 0 ? measures : measures.toReversed();

const measureAll = async (
  measures: readonly Measure[],
  { rounds, lives, explained }: Plan,
  say: BenchOptions['say'],
): Promise<void> => {
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

const startMeasure = async (messages: number): Promise<Measure> => {
  const stored = await startStored(messages);
  const measure = createMeasure(stored, messages.toLocaleString('en'));
  try {
    await measure.warmUp(warmUpLives);
    return measure;
  } catch (error) {
    await measure.stop();
    throw error;
  }
};

const stopAll = async (measures: readonly Measure[]) => {
  for (const measure of measures) await measure.stop();
};

/**
 * Loads all at once, because much of the loading uses only one core. The new database comes last: it should not get
 * older meanwhile.
 */
const startAll = async ({ few, many, young }: Plan) => {
  const starts = await Promise.allSettled([few, ...many].map(startMeasure));
  const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  try {
    const failed = starts.find((start) => start.status === 'rejected');
    const [first, ...others] = started;
    if (failed !== undefined || first === undefined) throw failed?.reason;
    return { few: first, others: [...others, await startYoung(young)] };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
};

/** In a new database claim_sends reads the whole table until it is analysed; only the sweeper waits for that. */
const isSend = (problem: string): boolean => /^(begin|settle)_send/.test(problem);

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> => {
  const plan = quick ? plans.quick : plans.full;
  const sizes = [plan.few, ...plan.many].map((size) => size.toLocaleString('en'));
  say(
    `database: storing ${sizes.join(', ')} messages, and a burst of ${plan.young} in an empty one`,
  );
  const compared = await startAll(plan);
  const measures = [compared.few, ...compared.others];
  try {
    await measureAll(measures, plan, say);
    const loaded = compared.others.slice(0, plan.many.length);
    const scans = await Promise.all(
      loaded.slice(-1).map(({ stored }) => findSequentialScans(stored)),
    );
    const young = compared.others.slice(plan.many.length);
    return {
      tables: aims.map((aim) => tabulate(compared, aim)),
      broken: [
        ...scans.flat().map((scan) => `a call of a function makes a ${scan}`),
        ...findGrowth({ few: compared.few, others: loaded }),
        ...findGrowth({ few: compared.few, others: young }).filter(isSend),
      ],
      budgets: toBudgets(compared),
    };
  } finally {
    await stopAll(measures);
  }
};

export const databaseBenchmark: Benchmark = {
  name: 'database',
  about: 'Each database function with few to five million messages stored, and in a new database',
  run,
};
