import { spawn } from 'node:child_process';
import { projectFolder } from './run-command.ts';

export type RunningProcess = {
  /** The part that the ready pattern captured. */
  readonly ready: RegExpExecArray;
  readonly pid: number;
  /** Everything it has printed so far. */
  readonly output: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Ends it, by force after five seconds, and waits until it is gone. */
  readonly stop: () => Promise<void>;
};

export type ProcessOptions = {
  readonly cwd?: string;
  /** The whole environment except PATH; nothing else is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text that it prints when it can be used. */
  readonly readyWhen: RegExp;
  readonly timeoutMs?: number;
};

/** Starts a command that keeps running, and resolves when it is ready. If it never is, the error has its output. */
export const startProcess = async (
  command: string,
  args: readonly string[],
  { cwd = projectFolder, env, readyWhen, timeoutMs = 60_000 }: ProcessOptions,
): Promise<RunningProcess> => {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  let text = '';
  const stop = async () => {
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(force);
  };

  const ready = await new Promise<RegExpExecArray | null>((resolve, reject) => {
    const timeout = setTimeout(() => resolve(null), timeoutMs);
    let found = false;
    const settle = (match: RegExpExecArray | null) => {
      found = true;
      clearTimeout(timeout);
      resolve(match);
    };
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      if (found) return;
      const match = readyWhen.exec(text);
      if (match) settle(match);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    exited.then(() => settle(null), reject);
  });
  if (!ready) {
    await stop();
    throw new Error(`${command} ${args.join(' ')} did not get ready: ${text}`);
  }
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal);
  };
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} has no process id.`);
  return { ready, pid, output: () => text, kill, exited, stop };
};
