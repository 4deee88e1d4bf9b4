import { readdirSync, readFileSync } from 'node:fs';

/** The folder `supabase/` of this checkout. */
export const ownFolder = new URL('../../supabase/', import.meta.url);

export const baselineName = '20261127000001_baseline.sql';

export type SqlFile = { readonly name: string; readonly sql: string };

/** The SQL files of one part, in the order in which they are applied. */
export const readSqlFiles = (folder: URL, part: 'schemas' | 'migrations'): readonly SqlFile[] =>
  readdirSync(new URL(`${part}/`, folder))
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(new URL(`${part}/${name}`, folder), 'utf8') }));
