import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../supabase/', import.meta.url);

/**
 * What a Supabase project has before its first migration, as far as the migrations rely on it. Its default privileges
 * give new tables and functions to everyone, so a migration that forgets to revoke them shows here too.
 */
const platform = `
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  grant usage on schema public to anon, authenticated, service_role;
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
`;

export type SqlFile = { readonly name: string; readonly sql: string };

const readSql = (name: string): SqlFile => ({
  name,
  sql: readFileSync(new URL(name, folder), 'utf8'),
});

/** Everything an empty Postgres needs to become the demo database, in order. */
export const readSchema = (): readonly SqlFile[] => {
  const migrations = readdirSync(new URL('migrations/', folder))
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readSql(`migrations/${name}`));
  const seed = readdirSync(folder).includes('seed.sql') ? [readSql('seed.sql')] : [];
  return [{ name: 'platform', sql: platform }, ...migrations, ...seed];
};
