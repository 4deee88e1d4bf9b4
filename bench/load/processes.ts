import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runCommand } from '../../dev/machine/run-command.ts';
import {
  type ProcessOptions,
  type RunningProcess,
  startProcess,
} from '../../dev/machine/start-process.ts';

/** The measured server has a core for itself; load and doubles share another. */
const cores = { measured: '0', rest: '1' } as const;
type Place = keyof typeof cores;

const { exitCode } = await runCommand('sh', ['-c', 'command -v taskset']);
const mayChooseCore = exitCode === 0 && availableParallelism() > 1;

const onCore = (place: Place, command: string, args: readonly string[]) =>
  mayChooseCore
    ? ({ command: 'taskset', args: ['-c', cores[place], command, ...args] } as const)
    : ({ command, args } as const);

export const startOnCore = (
  place: Place,
  given: { readonly command: string; readonly args: readonly string[] } & ProcessOptions,
): Promise<RunningProcess> => {
  const { command, args, ...options } = given;
  const bound = onCore(place, command, args);
  return startProcess(bound.command, bound.args, options);
};

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Linux counts in hundredths of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const msPerTick = 10;

/** Milliseconds of CPU that a process has used, all its threads together. Linux only. */
export const readCpuMs = async (pid: number): Promise<number> => {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch((cause: unknown) => {
    throw new Error('CPU time is read from /proc: run this benchmark on Linux.', { cause });
  });
  // The second field is the command in brackets, which may contain anything.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
};

const countsSchema = z.record(z.string(), z.object({ calls: z.number(), heldMs: z.number() }));
export type Counts = z.infer<typeof countsSchema>;

export type Doubles = {
  readonly origin: string;
  /** How many calls of each kind there were since the last time, and how long they waited in total. */
  takeCounts(): Promise<Counts>;
  /** From now on each call takes so long. At first they take no time. */
  setDelay(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
};

/** Database, vendor and model. */
export const startDoubles = async (recordingFile: string): Promise<Doubles> => {
  const { ready, stop } = await startOnCore('rest', {
    command: process.execPath,
    args: [script('doubles.ts'), '--recording', recordingFile],
    env: {},
    readyWhen: /listening on (\d+)/,
  });
  const origin = `http://127.0.0.1:${ready[1]}`;
  return {
    origin,
    takeCounts: async () => countsSchema.parse(await (await fetch(`${origin}/_counts`)).json()),
    setDelay: async (milliseconds) => {
      await fetch(`${origin}/_delay/${milliseconds}`);
    },
    stop,
  };
};

export const loadSchema = z.object({
  requests: z.number(),
  failed: z.number(),
  seconds: z.number(),
  /** Milliseconds of each response with 200, without the first. */
  latencies: z.array(z.number()),
});
export type Load = z.infer<typeof loadSchema>;

/** How many requests at one time, and for how long, or how many in total. */
export type LoadPlan = { readonly connections: number } & (
  | { readonly seconds: number }
  | { readonly amount: number }
);

export type LoadRequest = {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Sends one request again and again. */
export const generateLoad = async (
  { url, method = 'POST', headers = {}, body = '' }: LoadRequest,
  plan: LoadPlan,
): Promise<Load> => {
  const { command, args } = onCore('rest', process.execPath, [
    script('generate-load.ts'),
    ...['--url', url, '--method', method, '--headers', JSON.stringify(headers), '--body', body],
    ...Object.entries(plan).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ]);
  const { exitCode, stdout, stderr } = await runCommand(command, args);
  if (exitCode !== 0) throw new Error(`The load generator exited with ${exitCode}: ${stderr}`);
  return loadSchema.parse(JSON.parse(stdout));
};
