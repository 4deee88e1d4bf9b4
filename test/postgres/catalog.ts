import { z } from 'zod';
import type { Postgres } from '../../dev/machine/postgres.ts';

const tableSchema = z.object({ schema: z.string(), name: z.string(), column: z.string() });
const functionSchema = z.object({
  schema: z.string(),
  signature: z.string(),
  /** A call with nulls, to see whether it is allowed. */
  call: z.string(),
  settings: z.array(z.string()).nullable(),
});

// The migrations' objects belong to `postgres`, except the CLI's own bookkeeping.
const tables = `
  select n.nspname as schema, c.relname as name, a.attname as column
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum = 1
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relowner = 'postgres'::regrole
    and n.nspname <> 'supabase_migrations'
  order by 1, 2`;

const functions = `
  select n.nspname as schema, p.oid::regprocedure::text as signature, p.proconfig as settings,
    format('%I.%I(%s)', n.nspname, p.proname, (
      select string_agg('null::' || format_type(type, null), ', ' order by position)
      from unnest(p.proargtypes) with ordinality as argument (type, position)
    )) as call
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where p.proowner = 'postgres'::regrole
  order by 1, 2`;

/** Everything that a migration can change: objects, privileges, bodies. */
const state = `
  select c.oid::regclass::text as name, c.relacl::text as privileges
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union all
  select p.oid::regprocedure::text || md5(p.prosrc), p.proacl::text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by 1`;

export const listTables = async (postgres: Postgres) =>
  z
    .array(tableSchema)
    .nonempty()
    .parse(await postgres.query(tables));

export const listFunctions = async (postgres: Postgres) =>
  z
    .array(functionSchema)
    .nonempty()
    .parse(await postgres.query(functions));

export const describeState = (postgres: Postgres) => postgres.query(state);
