import { createPgliteConnection, type PGlite } from '@supabase/lite/pglite';
import { platform } from '../../dev/database/schema.ts';
import { describeCatalog } from './describe-catalog.ts';
import { describeFunctions } from './describe-functions.ts';
import { readSqlFiles } from './project.ts';

/**
 * Postgres inside this process, in the state of a Supabase project before its first migration. It starts much faster
 * with the data folder of another one, `dumpDataDir('none')`.
 */
export const openScratch = async (dataFolder?: Blob): Promise<PGlite> => {
  const pgliteOptions = dataFolder === undefined ? {} : { loadDataDir: dataFolder };
  const postgres = (await createPgliteConnection({ pgliteOptions })).driver;
  await postgres.waitReady;
  if (dataFolder === undefined) await postgres.exec(platform);
  return postgres;
};

export const applyFiles = async (
  postgres: PGlite,
  folder: URL,
  part: 'schemas' | 'migrations',
): Promise<void> => {
  for (const { name, sql } of readSqlFiles(folder, part)) {
    try {
      await postgres.exec(sql);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`supabase/${part}/${name} does not apply: ${why}`, { cause });
    }
  }
};

export const describeScratch = async (postgres: PGlite) => {
  const ask = async (sql: string) => (await postgres.query(sql)).rows;
  // Without a search path, Postgres writes each name with its schema.
  await postgres.exec("set search_path = ''");
  const described = {
    catalog: await describeCatalog(ask),
    functions: await describeFunctions(ask),
  };
  await postgres.exec('set search_path to default');
  return described;
};

/** The database that `supabase/schemas` make. Afterwards the scratch database is empty again, for the migrations. */
export const describeSchemas = async (postgres: PGlite, folder: URL) => {
  await postgres.exec('begin');
  try {
    await applyFiles(postgres, folder, 'schemas');
    return await describeScratch(postgres);
  } finally {
    await postgres.exec('rollback');
  }
};
