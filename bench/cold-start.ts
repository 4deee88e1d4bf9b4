import type { Benchmark, BenchOptions, BenchResult, Table } from './benchmark.ts';
import type { Budget } from './budget.ts';
import { type Pair, summarize, type Times, timePair } from './cold-start/compare.ts';
import { prepareDeno } from './cold-start/deno.ts';
import { prepareNode } from './cold-start/node.ts';
import { prepareWorkerd } from './cold-start/workerd.ts';
import { formatSpread } from './ratio.ts';

const rounds = { full: 7, quick: 2 } as const;

/** Start to first answer, beside the empty app. */
const mostRatio = 1.2;

type Timed = { readonly pair: Pair; readonly times: Times };

const timeAll = async (pairs: readonly Pair[], rounds: number): Promise<Timed[]> => {
  const timed: Timed[] = [];
  for (const pair of pairs) timed.push({ pair, times: await timePair(pair, rounds) });
  return timed;
};

const describePairs = (title: string, timed: readonly Timed[]): Table => ({
  title: `${title}: median (min to max), ms of CPU`,
  columns: ['runtime', 'until', 'crm-api', 'empty Hono app', 'ratio', 'ratio by the clock'],
  rows: timed.map(({ pair, times }) => {
    const { ours, empty, ratio, ratioByClock } = summarize(times);
    return [
      pair.runtime,
      pair.until,
      formatSpread(ours, 0),
      formatSpread(empty, 0),
      formatSpread(ratio),
      formatSpread(ratioByClock),
    ];
  }),
});

/** The worst of the first answers counts. */
const budgetOf = (timed: readonly Timed[]): Budget[] => {
  const [worst] = timed
    .map(({ pair, times }) => ({ pair, ratio: summarize(times).ratio }))
    .toSorted((a, b) => b.ratio.median - a.ratio.median);
  if (worst === undefined) return [];
  return [
    {
      what: `CPU from start to first answer: ${worst.pair.runtime}, ${worst.pair.until}`,
      beside: 'an empty Hono app',
      measured: worst.ratio,
      limit: { atMost: mostRatio },
      unit: '',
      exact: false,
    },
  ];
};

const prepare = { Node: prepareNode, Deno: prepareDeno, workerd: prepareWorkerd } as const;

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> => {
  const count = quick ? rounds.quick : rounds.full;
  const timed: Record<'starts' | 'others' | 'evaluations', Timed[]> = {
    starts: [],
    others: [],
    evaluations: [],
  };
  const budgets: Budget[] = [];
  for (const [name, prepareHost] of Object.entries(prepare)) {
    say(`cold-start: ${name}`);
    const host = await prepareHost();
    try {
      const starts = await timeAll(host.starts, count);
      timed.starts.push(...starts);
      budgets.push(...budgetOf(starts));
      timed.others.push(...(await timeAll(host.others, count)));
      timed.evaluations.push(...(await timeAll(host.evaluations, count)));
    } finally {
      await host.remove();
    }
  }
  return {
    tables: [
      describePairs('From the start of a process to the whole first answer', timed.starts),
      describePairs(
        'The same, packaged in another way; of an isolate, from the request that it is made for',
        timed.others,
      ),
      describePairs('Evaluation of the modules alone', timed.evaluations),
    ],
    broken: [],
    budgets,
  };
};

export const coldStartBenchmark: Benchmark = {
  name: 'cold-start',
  about: 'From the start of a process or an isolate to its first answer, beside an empty Hono app',
  run,
};
