import type { Table } from '../benchmark.ts';
import type { Budget } from '../budget.ts';
import { formatSpread, percentile, ratios, type Spread, spread } from '../ratio.ts';
import { type Aim, aims, type Measure } from './measure-stored.ts';

/**
 * How many more pages a call may touch when more is stored: a level or two of each index that it searches, about twenty
 * times; and the twenty messages that an agent reads are each on a page of their own, while among few messages they
 * share pages.
 */
const mostMoreBuffers = 40 + 20;

type Figures = Pick<Measure, 'title' | 'rounds' | 'buffers'>;

/** The few messages that the others are compared with. */
type Compared = { readonly few: Figures; readonly others: readonly Figures[] };

const costOf = <Cost>(costs: ReadonlyMap<string, readonly Cost[]>, label: string) =>
  costs.get(label) ?? [];

const listLabels = ({ buffers }: Figures): string[] => [...buffers.longest.costs.keys()];

const mediansOf = ({ rounds }: Figures, aim: Aim, label: string) =>
  rounds.map((round) => percentile(costOf(round[aim].costs, label), 0.5));

const buffersOf = ({ buffers }: Figures, aim: Aim, label: string) =>
  percentile(costOf(buffers[aim].costs, label), 0.5);

const describeTimes = ({ rounds }: Figures, aim: Aim, label: string): string => {
  const values = rounds.flatMap((round) => costOf(round[aim].costs, label));
  return [0.5, 0.95].map((share) => percentile(values, share).toFixed(2)).join(' / ');
};

const compareTimes = (few: Figures, other: Figures, aim: Aim, label: string): Spread =>
  ratios(mediansOf(other, aim, label), mediansOf(few, aim, label));

const aimTitles = {
  longest: 'the longest conversation (half of the messages, at most 100,000)',
  ordinary: 'ordinary conversations (about 20 messages each)',
} satisfies Record<Aim, string>;

export const tabulate = ({ few, others }: Compared, aim: Aim): Table => {
  const all = [few, ...others];
  return {
    title: `Calls for ${aimTitles[aim]}, by messages stored: CPU of the backend (p50 / p95), ratio of the medians of each of ${few.rounds.length} rounds, and buffers`,
    columns: [
      'call',
      ...all.map(({ title }) => `${title}: ms`),
      ...others.map(({ title }) => `${title}: ratio`),
      'buffers',
    ],
    rows: listLabels(few).map((label) => [
      label,
      ...all.map((measure) => describeTimes(measure, aim, label)),
      ...others.map((other) => formatSpread(compareTimes(few, other, aim, label))),
      all.map((measure) => buffersOf(measure, aim, label)).join(' / '),
    ]),
  };
};

/** Calls that read more pages than deeper indexes explain. */
export const findGrowth = ({ few, others }: Compared): string[] =>
  others.flatMap((other) =>
    aims.flatMap((aim) =>
      listLabels(few).flatMap((label) => {
        const [before, after] = [buffersOf(few, aim, label), buffersOf(other, aim, label)];
        if (after <= before + mostMoreBuffers) return [];
        return [
          `${label} (${aim} conversation) touches ${before} buffers with ${few.title} messages stored and ${after} with ${other.title}`,
        ];
      }),
    ),
  );

type Row = { readonly name: string; readonly times: Spread; readonly buffers: Spread };

/** Each row of begin_send and settle_send that is compared with few messages. */
const listRows = ({ few, others }: Compared): Row[] =>
  others.flatMap((other) =>
    aims.flatMap((aim) =>
      listLabels(few)
        .filter((label) => /^(begin|settle)_send/.test(label))
        .map((label) => ({
          name: `${label}, ${aim} conversation, ${other.title} messages`,
          times: compareTimes(few, other, aim, label),
          buffers: spread([buffersOf(other, aim, label) / buffersOf(few, aim, label)]),
        })),
    ),
  );

const findWorst = (rows: readonly Row[], figure: 'times' | 'buffers'): Row => {
  const [worst] = rows.toSorted((a, b) => b[figure].median - a[figure].median);
  if (worst === undefined) throw new Error('Nothing was measured.');
  return worst;
};

/** The worst row of each figure. */
export const toBudgets = (compared: Compared): Budget[] => {
  const rows = listRows(compared);
  const [slowest, widest] = [findWorst(rows, 'times'), findWorst(rows, 'buffers')];
  const shared = {
    beside: `${compared.few.title} messages`,
    limit: { atMost: 1.2 },
    unit: '',
    exact: false,
  };
  return [
    { ...shared, what: `CPU, the worst row: ${slowest.name}`, measured: slowest.times },
    { ...shared, what: `buffers, the worst row: ${widest.name}`, measured: widest.buffers },
  ];
};
