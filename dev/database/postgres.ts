import { createPgliteConnection, type PGlite, type PgliteConnection } from '@supabase/lite/pglite';
import type { PostgresConnection } from '@supabase/lite/postgres';
import { readSchema, type SqlFile } from './schema.ts';
import { setContextAtOnce } from './set-context-at-once.ts';
import { loadSnapshot, saveSnapshot, snapshotName } from './snapshot.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A Postgres that the Supabase server can use. */
export type Postgres = {
  readonly connection: PgliteConnection | PostgresConnection;
  /** False if all requests share one session, where two at a time would share one transaction. */
  readonly concurrent: boolean;
  query(sql: string): Promise<readonly Row[]>;
};

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null;

const applyFiles = async (postgres: PGlite, files: readonly SqlFile[]): Promise<void> => {
  for (const { name, sql } of files) {
    try {
      await postgres.exec(sql);
    } catch (cause) {
      throw new Error(`supabase/${name} does not apply.`, { cause });
    }
  }
};

/** The arrays of rows of Postgres' own tables, which nobody reads. */
const catalogRows = `
  select typarray as id from pg_type
  where typtype = 'c' and typnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and typarray <> 0`;

/** PGlite copies its list of types for every query. These are two thirds of it, and most of the time that a short query took. */
const forgetCatalogRows = async (postgres: PGlite): Promise<void> => {
  const { rows } = await postgres.query<{ id: number }>(catalogRows);
  for (const { id } of rows) {
    delete postgres.parsers[id];
    delete postgres.serializers[id];
  }
};

/** Postgres inside this process, in memory, with the migrations and the seed. */
export const openEmbedded = async (): Promise<Postgres> => {
  const files = readSchema();
  const name = snapshotName(files);
  const snapshot = loadSnapshot(name);
  const connection = await createPgliteConnection({
    pgliteOptions: snapshot === null ? {} : { loadDataDir: snapshot },
  });
  const postgres = connection.driver;
  await postgres.waitReady;
  if (snapshot === null) {
    await applyFiles(postgres, files);
    await saveSnapshot(name, postgres);
  }
  await forgetCatalogRows(postgres);
  setContextAtOnce(connection);
  const query = async (sql: string) => (await postgres.exec(sql)).at(-1)?.rows.filter(isRow) ?? [];
  return { connection, concurrent: false, query };
};

const toJson = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

// Lite passes arguments of type json as text already. Its own serializer would turn them into JSON strings.
const jsonTypes = {
  json: { to: 114, from: [114], serialize: toJson, parse: JSON.parse },
  jsonb: { to: 3802, from: [3802], serialize: toJson, parse: JSON.parse },
};

/** A Postgres server that runs elsewhere and is migrated already. */
export const openServer = async (url: string): Promise<Postgres> => {
  const { createPostgresConnection } = await import('@supabase/lite/postgres');
  const connection = createPostgresConnection({ url, postgresOptions: { types: jsonTypes } });
  const query = async (sql: string) => [...(await connection.driver.unsafe(sql))].filter(isRow);
  return { connection, concurrent: true, query };
};
