import { readFile } from 'node:fs/promises';

/** Megabytes (1024 KB) of memory that a process has at this moment, and the most that it has had. */
export type Memory = { readonly now: number; readonly peak: number };

/** `VmRSS` and `VmHWM`, in KB: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html. Linux only. */
export const readMemory = async (pid: number): Promise<Memory> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const read = (field: string): number => {
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}.`);
    return Number(kilobytes) / 1024;
  };
  return { now: read('VmRSS'), peak: read('VmHWM') };
};
