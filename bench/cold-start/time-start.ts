import { startProcess } from '../../dev/machine/start-process.ts';
import { type Ask, asks, sendAsk } from './ask.ts';
import type { Pair, TimeStart } from './compare.ts';

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

/** The time from spawning the process to the last byte of its first response, without stopping it. */
const timeStart =
  (launch: Launch, ask: Ask, subject: keyof Launches): TimeStart =>
  async () => {
    const { command, args, basePath, ...options } = launch;
    const startedAt = performance.now();
    const started = await startProcess(command, args, options);
    try {
      await sendAsk(`http://127.0.0.1:${started.ready[1]}${basePath}`, ask, subject);
      return performance.now() - startedAt;
    } finally {
      started.kill('SIGKILL');
      await started.exited;
    }
  };

export const pairStarts = (runtime: string, { ours, empty }: Launches): Pair[] =>
  asks.map((ask) => ({
    runtime,
    until: ask.about,
    ours: timeStart(ours, ask, 'ours'),
    empty: timeStart(empty, ask, 'empty'),
  }));
