import { Readable } from 'node:stream';
import type { Database } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { runCrm } from '../../scripts/crm/run.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { type Api, startApi } from '../support/api.ts';

export type Ran = {
  readonly exitCode: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error, and the questions. */
  readonly stderr: string;
};

export type RunOptions = {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The words that are typed when the command asks, in order. */
  readonly typed?: readonly string[];
  /** Default: the demo's account; null: no account is named. */
  readonly account?: string | null;
  readonly interrupted?: AbortSignal;
  /** The content of standard input. */
  readonly stdin?: string | Uint8Array;
  /** Wraps a command's network, to break it. */
  readonly around?: (fetch: Fetch) => Fetch;
  /** Gets each line of either output as it is written. */
  readonly onLine?: (line: string) => void;
  readonly now?: () => number;
};

/** The function with its stand-ins, and `npm run crm` beside it, in this process. */
export const startCrm = async (database: Database) => {
  const api: Api = await startApi({ database });
  const environment = {
    SUPABASE_URL: database.url,
    SUPABASE_SECRET_KEY: database.secretKey,
    CREDENTIALS_KEY: demoData.credentialsKey,
    PUBLIC_URL: api.deps.publicUrl,
  };

  const run = async (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const { account = demoData.subAccount.name } = options;
    const { around = (fetch: Fetch) => fetch, onLine = () => {} } = options;
    const typed = [...(options.typed ?? [])];
    const output = { stdout: '', stderr: '' };
    const answerTo = (question: string): string => {
      output.stderr += `${question}\n`;
      const answer = typed.shift();
      if (answer === undefined) throw new Error(`Nobody answers: ${question}`);
      return answer;
    };
    const named = account === null || args.includes('--account') ? [] : ['--account', account];
    const exitCode = await runCrm([...named, ...args], {
      environment: { ...environment, ...options.environment },
      fetch: around(api.deps.io.fetch),
      stdin: Readable.from([Buffer.from(options.stdin ?? '')], { objectMode: false }),
      now: options.now ?? Date.now,
      interrupted: options.interrupted ?? new AbortController().signal,
      // A batch that a busy machine stores late would be sent again, and counted as known.
      databaseTimeoutMs: 60_000,
      terminal: {
        isInteractive: options.typed !== undefined,
        print: (text) => {
          output.stdout += `${text}\n`;
          onLine(text);
        },
        note: (text) => {
          output.stderr += `${text}\n`;
          onLine(text);
        },
        askSecret: async (question) => answerTo(question),
        confirm: async (question) => answerTo(question) === 'yes',
      },
    });
    return { exitCode, ...output };
  };

  /** Runs a command that must succeed; returns the JSON that it prints. */
  const runJson = async (args: readonly string[], options?: RunOptions): Promise<unknown> => {
    const { exitCode, stdout, stderr } = await run([...args, '--json'], options);
    if (exitCode !== 0) throw new Error(`crm ${args.join(' ')} exited with ${exitCode}: ${stderr}`);
    return JSON.parse(stdout);
  };

  return { api, database, run, runJson, stop: () => api.stop() };
};

export type Crm = Awaited<ReturnType<typeof startCrm>>;
