import { startMigratedPostgres } from '../dev/machine/postgres.ts';
import type { Benchmark, BenchOptions, BenchResult } from './benchmark.ts';
import { connect } from './database/connect.ts';
import { loadAccounts } from './database/load.ts';
import { listManual } from './database/message-life.ts';
import { type PlainTarget, pickTargets } from './database/pick-targets.ts';
import { type Send, sendPlainly, sendThroughFunctions } from './database/send.ts';
import { formatSpread, ratios, spread } from './ratio.ts';

const connections = 16;
const load = { messages: 0, inOne: 0, conversations: 1600, accounts: 16 };

/** Messages a second, all connections together. */
const sendFor = async (
  milliseconds: number,
  send: Send,
  targets: readonly PlainTarget[],
): Promise<number> => {
  const startedAt = performance.now();
  const sendOn = async (target: PlainTarget) => {
    let sent = 0;
    for (; performance.now() - startedAt < milliseconds; sent += 1) await send(target);
    return sent;
  };
  const sent = await Promise.all(targets.map(sendOn));
  const seconds = (performance.now() - startedAt) / 1000;
  return sent.reduce((sum, each) => sum + each, 0) / seconds;
};

const kinds = ['plain, one', 'functions, one key', 'plain, many', 'functions, many keys'] as const;
type Kind = (typeof kinds)[number];
type Rates = Readonly<Record<Kind, readonly number[]>>;

const describe = (rates: Rates, functions: Kind, plain: Kind, keys: string) => [
  keys,
  formatSpread(spread(rates[functions]), 0),
  formatSpread(spread(rates[plain]), 0),
  formatSpread(ratios(rates[functions], rates[plain])),
];

const toResult = (rates: Rates): BenchResult => {
  const oneToMany = ratios(rates['functions, one key'], rates['functions, many keys']);
  const rounds = rates['plain, one'].length;
  return {
    tables: [
      {
        title: `Messages a second that one Postgres sustains over ${connections} connections, from begin_send to sent: median (min to max) of ${rounds} rounds`,
        columns: ['API keys', 'begin_send, settle_send', 'plain statements', 'ratio'],
        rows: [
          describe(rates, 'functions, one key', 'plain, one', '1'),
          describe(rates, 'functions, many keys', 'plain, many', `${load.accounts}`),
          [`1 beside ${load.accounts}`, '', '', formatSpread(oneToMany)],
        ],
      },
    ],
    broken: [],
  };
};

/** The kinds take turns in each round. */
const measureRates = async (
  measures: Readonly<Record<Kind, () => Promise<number>>>,
  rounds: number,
): Promise<Rates> => {
  const rates: Record<Kind, number[]> = {
    'plain, one': [],
    'functions, one key': [],
    'plain, many': [],
    'functions, many keys': [],
  };
  for (const kind of kinds) await measures[kind]();
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) rates[kind].push(await measures[kind]());
  }
  return rates;
};

const run = async ({ quick }: BenchOptions): Promise<BenchResult> => {
  const [rounds, milliseconds] = quick ? [2, 300] : [5, 1500];
  // A commit waits for the disk, as in any real installation, and holds its locks until then.
  const postgres = await startMigratedPostgres({ fsync: 'on' });
  const sql = connect(postgres, connections);
  try {
    await loadAccounts(postgres, load);
    const one = await pickTargets(postgres, connections, load.accounts);
    const many = await pickTargets(postgres, connections, 1);
    const through = sendThroughFunctions(sql, listManual);
    const plain = sendPlainly(sql);
    const rates = await measureRates(
      {
        'plain, one': () => sendFor(milliseconds, plain, one),
        'functions, one key': () => sendFor(milliseconds, through, one),
        'plain, many': () => sendFor(milliseconds, plain, many),
        'functions, many keys': () => sendFor(milliseconds, through, many),
      },
      rounds,
    );
    return toResult(rates);
  } finally {
    await sql.end();
    await postgres.stop();
  }
};

export const throughputBenchmark: Benchmark = {
  name: 'throughput',
  about: 'Messages a second through begin_send and settle_send, beside plain statements',
  run,
};
