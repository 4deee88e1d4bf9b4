import { readdir, readFile } from 'node:fs/promises';

/**
 * Milliseconds of CPU that the threads of a process have used, from the scheduler's count in nanoseconds
 * (https://docs.kernel.org/scheduler/sched-stats.html). The usual count in hundredths of a second is too coarse for one
 * start. Linux only.
 */
export const readThreadsCpuMs = async (pid: number): Promise<number> => {
  const threads = await readdir(`/proc/${pid}/task`).catch((cause: unknown) => {
    throw new Error('CPU time is read from /proc: run this benchmark on Linux.', { cause });
  });
  const counts = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')),
  );
  return counts.reduce((sum, count) => sum + Number(count.split(' ')[0]), 0) / 1e6;
};
