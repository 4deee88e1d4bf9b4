import { readdirSync, readFileSync } from 'node:fs';

const ownFolder = new URL('../../../supabase/migrations/', import.meta.url);

const listNames = (folder: URL): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();

/** The versions of the migrations of this checkout. */
export const listVersions = (): readonly string[] =>
  listNames(ownFolder).map((name) => name.split('_')[0] ?? '');

/** The names in `public` that they create and do not drop later. Other tables and functions of the project are not our business. */
export const listCreated = (
  kind: 'table' | 'function',
  folder = ownFolder,
): ReadonlySet<string> => {
  const pattern = new RegExp(
    `^(?:(create) (?:or replace )?|drop )${kind} (?:if (?:not )?exists )?public\\.(\\w+)`,
    'gm',
  );
  const sql = listNames(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const names = new Set<string>();
  for (const [, create, name = ''] of sql.join('\n').matchAll(pattern)) {
    if (create === undefined) names.delete(name);
    else names.add(name);
  }
  return names;
};
