import { readFileSync } from 'node:fs';
import { createPgliteConnection, type PGlite } from '@supabase/lite/pglite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSchema } from '../../dev/database/schema.ts';
import { startDatabase } from '../../dev/database.ts';
import { listCreated } from '../../scripts/crm/doctor/migration-files.ts';

const [platform, ...rest] = readSchema();
const migrations = rest.filter(({ name }) => name.startsWith('migrations/'));

/** The schema, and the relations, types and functions in public, in the refusal's words. */
const made = `
  select 'schema crm_api' as name from pg_namespace where nspname = 'crm_api'
  union
  select 'public.' || relname from pg_class where relnamespace = 'public'::regnamespace
    and oid not in (select conindid from pg_constraint)
  union
  select 'public.' || typname from pg_type where typnamespace = 'public'::regnamespace and typrelid = 0 and typelem = 0
  union
  select 'public.' || proname || '()' from pg_proc where pronamespace = 'public'::regnamespace
  order by 1`;

const namesSchema = z.array(z.object({ name: z.string() }));
const readNames = (rows: unknown): readonly string[] =>
  namesSchema.parse(rows).map(({ name }) => name);

const refusal = z.object({ message: z.string(), hint: z.string(), code: z.string() });

describe('a project that is in use', () => {
  let postgres: PGlite;
  beforeAll(async () => {
    postgres = (await createPgliteConnection({ pgliteOptions: {} })).driver;
    await postgres.waitReady;
    await postgres.exec(platform?.sql ?? '');
  });
  afterAll(() => postgres?.close());
  // One project for all of them; each uses it inside a transaction.
  beforeEach(() => postgres.exec('begin'));
  afterEach(() => postgres.exec('rollback'));

  const query = async (sql: string) => (await postgres.exec(sql)).at(-1)?.rows;
  const pushRefused = async () => {
    await query('savepoint pushed');
    const outcome: unknown = await query(migrations[0]?.sql ?? '').catch((error) => error);
    await query('rollback to pushed');
    return refusal.parse(outcome);
  };

  it.each([
    ['create table public.contacts (id bigint primary key)', 'public.contacts'],
    ['create view public.messages as select 1 as id', 'public.messages'],
    ["create type public.agents as enum ('human')", 'public.agents'],
    ['create schema crm_api', 'schema crm_api'],
    [
      "create function public.get_message(id bigint) returns text language sql as 'select null::text'",
      'public.get_message()',
    ],
  ])('is left as it is where it has a name that is needed: %s', async (sql, name) => {
    await query(sql);
    const before = readNames(await query(made));
    const { message, hint } = await pushRefused();
    expect(message).toContain(`nothing is changed: this database has ${name} already`);
    expect(hint).toContain('docs/deploy.md, step 1');
    expect(readNames(await query(made))).toEqual(before);
  });

  it('is told all of the names that it has, and they are all that the migrations make', async () => {
    const database = await startDatabase();
    const names = readNames(await database.query(made));
    await database.stop();
    const guide = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
    for (const table of listCreated('table')) expect(guide).toContain(`\`${table}\``);
    for (const name of names) {
      if (name === 'schema crm_api') await query('create schema crm_api');
      else if (name.endsWith('()'))
        await query(`create function ${name} returns void language sql as 'select'`);
      else await query(`create table ${name} ()`);
    }
    const { message } = await pushRefused();
    const [, list = ''] = /this database has (.*) already/.exec(message) ?? [];
    const advice = 'the names in the first migration are those of all migrations';
    expect(list.split(', ').sort(), advice).toEqual([...names].sort());
  });

  it('keeps its schema private, with its functions and who may call them', async () => {
    await query(`create schema private;
      grant usage on schema private to authenticated;
      create function private.is_admin() returns boolean language sql as 'select true';
      create table public.invoices (id bigint primary key);
      alter table public.invoices enable row level security;
      create policy admins on public.invoices using (private.is_admin());`);
    const described = `select n.nspacl::text as schema, p.proacl::text as function, c.relacl::text as table
      from pg_namespace n join pg_proc p on p.pronamespace = n.oid, pg_class c
      where n.nspname = 'private' and c.relname = 'invoices'`;
    const before = await query(described);
    for (const { sql } of migrations) await query(sql);
    expect(await query(described)).toEqual(before);
    expect(await query('select pg_get_expr(polqual, polrelid) as using from pg_policy')).toEqual([
      { using: 'private.is_admin()' },
    ]);
  });
});
