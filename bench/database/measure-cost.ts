import { z } from 'zod';
import type { Postgres } from '../../dev/machine/postgres.ts';
import { readBackendCpuMs } from './backend-cpu.ts';
import type { CostSubject } from './cost-subjects.ts';

/** The cost of one message. */
export type Cost = { readonly cpuMs: number; readonly walBytes: number };

const pidsSchema = z.array(z.object({ pid: z.number() }));
const positionSchema = z.tuple([z.object({ bytes: z.coerce.number() })]);

const listBackends = async ({ query }: Postgres, name: string): Promise<number[]> => {
  const rows = await query(
    'select pid from pg_stat_activity where application_name = $1 order by pid',
    [name],
  );
  return pidsSchema.parse(rows).map(({ pid }) => pid);
};

const readPosition = async ({ query }: Postgres): Promise<number> => {
  const rows = await query("select pg_current_wal_insert_lsn() - '0/0' as bytes");
  return positionSchema.parse(rows)[0].bytes;
};

const sumCpuMs = async (pids: readonly number[]): Promise<number> => {
  const used = await Promise.all(pids.map(readBackendCpuMs));
  return used.reduce((sum, each) => sum + each, 0);
};

const measure = async (
  postgres: Postgres,
  subject: CostSubject,
  messages: number,
): Promise<Cost> => {
  // A program may have closed its connections while it waited for its turn.
  await subject.send(1);
  const pids = await listBackends(postgres, subject.name);
  const [cpuBefore, walBefore] = [await sumCpuMs(pids), await readPosition(postgres)];
  await subject.send(messages);
  const [cpuAfter, walAfter] = [await sumCpuMs(pids), await readPosition(postgres)];
  const now = await listBackends(postgres, subject.name);
  if (pids.length === 0 || now.join() !== pids.join()) {
    throw new Error(`${subject.name} opened or closed connections, so their CPU is not known.`);
  }
  return {
    cpuMs: (cpuAfter - cpuBefore) / messages,
    walBytes: (walAfter - walBefore) / messages,
  };
};

/**
 * The costs of each subject, one for each round. They take turns, forwards and backwards, and the messages before the
 * first round do not count. Dead rows are removed after each turn, at nobody's cost.
 */
export const measureCosts = async <Subject extends CostSubject>(
  postgres: Postgres,
  subjects: readonly Subject[],
  { rounds, messages }: { readonly rounds: number; readonly messages: number },
): Promise<(subject: Subject) => readonly Cost[]> => {
  const taken: { readonly subject: Subject; readonly cost: Cost }[] = [];
  for (const subject of subjects) await subject.send(messages);
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      taken.push({ subject, cost: await measure(postgres, subject, messages) });
      await postgres.query('vacuum');
    }
  }
  return (wanted) => taken.filter(({ subject }) => subject === wanted).map(({ cost }) => cost);
};
