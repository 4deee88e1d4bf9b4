import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

const read = (pid: number, file: string): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'utf8').catch((cause: unknown) => {
    throw new Error('CPU time is read from /proc: run this benchmark on Linux.', { cause });
  });

// The second field is the command in brackets, and the third is the state; S: it sleeps.
const isAsleep = async (pid: number): Promise<boolean> =>
  (await read(pid, 'stat')).includes(') S ');

/**
 * Milliseconds of CPU that a backend has used when it has nothing more to do; a backend goes on for a moment after it
 * has answered. It is the sum of utime and stime, but to the nanosecond, while those are hundredths of a second:
 * https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
 */
export const readBackendCpuMs = async (pid: number): Promise<number> => {
  while (!(await isAsleep(pid))) await setImmediate();
  const [nanoseconds] = (await read(pid, 'schedstat')).split(' ');
  return Number(nanoseconds) / 1e6;
};
