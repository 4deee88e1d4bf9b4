import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../../supabase/migrations/', import.meta.url);

const listNames = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();

/** The versions of the migrations of this checkout. */
export const listVersions = (): readonly string[] =>
  listNames().map((name) => name.split('_')[0] ?? '');

/** The names that they create in `public`. Other tables and functions of the project are not our business. */
export const listCreated = (kind: 'table' | 'function'): ReadonlySet<string> => {
  const pattern = new RegExp(`^create (?:or replace )?${kind} public\\.(\\w+)`, 'gm');
  const names = listNames().flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(pattern)].map(
      ([, found = '']) => found,
    ),
  );
  return new Set(names);
};
