import { join } from 'node:path';
import type { Postgres } from '../../dev/machine/postgres.ts';
import { peersFolder } from '../install-peers.ts';
import type { CostSubject } from './cost-subjects.ts';
import { manual } from './message-life.ts';

type StartQueue = (options: {
  readonly url: string;
  readonly name: string;
  readonly job: Readonly<Record<string, string>>;
  /** How many jobs are taken out and completed in one statement, where the library can do that. */
  readonly together: number;
}) => Promise<Pick<CostSubject, 'send' | 'stop'>>;

const job = { to: '+15005550001', text: manual.content };

/** A script of bench/peers, with a schema of its own in the same Postgres. */
const startQueue = async (
  script: string,
  { url }: Postgres,
  shown: Pick<CostSubject, 'name' | 'statements'>,
  together = 1,
): Promise<CostSubject> => {
  // Its packages are there only when a benchmark has installed them.
  const { startQueue: start }: { readonly startQueue: StartQueue } = await import(
    join(peersFolder, script)
  );
  return { ...shown, ...(await start({ url, name: shown.name, job, together })) };
};

/** Libraries that put a job into a queue, take it out and complete it, one after the other. */
export const startQueues = (postgres: Postgres): readonly Promise<CostSubject>[] => [
  startQueue('graphile-worker.js', postgres, { name: 'graphile-worker', statements: '3' }),
  startQueue('pg-boss.js', postgres, { name: 'pg-boss', statements: '3' }),
  startQueue('pg-boss.js', postgres, { name: 'pg-boss, thirty at a time', statements: '1.1' }, 30),
];
