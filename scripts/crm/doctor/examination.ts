import { type Config, parseConfig } from '../../../src/config.ts';
import type { Fetch } from '../../../src/ports/io.ts';
import { type CrmIo, type GlobalOptions, readEnvironment } from '../context.ts';
import { connectDatabase, type DatabaseClient } from '../database.ts';
import { type Account, findNamed } from '../find-account.ts';
import { readAll } from '../read-all.ts';
import { readSettings, type Settings } from '../settings.ts';
import { askFunction, type FunctionAnswer } from './ask-function.ts';
import { type OpenedConnection, openConnections } from './connections.ts';
import { type Installation, readInstallation } from './installation.ts';
import { once } from './once.ts';

/** Milliseconds for all checks together, and for one answer. */
const longest = 40_000;
const longestAnswer = 10_000;

/** The facts that the checks look at. Each is read from outside once, and throws one sentence if that fails. */
export type Examination = {
  readonly fetch: Fetch;
  readonly now: () => number;
  /** A new one for each call. */
  readonly signal: () => AbortSignal;
  readonly isLocal: boolean;
  /** The file that --env names. */
  readonly environmentFile: string | undefined;
  /** Null: the environment lacks something; `environmentProblem` says what. */
  readonly config: Config | null;
  readonly environmentProblem: string | null;
  /** Null: the environment does not say where it is. */
  readonly database: DatabaseClient | null;
  readonly installation: () => Promise<Installation | null>;
  readonly accounts: () => Promise<readonly Account[]>;
  /** Null: of all accounts. */
  readonly accountIds: () => Promise<readonly string[] | null>;
  readonly connections: () => Promise<readonly OpenedConnection[]>;
  /** The response of `/health`. */
  readonly health: () => Promise<FunctionAnswer>;
};

const attempt = <T>(
  read: () => T,
): { readonly value: T | null; readonly problem: string | null } => {
  try {
    return { value: read(), problem: null };
  } catch (error) {
    return { value: null, problem: error instanceof Error ? error.message : String(error) };
  }
};

const required = <T>(value: T | null): T => {
  if (value === null) throw new Error('The environment is incomplete: complete it first.');
  return value;
};

const readAccounts = async (
  database: DatabaseClient,
  wanted: string | undefined,
): Promise<readonly Account[]> => {
  if (wanted === undefined) {
    const all = await readAll(() => database.from('sub_accounts').select('id, name'));
    return all.toSorted((a, b) => a.name.localeCompare(b.name));
  }
  const named = await findNamed(database, wanted);
  if (named.length > 0) return named;
  throw new Error(
    'There is no such sub-account: `npm run crm -- doctor` without --account shows their names.',
  );
};

/** Reads only the environment; nothing is asked yet. */
export const examine = (io: CrmIo, { env, account }: GlobalOptions): Examination => {
  const environment = readEnvironment(io.environment, env);
  const settings = attempt<Settings>(() => readSettings(environment, io.fetch, env)).value;
  const { value: config, problem } = attempt(() =>
    parseConfig(settings?.environment ?? environment),
  );
  const fetch = settings?.fetch ?? io.fetch;
  const end = AbortSignal.any([io.interrupted, AbortSignal.timeout(longest)]);
  const signal = () => AbortSignal.any([end, AbortSignal.timeout(longestAnswer)]);
  const database = settings && connectDatabase(settings, fetch, end);

  const accounts = once(() => readAccounts(required(database), account));
  const accountIds = async () =>
    account === undefined ? null : (await accounts()).map(({ id }) => id);
  return {
    fetch,
    now: io.now,
    signal,
    isLocal: settings?.isLocal ?? false,
    environmentFile: env,
    config,
    environmentProblem: problem,
    database,
    installation: once(() => readInstallation(required(database), io.now)),
    accounts,
    accountIds,
    connections: once(async () =>
      openConnections(required(database), required(config), await accountIds()),
    ),
    health: once(() => {
      const url = `${required(config).publicUrl}/health`;
      return askFunction(url, { fetch, now: io.now, signal: signal() });
    }),
  };
};
