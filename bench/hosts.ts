import type { Benchmark, BenchOptions, BenchResult, Cell, Table } from './benchmark.ts';
import { startDenoSubjects } from './load/deno-subjects.ts';
import { describeLatency, latencyColumns } from './load/describe-latency.ts';
import { type Measured, measureInTurn, prepareTarget } from './load/measure.ts';
import { manualSend } from './load/requests.ts';
import { findBrokenCounts } from './load/round-trips.ts';
import type { Subject } from './load/subjects.ts';
import { startWorkerdSubjects } from './load/workerd-subjects.ts';
import { type Started, startRecordedDoubles, withStarted } from './load/world.ts';
import { formatSpread, ratios, spread } from './ratio.ts';

const delay = 20;
const parallel = [1, 50] as const;

const plans = {
  full: { rounds: 5, seconds: 0.8 },
  quick: { rounds: 1, seconds: 1 },
} as const;
type Plan = (typeof plans)['full' | 'quick'];

/** Ours, and on the same runtime a Hono app that responds at once. */
type Pair = { readonly ours: Subject; readonly empty: Subject };

const runtimes = {
  Deno: startDenoSubjects,
  workerd: startWorkerdSubjects,
} as const satisfies Record<string, (origin: string, started: Started) => Promise<Pair>>;

const send = { ...manualSend, path: '/send-message' };
const ask = { method: 'GET', path: '/health' } as const;

const describeCpu = (
  runtime: string,
  ours: readonly Measured[],
  empty: readonly Measured[],
): Cell[] => {
  const cpu = (measured: readonly Measured[]) => measured.map(({ cpuMs }) => cpuMs);
  const rate = (measured: readonly Measured[]) =>
    measured.map(({ requests, seconds }) => requests / seconds);
  return [
    runtime,
    formatSpread(spread(cpu(ours)), 2),
    formatSpread(spread(cpu(empty)), 2),
    formatSpread(ratios(cpu(ours), cpu(empty)), 1),
    formatSpread(spread(rate(ours)), 0),
    formatSpread(spread(rate(empty)), 0),
  ];
};

type Runtime = keyof typeof runtimes;
const runtimeNames = ['Deno', 'workerd'] as const satisfies readonly Runtime[];

type Part = { readonly rows: readonly Cell[][]; readonly broken: readonly string[] };

const measureCpu = (runtime: Runtime, { rounds, seconds }: Plan): Promise<Part> =>
  withStarted(async (started) => {
    const doubles = await started(startRecordedDoubles(0));
    const pair = await runtimes[runtime](doubles.origin, started);
    const ours = await prepareTarget(pair.ours, doubles, send);
    const empty = await prepareTarget(pair.empty, doubles, ask);
    const load = { connections: 16, seconds };
    const results = await measureInTurn({ ours, empty }, ['ours', 'empty'], rounds, load);
    return {
      rows: [describeCpu(runtime, results('ours'), results('empty'))],
      broken: findBrokenCounts(`A manual send on ${runtime}`, ours.calls, manualSend.calls),
    };
  });

const measureLatency = (runtime: Runtime, { rounds, seconds }: Plan): Promise<Part> =>
  withStarted(async (started) => {
    const doubles = await started(startRecordedDoubles(delay));
    const pair = await runtimes[runtime](doubles.origin, started);
    const ours = await prepareTarget(pair.ours, doubles, send);
    const rows: Cell[][] = [];
    for (const connections of parallel) {
      const load = { connections, seconds };
      const results = await measureInTurn({ ours }, ['ours'], rounds, load);
      rows.push(describeLatency(`${runtime}, ${connections} in parallel`, results('ours')));
    }
    return { rows, broken: [] };
  });

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> => {
  const plan = quick ? plans.quick : plans.full;
  const cpu: Part[] = [];
  const latency: Part[] = [];
  for (const runtime of runtimeNames) {
    say(`hosts: ${runtime}`);
    cpu.push(await measureCpu(runtime, plan));
    latency.push(await measureLatency(runtime, plan));
  }
  const tables: Table[] = [
    {
      title: `A manual send on one core, calls at 0 ms, beside a Hono app that answers at once: median (min to max) of ${plan.rounds} rounds`,
      columns: [
        'runtime',
        'CPU for a send, ms',
        'CPU for an empty answer, ms',
        'ratio',
        'sends a second',
        'empty answers a second',
      ],
      rows: cpu.flatMap(({ rows }) => rows),
    },
    {
      title: `A manual send on each runtime, ${delay} ms a call, ms`,
      columns: ['runtime', ...latencyColumns.slice(1)],
      rows: latency.flatMap(({ rows }) => rows),
    },
  ];
  return { tables, broken: [...cpu, ...latency].flatMap(({ broken }) => broken) };
};

export const hostsBenchmark: Benchmark = {
  name: 'hosts',
  about: 'A manual send on Deno and workerd, beside a Hono app that answers at once',
  run,
};
