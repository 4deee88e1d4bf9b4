import type { Benchmark, BenchResult, Table } from './benchmark.ts';
import type { Budget } from './budget.ts';
import {
  budgetAdded,
  comparedColumns,
  compareLatency,
  describeLatency,
  latencyColumns,
} from './load/describe-latency.ts';
import { measureInTurn, prepareTarget, type Target } from './load/measure.ts';
import { aiSend, manualSend, type SendRequest } from './load/requests.ts';
import { findBrokenCounts } from './load/round-trips.ts';
import { type Subject, startHandler, startOurs } from './load/subjects.ts';
import { type Started, startRecordedDoubles, withStarted } from './load/world.ts';

/** Milliseconds that each call to database, vendor and model takes. */
const delay = 20;

/** Many in parallel come first, so that the single sends are not the first of a process. */
const plans = {
  full: {
    rounds: 5,
    loads: [
      { connections: 50, seconds: 1 },
      { connections: 1, seconds: 4 },
    ],
  },
  quick: {
    rounds: 1,
    loads: [
      { connections: 50, seconds: 1 },
      { connections: 1, seconds: 1 },
    ],
  },
} as const;

type Subjects = Readonly<Record<string, Subject>>;

/** The subject named `crm-api` is ours. */
const ours = 'crm-api';
/** The same calls with Node's own fetch, without anything else. */
const bareHandler = 'bare handler';

const measure = async (
  title: string,
  send: SendRequest,
  startSubjects: (origin: string, started: Started) => Promise<Subjects>,
  quick: boolean,
): Promise<BenchResult> => {
  const { rounds, loads } = quick ? plans.quick : plans.full;
  return withStarted(async (started) => {
    const doubles = await started(startRecordedDoubles());
    await doubles.setDelay(delay);
    const subjects = await startSubjects(doubles.origin, started);
    const targets: Record<string, Target> = {};
    for (const [name, subject] of Object.entries(subjects)) {
      targets[name] = await prepareTarget(subject, doubles, { ...send, path: '/send-message' });
    }
    const names = Object.keys(targets);
    const tables: Table[] = [];
    const budgets: Budget[] = [];
    for (const plan of loads) {
      const results = await measureInTurn(targets, names, rounds, plan);
      if (subjects[bareHandler] && plan.connections === 1) {
        budgets.push(...budgetAdded(results(ours), results(bareHandler)));
      }
      tables.push({
        title: `${title}, ${plan.connections} in parallel, ${delay} ms a call, ms: median (min to max) of ${rounds} rounds`,
        columns: subjects[bareHandler] ? [...latencyColumns, ...comparedColumns] : latencyColumns,
        rows: names.map((name) => [
          ...describeLatency(name, results(name)),
          ...(subjects[bareHandler]
            ? compareLatency(results(ours), results(name), results(bareHandler))
            : []),
        ]),
      });
    }
    const broken = findBrokenCounts(title, targets[ours]?.calls ?? {}, send.calls);
    return { tables, broken, budgets };
  });
};

const startOursAlone = async (origin: string, started: Started): Promise<Subjects> => ({
  [ours]: await started(startOurs(origin)),
});

const startManualSubjects = async (origin: string, started: Started): Promise<Subjects> => {
  const bare = await started(startHandler('bare', origin));
  const example = await started(startHandler('example', origin));
  return {
    ...(await startOursAlone(origin, started)),
    [bareHandler]: bare,
    [example.name]: example,
  };
};

export const latencyBenchmark: Benchmark = {
  name: 'latency',
  about:
    'How long a manual send takes on Node with 20 ms for each call, beside what its calls take',
  run: ({ quick }) => measure('A manual send on Node', manualSend, startManualSubjects, quick),
};

export const aiBenchmark: Benchmark = {
  name: 'ai',
  about: 'What is added to database, model and provider when an agent writes',
  run: ({ quick }) =>
    measure('A send that an agent writes, on Node', aiSend, startOursAlone, quick),
};
