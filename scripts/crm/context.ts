import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { parseEnv } from 'node:util';
import type { Environment } from '../../src/config.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { connectDatabase, type DatabaseClient } from './database.ts';
import { readSettings, type Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** The parts of the process that a command may use. */
export type CrmIo = {
  readonly environment: Environment;
  /** The network. The local stack does not use it, because it has stand-ins for the vendors. */
  readonly fetch: Fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly terminal: Terminal;
  /** Standard input, for commands that read a file from there. */
  readonly stdin: Readable;
  /** Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** How long the database may take to answer one request; ten seconds by default. */
  readonly databaseTimeoutMs?: number;
};

/** The options that every command has. */
export type GlobalOptions = {
  readonly env?: string | undefined;
  readonly account?: string | undefined;
  readonly json?: boolean | undefined;
};

/** The tools of a command, after its options are read. */
export type Session = CrmIo & {
  readonly settings: Settings;
  readonly database: DatabaseClient;
  /** For machines. */
  readonly json: boolean;
  /** The name or id that `--account` gives. */
  readonly account: string | null;
};

/** The shell's variables count before the file's. */
export const readEnvironment = (
  environment: Environment,
  file: string | undefined,
): Environment => {
  if (file === undefined) return environment;
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...environment };
  } catch {
    throw new Error(`--env: ${file} cannot be read.`);
  }
};

/** If nothing names a database, the local stack's is used, and the command says so. */
export const openSession = (io: CrmIo, options: GlobalOptions): Session => {
  const { env, json = false, account = null } = options;
  const environment = readEnvironment(io.environment, env);
  const settings = readSettings(environment, io.fetch, env);
  if (settings.isLocal && !json) {
    io.terminal.note(`(the local stack at ${settings.supabaseUrl}: SUPABASE_URL is not set)`);
  }
  const database = connectDatabase(settings, settings.fetch, io.interrupted, io.databaseTimeoutMs);
  return { ...io, environment, settings, fetch: settings.fetch, database, json, account };
};
