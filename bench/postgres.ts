import { type Postgres, startMigratedPostgres } from '../dev/machine/postgres.ts';
import type { Benchmark, BenchOptions, BenchResult } from './benchmark.ts';
import { connect } from './database/connect.ts';
import { createAsynchronous, createPlain, createSynchronous } from './database/cost-subjects.ts';
import { countVersions } from './database/count-versions.ts';
import {
  cpu,
  describeCosts,
  describeQueues,
  describeVersions,
  toBudgets,
  wal,
} from './database/describe-costs.ts';
import { explainFunctions, explainPlain } from './database/explain-sends.ts';
import { loadAccounts, loadMessages, planLoad } from './database/load.ts';
import { measureCosts } from './database/measure-cost.ts';
import { listManual } from './database/message-life.ts';
import { type PlainTarget, pickTargets } from './database/pick-targets.ts';
import { startQueues } from './database/queue-subjects.ts';
import { assertSameRows } from './database/same-rows.ts';
import { type Send, sendPlainly, sendThroughFunctions } from './database/send.ts';
import { installPeers } from './install-peers.ts';
import { withStarted } from './load/world.ts';

/** The sizes are the same in both, because buffers and bytes of the log are budgets in both. */
const plans = {
  full: { rounds: 7, messages: 1000 },
  quick: { rounds: 2, messages: 150 },
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
    await installPeers((line) => say(`postgres: ${line}`));
    say(`postgres: storing ${stored} messages`);
    const postgres = await started(startMigratedPostgres(settings));
    const targets = await load(postgres);
    const { versions, buffers } = await inspect(postgres, targets);

    const plain = await started(createPlain(postgres, targets));
    const synchronous = await started(createSynchronous(postgres, targets));
    const others = [await started(createAsynchronous(postgres, targets))];
    for (const queue of startQueues(postgres)) others.push(await started(queue));
    say(`postgres: ${plan.rounds} rounds of ${plan.messages} messages`);
    const costsOf = await measureCosts(postgres, [plain, synchronous, ...others], plan);

    const [ours, plainly] = [costsOf(synchronous), costsOf(plain)];
    const costs = {
      cpuMs: { ours: ours.map(cpu), plain: plainly.map(cpu) },
      buffers,
      walBytes: { ours: ours.map(wal), plain: plainly.map(wal) },
    };
    const beside = [synchronous, ...others].map((subject) => ({
      subject,
      costs: costsOf(subject),
    }));
    return {
      tables: [
        describeCosts(costs),
        describeVersions(versions, targets.length),
        describeQueues(beside),
      ],
      broken: [],
      budgets: toBudgets(costs),
    };
  });

export const postgresBenchmark: Benchmark = {
  name: 'postgres',
  about: 'What a message costs Postgres: CPU, buffers and log, beside plain statements and queues',
  run,
};
