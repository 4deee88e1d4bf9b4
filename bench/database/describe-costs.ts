import type { Table } from '../benchmark.ts';
import type { Budget } from '../budget.ts';
import { formatSpread, ratios, spread } from '../ratio.ts';
import type { CostSubject } from './cost-subjects.ts';
import type { Versions } from './count-versions.ts';
import type { Cost } from './measure-cost.ts';

export const cpu = ({ cpuMs }: Cost) => cpuMs;
export const wal = ({ walBytes }: Cost) => walBytes;

type Compared = { readonly ours: readonly number[]; readonly plain: readonly number[] };

const compare = (costs: Compared, digits: number): string[] => [
  formatSpread(spread(costs.ours), digits),
  formatSpread(spread(costs.plain), digits),
  formatSpread(ratios(costs.ours, costs.plain)),
];

/** Each figure of ours and of plain statements, in the same rounds. */
export type Costs = {
  readonly cpuMs: Compared;
  readonly buffers: Compared;
  readonly walBytes: Compared;
};

export const describeCosts = ({ cpuMs, buffers, walBytes }: Costs): Table => ({
  title: `A manual, synchronous message in Postgres: median (min to max) of ${cpuMs.ours.length} rounds, buffers of ${buffers.ours.length} messages`,
  columns: ['for a message', 'begin_send, settle_send', 'plain statements', 'ratio'],
  rows: [
    ['CPU, ms', ...compare(cpuMs, 3)],
    ['buffers', ...compare(buffers, 0)],
    ['log (WAL), bytes', ...compare(walBytes, 0)],
  ],
});

export const toBudgets = ({ cpuMs, buffers, walBytes }: Costs): Budget[] => [
  {
    what: 'CPU of Postgres for a manual message',
    beside: 'plain INSERT and UPDATE',
    measured: ratios(cpuMs.ours, cpuMs.plain),
    limit: { atMost: 2 },
    unit: '',
    exact: false,
  },
  {
    what: 'pages of Postgres that a manual message touches',
    beside: '',
    measured: spread(buffers.ours),
    limit: { atMost: 60 },
    unit: 'buffers',
    exact: false,
  },
  {
    what: 'log (WAL) of a manual message, without whole pages',
    beside: '',
    measured: spread(walBytes.ours.map((bytes) => bytes / 1024)),
    limit: { atMost: 5 },
    unit: 'KB',
    exact: true,
  },
];

export const describeVersions = (versions: readonly Versions[], messages: number): Table => ({
  title: `What ${messages} of these messages do to each table; updates that need no entry in any index are HOT`,
  columns: ['table', 'inserted', 'updated', 'of these HOT', 'dead rows left'],
  rows: versions.map(({ table, inserted, updated, hot, dead }) => [
    table,
    inserted,
    updated,
    updated === 0 ? '' : `${((hot / updated) * 100).toFixed(0)} %`,
    dead,
  ]),
});

export type Costed = {
  readonly subject: Pick<CostSubject, 'name' | 'statements'>;
  readonly costs: readonly Cost[];
};

/** Programs in the same Postgres and the same rounds; the first one is compared with each. */
export const describeQueues = (costed: readonly Costed[]): Table => {
  const ours = costed[0]?.costs ?? [];
  return {
    title: `A message beside a job of a queue that is put in, taken out and completed, one after the other: median (min to max) of ${ours.length} rounds`,
    columns: [
      'program',
      'statements',
      'CPU, ms',
      'CPU, ours to it',
      'log (WAL), bytes',
      'log, ours to it',
    ],
    rows: costed.map(({ subject, costs }) => [
      subject.name,
      subject.statements,
      formatSpread(spread(costs.map(cpu)), 3),
      formatSpread(ratios(ours.map(cpu), costs.map(cpu))),
      formatSpread(spread(costs.map(wal)), 0),
      formatSpread(ratios(ours.map(wal), costs.map(wal))),
    ]),
  };
};
