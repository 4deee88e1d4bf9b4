import type { Benchmark, BenchOptions, BenchResult, Table } from './benchmark.ts';
import type { Budget } from './budget.ts';
import { budgetCpu, compareCpu, cpuTimes, rates } from './load/describe-cpu.ts';
import { measureInTurn, prepareTarget, type Results } from './load/measure.ts';
import { manualSend } from './load/requests.ts';
import { findBrokenCounts } from './load/round-trips.ts';
import { type Subject, startHandler, startOurs } from './load/subjects.ts';
import { startRecordedDoubles, withStarted } from './load/world.ts';
import { formatSpread, ratios, spread } from './ratio.ts';

const plans = {
  full: { rounds: 5, seconds: 2, connections: 16 },
  quick: { rounds: 1, seconds: 1, connections: 16 },
} as const;

const kinds = ['ours', 'floor', 'bare', 'example'] as const;
type Kind = (typeof kinds)[number];

const listBudgets = (results: Results<Kind>): Budget[] => {
  const compare = (kind: Kind) => compareCpu(results('ours'), results(kind));
  return [
    budgetCpu('Node', 'Hono and the same three calls over node:http', compare('floor'), 1.8),
    budgetCpu('Node', "a bare handler with Node's own fetch", compare('bare'), 0.65),
  ];
};

const describe = (results: Results<Kind>, subjects: Readonly<Record<Kind, Subject>>): Table => {
  const ours = results('ours');
  const rows = kinds.map((kind) => {
    const theirs = results(kind);
    return [
      subjects[kind].name,
      formatSpread(spread(cpuTimes(theirs)), 3),
      formatSpread(spread(rates(theirs)), 0),
      formatSpread(compareCpu(ours, theirs)),
      formatSpread(ratios(rates(ours), rates(theirs))),
    ];
  });
  return {
    title: `A manual send on one core of Node, database and vendor at 0 ms: median (min to max) of ${ours.length} rounds`,
    columns: [
      'handler',
      'CPU for a send, ms',
      'sends a second',
      'CPU, ours to it',
      'sends a second, ours to it',
    ],
    rows,
  };
};

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> => {
  const { rounds, ...plan } = quick ? plans.quick : plans.full;
  return withStarted(async (started) => {
    say('cpu: recording what database and vendor answer');
    const doubles = await started(startRecordedDoubles());
    const subjects = {
      ours: await started(startOurs(doubles.origin)),
      floor: await started(startHandler('floor', doubles.origin)),
      bare: await started(startHandler('bare', doubles.origin)),
      example: await started(startHandler('example', doubles.origin)),
    };
    const prepare = (kind: Kind) =>
      prepareTarget(subjects[kind], doubles, { ...manualSend, path: '/send-message' });
    const targets = {
      ours: await prepare('ours'),
      floor: await prepare('floor'),
      bare: await prepare('bare'),
      example: await prepare('example'),
    };
    say(`cpu: ${rounds + 1} rounds of ${kinds.length} times ${plan.seconds} s`);
    const results = await measureInTurn(targets, kinds, rounds, plan);
    return {
      tables: [describe(results, subjects)],
      broken: findBrokenCounts('A manual send', targets.ours.calls, manualSend.calls),
      budgets: listBudgets(results),
    };
  });
};

export const cpuBenchmark: Benchmark = {
  name: 'cpu',
  about: 'CPU and requests a second of a manual send on Node, beside the same three calls alone',
  run,
};
