import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../supabase/', import.meta.url);

/**
 * The parts of a new Supabase project that the migrations need. Its default privileges give new tables and functions to
 * everyone, so a migration that forgets to revoke them is noticed here too.
 */
export const platform = `
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  grant usage on schema public to anon, authenticated, service_role;
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
`;

/** The CLI's list of applied migrations, as `supabase db push` makes it. */
const migrationList = `
  create schema supabase_migrations;
  create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
`;

/** The entry that `supabase db push` writes for a migration, without its text. */
const noteMigration = ({ name }: SqlFile): string => {
  const [, version, title] = /(\d+)_(\w+)\.sql$/.exec(name) ?? [];
  return `insert into supabase_migrations.schema_migrations (version, name) values ('${version}', '${title}');`;
};

export type SqlFile = { readonly name: string; readonly sql: string };

const readSql = (name: string): SqlFile => ({
  name,
  sql: readFileSync(new URL(name, folder), 'utf8'),
});

/** Everything that turns an empty Postgres into the demo database, in order. */
export const readSchema = (): readonly SqlFile[] => {
  const migrations = readdirSync(new URL('migrations/', folder))
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readSql(`migrations/${name}`));
  const seed = readdirSync(folder).includes('seed.sql') ? [readSql('seed.sql')] : [];
  return [
    { name: 'platform', sql: `${platform}${migrationList}` },
    ...migrations.map((file) => ({ ...file, sql: `${file.sql}\n${noteMigration(file)}` })),
    ...seed,
  ];
};
