import { type Postgres, startMigratedPostgres } from '../dev/machine/postgres.ts';
import type { Benchmark, BenchOptions, BenchResult, Table } from './benchmark.ts';
import type { Budget } from './budget.ts';
import { connect } from './database/connect.ts';
import { createPlain, createSynchronous } from './database/cost-subjects.ts';
import { countVersions, type Versions } from './database/count-versions.ts';
import { explainFunctions, explainPlain } from './database/explain-sends.ts';
import { loadAccounts, loadMessages, planLoad } from './database/load.ts';
import { type Cost, measureCosts } from './database/measure-cost.ts';
import { listManual } from './database/message-life.ts';
import { type PlainTarget, pickTargets } from './database/pick-targets.ts';
import { assertSameRows } from './database/same-rows.ts';
import { type Send, sendPlainly, sendThroughFunctions } from './database/send.ts';
import { withStarted } from './load/world.ts';
import { formatSpread, ratios, spread } from './ratio.ts';

/** The sizes are the same in both, because buffers and bytes of the log are budgets in both. */
const plans = {
  full: { rounds: 7, messages: 1500 },
  quick: { rounds: 2, messages: 200 },
} as const;
const stored = 100_000;
const targetCount = 1000;
const explained = 200;

/**
 * Dead rows are removed between the turns and not meanwhile. A page's first change after a checkpoint is logged as the
 * whole page: that depends on when checkpoints come, so it is left out.
 */
const settings = {
  autovacuum: 'off',
  full_page_writes: 'off',
  shared_buffers: '1GB',
  checkpoint_timeout: '1h',
  max_wal_size: '16GB',
};

const cpu = ({ cpuMs }: Cost) => cpuMs;
const wal = ({ walBytes }: Cost) => walBytes;

type Compared = { readonly ours: readonly number[]; readonly plain: readonly number[] };

const compare = (costs: Compared, digits: number): string[] => [
  formatSpread(spread(costs.ours), digits),
  formatSpread(spread(costs.plain), digits),
  formatSpread(ratios(costs.ours, costs.plain)),
];

type Costs = {
  readonly cpuMs: Compared;
  readonly buffers: Compared;
  readonly walBytes: Compared;
};

const describeCosts = ({ cpuMs, buffers, walBytes }: Costs): Table => ({
  title: `A manual, synchronous message in Postgres with ${stored.toLocaleString('en')} messages stored: median (min to max) of ${cpuMs.ours.length} rounds, buffers of ${explained} messages`,
  columns: ['for a message', 'begin_send, settle_send', 'plain statements', 'ratio'],
  rows: [
    ['CPU, ms', ...compare(cpuMs, 3)],
    ['buffers', ...compare(buffers, 0)],
    ['log (WAL), bytes', ...compare(walBytes, 0)],
  ],
});

const toBudgets = ({ cpuMs, buffers, walBytes }: Costs): Budget[] => [
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

const describeVersions = (versions: readonly Versions[]): Table => ({
  title: `What ${targetCount} of these messages do to each table; updates that need no entry in any index are HOT`,
  columns: ['table', 'inserted', 'updated', 'of these HOT', 'dead rows left'],
  rows: versions.map(({ table, inserted, updated, hot, dead }) => [
    table,
    inserted,
    updated,
    updated === 0 ? '' : `${((hot / updated) * 100).toFixed(0)} %`,
    dead,
  ]),
});

const load = async (postgres: Postgres): Promise<PlainTarget[]> => {
  const planned = planLoad(stored);
  await loadAccounts(postgres, planned);
  await loadMessages(postgres, planned);
  return pickTargets(postgres, targetCount, 1);
};

/** A client that does one thing after the other. */
const inspect = async (postgres: Postgres, targets: readonly PlainTarget[]) => {
  const sql = connect(postgres, 1);
  try {
    const [send, plainly] = [sendThroughFunctions(sql, listManual), sendPlainly(sql)];
    const sendAll = async (through: Send, chosen: readonly PlainTarget[]) => {
      for (const target of chosen) await through(target);
    };
    const one = targets.slice(0, 1);
    await assertSameRows(postgres, [() => sendAll(send, one), () => sendAll(plainly, one)]);
    const versions = await countVersions(postgres, sql, () => sendAll(send, targets));
    const chosen = targets.slice(0, explained);
    const buffers = {
      ours: await explainFunctions(sql, chosen),
      plain: await explainPlain(sql, chosen),
    };
    return { versions, buffers };
  } finally {
    await sql.end();
  }
};

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> =>
  withStarted(async (started) => {
    const plan = quick ? plans.quick : plans.full;
    say(`postgres: storing ${stored} messages`);
    const postgres = await started(startMigratedPostgres(settings));
    const targets = await load(postgres);
    const { versions, buffers } = await inspect(postgres, targets);

    say(`postgres: ${plan.rounds} rounds of ${plan.messages} messages`);
    const plain = await started(createPlain(postgres, targets));
    const functions = await started(createSynchronous(postgres, targets));
    const costsOf = await measureCosts(postgres, [plain, functions], plan);
    const [ours, others] = [costsOf(functions), costsOf(plain)];
    const costs = {
      cpuMs: { ours: ours.map(cpu), plain: others.map(cpu) },
      buffers,
      walBytes: { ours: ours.map(wal), plain: others.map(wal) },
    };
    return {
      tables: [describeCosts(costs), describeVersions(versions)],
      broken: [],
      budgets: toBudgets(costs),
    };
  });

export const postgresBenchmark: Benchmark = {
  name: 'postgres',
  about: 'What a message costs Postgres: CPU, buffers and log, beside plain statements',
  run,
};
