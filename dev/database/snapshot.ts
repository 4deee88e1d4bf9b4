import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { PGlite } from '@supabase/lite/pglite';
import type { SqlFile } from './schema.ts';

const folder = new URL('../../node_modules/.cache/crm-api/', import.meta.url);
const lockFile = new URL('../../package-lock.json', import.meta.url);

/**
 * Each start copies every file and fills the buffers with zeros, so both are kept small: a test run starts dozens. Nothing is
 * compressed, because unpacking takes longer than reading.
 */
const makeSmall = `
  alter system set shared_buffers = '16MB';
  update pg_database set datistemplate = false;
  drop database template0;
  drop database template1;
  checkpoint;
`;

/** Names the state that these files and this Postgres make, so that an edited migration never uses an old snapshot. */
export const snapshotName = (files: readonly SqlFile[]): string => {
  const hash = createHash('sha256').update(readFileSync(lockFile)).update(makeSmall);
  for (const file of files) hash.update(`\0${file.name}\0${file.sql}`);
  return `database-${hash.digest('hex').slice(0, 32)}.tar`;
};

export const loadSnapshot = (name: string): Blob | null => {
  try {
    return new Blob([readFileSync(new URL(name, folder))]);
  } catch {
    return null;
  }
};

const keepOnly = (name: string): void => {
  for (const entry of readdirSync(folder)) {
    if (entry !== name && /\.tar(\.gz)?$/.test(entry))
      rmSync(new URL(entry, folder), { force: true });
  }
};

/** Best effort: if the folder cannot be written, every start takes as long as the first. */
export const saveSnapshot = async (name: string, postgres: PGlite): Promise<void> => {
  for (const statement of makeSmall.trim().split('\n')) await postgres.exec(statement);
  const dump = await postgres.dumpDataDir('none');
  const bytes = new Uint8Array(await dump.arrayBuffer());
  const unfinished = new URL(`${name}.${process.pid}`, folder);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, new URL(name, folder));
    keepOnly(name);
  } catch {
    rmSync(unfinished, { force: true });
  }
};
