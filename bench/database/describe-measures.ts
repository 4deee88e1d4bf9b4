import type { BenchResult, Table } from '../benchmark.ts';
import { formatSpread, percentile, ratios } from '../ratio.ts';
import { type Aim, aims, type Measure } from './measure-stored.ts';

/**
 * How many more pages a call may touch when more is stored: a level or two of each index that it searches, about twenty
 * times; and the twenty messages that an agent reads are each on a page of their own, while among few messages they
 * share pages.
 */
const mostMoreBuffers = 40 + 20;

const costOf = <Cost>(costs: ReadonlyMap<string, readonly Cost[]>, label: string) =>
  costs.get(label) ?? [];

const listLabels = ({ buffers }: Measure): string[] => [...buffers.longest.costs.keys()];

const millisecondsOf = ({ rounds }: Measure, aim: Aim, label: string) =>
  rounds.flatMap((round) => costOf(round[aim].costs, label));

const mediansOf = ({ rounds }: Measure, aim: Aim, label: string) =>
  rounds.map((round) => percentile(costOf(round[aim].costs, label), 0.5));

const buffersOf = ({ buffers }: Measure, aim: Aim, label: string) =>
  percentile(costOf(buffers[aim].costs, label), 0.5);

const describeTimes = (measure: Measure, aim: Aim, label: string): string => {
  const values = millisecondsOf(measure, aim, label);
  return [0.5, 0.95, 0.99].map((share) => percentile(values, share).toFixed(2)).join(' / ');
};

export const formatCount = (count: number): string => count.toLocaleString('en');

const aimTitles = {
  longest: (measures: readonly Measure[]) =>
    `the longest conversation (${measures.map(({ stored }) => formatCount(stored.load.inOne)).join(', ')} messages)`,
  ordinary: () => 'ordinary conversations (about 20 messages each)',
} satisfies Record<Aim, (measures: readonly Measure[]) => string>;

const tabulate = (
  measures: readonly Measure[],
  first: Measure,
  last: Measure,
  aim: Aim,
): Table => ({
  title: `Calls for ${aimTitles[aim](measures)}: milliseconds for the caller (p50 / p95 / p99) and buffers, by messages stored; ratio of the medians of each of ${last.rounds.length} rounds, largest to smallest: median (min to max)`,
  columns: [
    'call',
    ...measures.map(({ stored }) => `${formatCount(stored.load.messages)}, ms`),
    'ratio',
    'buffers',
  ],
  rows: listLabels(first).map((label) => [
    label,
    ...measures.map((measure) => describeTimes(measure, aim, label)),
    formatSpread(ratios(mediansOf(last, aim, label), mediansOf(first, aim, label))),
    measures.map((measure) => buffersOf(measure, aim, label)).join(' / '),
  ]),
});

const findGrowth = (first: Measure, last: Measure, aim: Aim): string[] =>
  listLabels(first).flatMap((label) => {
    const [few, many] = [buffersOf(first, aim, label), buffersOf(last, aim, label)];
    if (many <= few + mostMoreBuffers) return [];
    return [
      `${label} (${aim} conversation) touches ${few} buffers with ${formatCount(first.stored.load.messages)} messages stored and ${many} with ${formatCount(last.stored.load.messages)}`,
    ];
  });

/** Measures in the order of their sizes, smallest first. */
export const describeMeasures = (
  measures: readonly Measure[],
  sequentialScans: readonly string[],
): BenchResult => {
  const [first, last] = [measures.at(0), measures.at(-1)];
  if (first === undefined || last === undefined) throw new Error('Nothing was measured.');
  return {
    tables: aims.map((aim) => tabulate(measures, first, last, aim)),
    broken: [
      ...sequentialScans.map((scan) => `a call of a function makes a ${scan}`),
      ...aims.flatMap((aim) => findGrowth(first, last, aim)),
    ],
  };
};
