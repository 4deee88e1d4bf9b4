import type { Benchmark, BenchOptions, BenchResult, Table } from './benchmark.ts';
import { type Pair, summarize, type Times, timePair } from './cold-start/compare.ts';
import { prepareDeno } from './cold-start/deno.ts';
import { type ImportCost, nodeEvaluation, nodeStarts, timeParts } from './cold-start/node.ts';
import { prepareWorkerd } from './cold-start/workerd.ts';
import { formatSpread } from './ratio.ts';

const rounds = { full: 6, quick: 2 } as const;

type Timed = { readonly pair: Pair; readonly times: Times };

const timeAll = async (pairs: readonly Pair[], rounds: number): Promise<Timed[]> => {
  const timed: Timed[] = [];
  for (const pair of pairs) timed.push({ pair, times: await timePair(pair, rounds) });
  return timed;
};

const describePairs = (title: string, timed: readonly Timed[]): Table => ({
  title: `${title}: median (min to max), ms`,
  columns: ['runtime', 'until', 'crm-api', 'empty Hono app', 'ratio', 'difference'],
  rows: timed.map(({ pair, times }) => {
    const { ours, empty, ratio, difference } = summarize(times);
    return [
      pair.runtime,
      pair.until,
      formatSpread(ours, 0),
      formatSpread(empty, 0),
      formatSpread(ratio),
      formatSpread(difference, 0),
    ];
  }),
});

const describeParts = (costs: readonly ImportCost[]): Table => ({
  title: 'What each package adds to the import on Node, in this order: median (min to max), ms',
  columns: ['package', 'import'],
  rows: costs.map(({ part, milliseconds }) => [part, formatSpread(milliseconds, 1)]),
});

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> => {
  const count = quick ? rounds.quick : rounds.full;
  say('cold-start: Node');
  const starts = await timeAll(nodeStarts, count);
  const evaluations = await timeAll([nodeEvaluation], count);
  const parts = await timeParts(count);

  say('cold-start: Deno');
  const deno = await prepareDeno();
  try {
    starts.push(...(await timeAll(deno.starts, count)));
    evaluations.push(...(await timeAll([deno.evaluation], count)));
  } finally {
    await deno.remove();
  }

  say('cold-start: workerd');
  const workerd = await prepareWorkerd();
  try {
    starts.push(...(await timeAll([...workerd.starts, ...workerd.isolates], count)));
  } finally {
    await workerd.remove();
  }
  return {
    tables: [
      describePairs(
        'From the start of a process to the whole first answer; of an isolate, from the request that it is made for',
        starts,
      ),
      describePairs(
        'Evaluation of the modules alone; workerd stops the clock meanwhile, there it is most of the difference above',
        evaluations,
      ),
      describeParts(parts),
    ],
    broken: [],
  };
};

export const coldStartBenchmark: Benchmark = {
  name: 'cold-start',
  about: 'From the start of a process or an isolate to its first answer, beside an empty Hono app',
  run,
};
