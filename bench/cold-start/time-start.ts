import { startProcess } from '../../dev/machine/start-process.ts';
import { type Ask, asks, sendAsk } from './ask.ts';
import type { Pair, TimeStart } from './compare.ts';
import { readThreadsCpuMs } from './read-cpu.ts';

/** How to start one app on one runtime. */
export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The line that it prints when it listens; captures the port. */
  readonly readyWhen: RegExp;
  readonly basePath: string;
};

export type Launches = { readonly ours: Launch; readonly empty: Launch };

/** From spawning the process to the last byte of its first response, without stopping it. */
const timeStart =
  (launch: Launch, ask: Ask, subject: keyof Launches): TimeStart =>
  async () => {
    const { command, args, basePath, ...options } = launch;
    const startedAt = performance.now();
    const started = await startProcess(command, args, options);
    try {
      await sendAsk(`http://127.0.0.1:${started.ready[1]}${basePath}`, ask, subject);
      const ms = performance.now() - startedAt;
      return { ms, cpuMs: await readThreadsCpuMs(started.pid) };
    } finally {
      started.kill('SIGKILL');
      await started.exited;
    }
  };

const pairStart = (runtime: string, { ours, empty }: Launches, ask: Ask): Pair => ({
  runtime,
  until: ask.about,
  ours: timeStart(ours, ask, 'ours'),
  empty: timeStart(empty, ask, 'empty'),
});

export const pairStarts = (runtime: string, launches: Launches): Pair[] =>
  asks.map((ask) => pairStart(runtime, launches, ask));

/** With the first request that has the most to do. */
export const pairLongest = (runtime: string, launches: Launches): Pair[] =>
  asks.slice(-1).map((ask) => pairStart(runtime, launches, ask));
