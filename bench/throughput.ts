import { startMigratedPostgres } from '../dev/machine/postgres.ts';
import type { Benchmark, BenchOptions, BenchResult, Table } from './benchmark.ts';
import type { Budget } from './budget.ts';
import { connect } from './database/connect.ts';
import { loadAccounts } from './database/load.ts';
import { listManual } from './database/message-life.ts';
import { type PlainTarget, pickTargets } from './database/pick-targets.ts';
import { type Send, sendPlainly, sendThroughFunctions } from './database/send.ts';
import { formatSpread, percentile, ratios, spread } from './ratio.ts';

const connections = 16;
const keys = 50;
const load = { messages: 0, inOne: 0, conversations: 50 * keys, accounts: keys };

/** Of all connections together. */
type Flow = { readonly perSecond: number; readonly p50: number; readonly p99: number };

/** Each connection has its own conversations, and sends to them in turn. */
const sendFor = async (
  milliseconds: number,
  send: Send,
  targets: readonly PlainTarget[],
): Promise<Flow> => {
  const startedAt = performance.now();
  const sendOver = async (connection: number): Promise<number[]> => {
    const own = targets.filter((_, place) => place % connections === connection);
    const latencies: number[] = [];
    for (;;) {
      for (const target of own) {
        const sentAt = performance.now();
        if (sentAt - startedAt >= milliseconds) return latencies;
        await send(target);
        latencies.push(performance.now() - sentAt);
      }
    }
  };
  const taken = await Promise.all(Array.from({ length: connections }, (_, at) => sendOver(at)));
  const seconds = (performance.now() - startedAt) / 1000;
  const latencies = taken.flat();
  return {
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
};

const kinds = ['plain, one', 'functions, one key', 'plain, many', 'functions, many keys'] as const;
type Kind = (typeof kinds)[number];
type Flows = Readonly<Record<Kind, readonly Flow[]>>;

/** The kinds take turns in each round, forwards and backwards. */
const measureFlows = async (
  measures: Readonly<Record<Kind, () => Promise<Flow>>>,
  rounds: number,
): Promise<Flows> => {
  const flows: Record<Kind, Flow[]> = {
    'plain, one': [],
    'functions, one key': [],
    'plain, many': [],
    'functions, many keys': [],
  };
  for (const kind of kinds) await measures[kind]();
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
      flows[kind].push(await measures[kind]());
    }
  }
  return flows;
};

const perSecond = (flow: Flow) => flow.perSecond;
const p99 = (flow: Flow) => flow.p99;

const describe = (flows: Flows, functions: Kind, plain: Kind, title: string) => [
  title,
  formatSpread(spread(flows[functions].map(perSecond)), 0),
  formatSpread(spread(flows[plain].map(perSecond)), 0),
  formatSpread(ratios(flows[functions].map(perSecond), flows[plain].map(perSecond))),
  formatSpread(spread(flows[functions].map(({ p50 }) => p50)), 1),
  formatSpread(spread(flows[functions].map(p99)), 1),
];

const toTable = (flows: Flows): Table => ({
  title: `Messages that one Postgres takes over ${connections} connections, from begin_send to sent: median (min to max) of ${flows['plain, one'].length} rounds`,
  columns: [
    'API keys',
    'through the functions, a second',
    'by plain statements, a second',
    'ratio',
    'through the functions, p50 ms',
    'p99 ms',
  ],
  rows: [
    describe(flows, 'functions, one key', 'plain, one', '1'),
    describe(flows, 'functions, many keys', 'plain, many', `${keys}`),
  ],
});

const toBudgets = (flows: Flows): Budget[] => {
  const [one, many] = [flows['functions, one key'], flows['functions, many keys']];
  const shared = { beside: `${keys} keys`, unit: '', exact: false };
  return [
    {
      ...shared,
      what: `messages a second with one API key, ${connections} connections`,
      measured: ratios(one.map(perSecond), many.map(perSecond)),
      limit: { atLeast: 0.9 },
    },
    {
      ...shared,
      what: `the slowest message of a hundred (p99) with one API key, ${connections} connections`,
      measured: ratios(one.map(p99), many.map(p99)),
      limit: { atMost: 1.5 },
    },
  ];
};

const run = async ({ quick }: BenchOptions): Promise<BenchResult> => {
  const [rounds, milliseconds] = quick ? [2, 300] : [7, 1500];
  // A commit waits for the disk, as in any real installation, and holds its locks until then.
  const postgres = await startMigratedPostgres({ fsync: 'on' });
  const sql = connect(postgres, connections);
  try {
    await loadAccounts(postgres, load);
    const one = await pickTargets(postgres, keys, load.accounts);
    const many = await pickTargets(postgres, keys, 1);
    const through = sendThroughFunctions(sql, listManual);
    const plain = sendPlainly(sql);
    const flows = await measureFlows(
      {
        'plain, one': () => sendFor(milliseconds, plain, one),
        'functions, one key': () => sendFor(milliseconds, through, one),
        'plain, many': () => sendFor(milliseconds, plain, many),
        'functions, many keys': () => sendFor(milliseconds, through, many),
      },
      rounds,
    );
    return { tables: [toTable(flows)], broken: [], budgets: toBudgets(flows) };
  } finally {
    await sql.end();
    await postgres.stop();
  }
};

export const throughputBenchmark: Benchmark = {
  name: 'throughput',
  about: 'Messages a second with one API key beside fifty, and beside plain statements',
  run,
};
