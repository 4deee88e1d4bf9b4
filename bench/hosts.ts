import type { Benchmark, BenchOptions, BenchResult, Cell, Table } from './benchmark.ts';
import type { Budget } from './budget.ts';
import { startDenoSubjects } from './load/deno-subjects.ts';
import { budgetCpu, compareCpu, cpuTimes, rates } from './load/describe-cpu.ts';
import { describeLatency, latencyColumns } from './load/describe-latency.ts';
import { type Measured, measureInTurn, prepareTarget } from './load/measure.ts';
import { manualSend } from './load/requests.ts';
import { findBrokenCounts } from './load/round-trips.ts';
import type { Subject } from './load/subjects.ts';
import { startWorkerdSubjects } from './load/workerd-subjects.ts';
import { type Started, startRecordedDoubles, withStarted } from './load/world.ts';
import { formatSpread, spread } from './ratio.ts';

const delay = 20;
const parallel = [1, 50] as const;

const plans = {
  full: { rounds: 5, seconds: 1.2 },
  quick: { rounds: 1, seconds: 1 },
} as const;
type Plan = (typeof plans)['full' | 'quick'];

/** Ours, and on the same runtime a route of Hono that makes the same three calls with its fetch. */
type Pair = { readonly ours: Subject; readonly floor: Subject };

type Runtime = {
  readonly name: string;
  readonly start: (origin: string, started: Started) => Promise<Pair>;
  /** How many times the CPU of the three calls alone a send may cost. */
  readonly atMost: number;
};

const runtimes: readonly Runtime[] = [
  { name: 'Deno', start: startDenoSubjects, atMost: 2 },
  { name: 'workerd', start: startWorkerdSubjects, atMost: 1.6 },
];

const send = { ...manualSend, path: '/send-message' };

const describeCpu = (
  runtime: string,
  ours: readonly Measured[],
  floor: readonly Measured[],
): Cell[] => [
  runtime,
  formatSpread(spread(cpuTimes(ours)), 2),
  formatSpread(spread(cpuTimes(floor)), 2),
  formatSpread(compareCpu(ours, floor)),
  formatSpread(spread(rates(ours)), 0),
  formatSpread(spread(rates(floor)), 0),
];

type Part = {
  readonly cpu: readonly Cell[];
  readonly latency: readonly Cell[][];
  readonly broken: readonly string[];
  readonly budget: Budget;
};

const measureRuntime = (
  { name, start, atMost }: Runtime,
  { rounds, seconds }: Plan,
): Promise<Part> =>
  withStarted(async (started) => {
    const doubles = await started(startRecordedDoubles());
    const pair = await start(doubles.origin, started);
    const ours = await prepareTarget(pair.ours, doubles, send);
    const floor = await prepareTarget(pair.floor, doubles, send);
    const load = { connections: 16, seconds };
    const results = await measureInTurn({ ours, floor }, ['ours', 'floor'], rounds, load);
    const ratio = compareCpu(results('ours'), results('floor'));

    await doubles.setDelay(delay);
    const latency: Cell[][] = [];
    for (const connections of parallel) {
      const slow = await measureInTurn({ ours }, ['ours'], rounds, { connections, seconds });
      latency.push(describeLatency(`${name}, ${connections} in parallel`, slow('ours')));
    }
    return {
      cpu: describeCpu(name, results('ours'), results('floor')),
      latency,
      broken: findBrokenCounts(`A manual send on ${name}`, ours.calls, manualSend.calls),
      budget: budgetCpu(name, 'Hono and the same three calls by its fetch', ratio, atMost),
    };
  });

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> => {
  const plan = quick ? plans.quick : plans.full;
  const parts: Part[] = [];
  for (const runtime of runtimes) {
    say(`hosts: ${runtime.name}`);
    parts.push(await measureRuntime(runtime, plan));
  }
  const tables: Table[] = [
    {
      title: `A manual send on one core, calls at 0 ms, beside Hono and the same three calls: median (min to max) of ${plan.rounds} rounds`,
      columns: [
        'runtime',
        'CPU for a send, ms',
        'of the three calls alone, ms',
        'ratio',
        'sends a second',
        'of the three calls alone',
      ],
      rows: parts.map(({ cpu }) => cpu),
    },
    {
      title: `A manual send on each runtime, ${delay} ms a call, ms`,
      columns: ['runtime', ...latencyColumns.slice(1)],
      rows: parts.flatMap(({ latency }) => latency),
    },
  ];
  return {
    tables,
    broken: parts.flatMap(({ broken }) => broken),
    budgets: parts.map(({ budget }) => budget),
  };
};

export const hostsBenchmark: Benchmark = {
  name: 'hosts',
  about: 'A manual send on Deno and workerd, beside the same three calls alone',
  run,
};
