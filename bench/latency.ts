import type { Benchmark, BenchResult, Table } from './benchmark.ts';
import {
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

const plans = {
  full: { rounds: 5, seconds: 1 },
  quick: { rounds: 1, seconds: 1 },
} as const;

/** Many in parallel and one at a time. Many come first, so that the few single sends are not the first of a process. */
const parallel = [50, 1] as const;

type Subjects = Readonly<Record<string, Subject>>;

/** The subject named `crm-api` is ours. */
const ours = 'crm-api';
/** The cost of the same calls without anything else. */
const floor = 'bare handler';

const measure = async (
  title: string,
  send: SendRequest,
  startSubjects: (origin: string, started: Started) => Promise<Subjects>,
  quick: boolean,
): Promise<BenchResult> => {
  const { rounds, seconds } = quick ? plans.quick : plans.full;
  return withStarted(async (started) => {
    const doubles = await started(startRecordedDoubles(delay));
    const subjects = await startSubjects(doubles.origin, started);
    const targets: Record<string, Target> = {};
    for (const [name, subject] of Object.entries(subjects)) {
      targets[name] = await prepareTarget(subject, doubles, { ...send, path: '/send-message' });
    }
    const names = Object.keys(targets);
    const tables: Table[] = [];
    for (const connections of parallel) {
      const results = await measureInTurn(targets, names, rounds, { connections, seconds });
      tables.push({
        title: `${title}, ${connections} in parallel, ${delay} ms a call, ms: median (min to max) of ${rounds} rounds`,
        columns: subjects[floor] ? [...latencyColumns, ...comparedColumns] : latencyColumns,
        rows: names.map((name) => [
          ...describeLatency(name, results(name)),
          ...(subjects[floor] ? compareLatency(results(ours), results(name), results(floor)) : []),
        ]),
      });
    }
    return { tables, broken: findBrokenCounts(title, targets[ours]?.calls ?? {}, send.calls) };
  });
};

const startOursAlone = async (origin: string, started: Started): Promise<Subjects> => ({
  [ours]: await started(startOurs(origin)),
});

const startManualSubjects = async (origin: string, started: Started): Promise<Subjects> => {
  const bare = await started(startHandler('bare', origin));
  const example = await started(startHandler('example', origin));
  return { ...(await startOursAlone(origin, started)), [floor]: bare, [example.name]: example };
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
