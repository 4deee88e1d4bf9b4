import { App } from '@supabase/lite';
import { keepExitCode } from './database/keep-exit-code.ts';
import { openEmbedded, openServer, type Postgres, type Row } from './database/postgres.ts';
import { demoData } from './demo-data.ts';
import { createExclusive } from './exclusive.ts';
import { serveLocally } from './serve.ts';

export type Database = {
  /** The project's URL for supabase-js. */
  readonly url: string;
  readonly secretKey: string;
  /**
   * Runs SQL as the owner, past all grants and row level security, and returns the rows of the last statement. As on
   * hosted Supabase, a new table or function is served after `notify pgrst, 'reload schema'`.
   */
  query(sql: string): Promise<readonly Row[]>;
  stop(): Promise<void>;
};

export type DatabaseOptions = {
  readonly port?: number;
  readonly portVariable?: string;
  /** A migrated Postgres to use instead of the embedded one. */
  readonly postgresUrl?: string;
};

/** Supabase's REST API in front of a Postgres. It serves only requests with the secret key. */
const createSupabase = ({ connection }: Postgres) => {
  // By itself, lite grants every table to every role at the first request, which would hide a missing or wrong grant.
  Reflect.set(connection, 'rlsState', 'active');
  return new App({
    connection,
    auth: { enabled: false, secret_key: demoData.supabaseSecretKey },
    storage: { enabled: false },
    studio: { enabled: false },
    analytics: { enabled: false },
    options: { server: { admin: false, disableStudio: true, disableFallback: true } },
  });
};

const open = (postgresUrl: string | undefined): Promise<Postgres> =>
  postgresUrl === undefined ? keepExitCode(openEmbedded) : openServer(postgresUrl);

/**
 * The first request reads the schema, which takes most of a second. It is made here, so that it uses up nobody's
 * timeout.
 */
const readSchemaNow = async (url: string): Promise<void> => {
  const headers = { apikey: demoData.supabaseSecretKey };
  await fetch(`${url}/rest/v1/rpc/no_such_function`, { method: 'POST', headers });
};

/** Starts an in-memory database with the migrations and the seed. Each call gets its own. */
export const startDatabase = async (options: DatabaseOptions = {}): Promise<Database> => {
  const { port = 0, portVariable, postgresUrl } = options;
  const postgres = await open(postgresUrl);
  const { connection } = postgres;
  const supabase = await createSupabase(postgres).init();
  const exclusive = createExclusive();
  const inTurn = <T>(task: () => Promise<T>) =>
    postgres.concurrent ? task() : exclusive(() => keepExitCode(task));

  const served = await serveLocally({
    fetch: (request, { incoming }) => {
      const peerAddress = incoming.socket.remoteAddress ?? null;
      return inTurn(() => supabase.fetch(request, { peerAddress }));
    },
    port,
    ...(portVariable === undefined ? {} : { portVariable }),
  }).catch(async (error: unknown) => {
    await inTurn(() => connection.close());
    throw error;
  });
  await readSchemaNow(served.origin);

  return {
    url: served.origin,
    secretKey: demoData.supabaseSecretKey,
    query: (sql) =>
      inTurn(async () => {
        const rows = await postgres.query(sql);
        if (/notify\s+pgrst/i.test(sql)) await connection.clearSchemaCache();
        return rows;
      }),
    stop: async () => {
      await served.stop();
      await inTurn(() => connection.close());
    },
  };
};
