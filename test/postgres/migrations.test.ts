import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../dev/machine/postgres.ts';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { pushMigrations, runAdvisors, runSupabase } from '../../dev/machine/supabase-cli.ts';
import { describeState, listFunctions, listTables } from './catalog.ts';

describe('the migrations, pushed to real Postgres by the Supabase CLI', () => {
  let postgres: Postgres;
  let firstPush: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    firstPush = await pushMigrations(postgres.url);
  });
  afterAll(() => postgres?.stop());

  it('apply to an empty database that has Supabase’s roles', async () => {
    expect(firstPush).toContain('Finished supabase db push.');
    const names = (await listTables(postgres)).map(({ name }) => name);
    expect(names).toContain('messages');
  });

  it('change nothing when they are pushed again', async () => {
    const before = await describeState(postgres);
    expect(await pushMigrations(postgres.url)).toContain('Remote database is up to date.');
    expect(await describeState(postgres)).toEqual(before);
  });

  it('leave nothing for the advisors to warn of', async () => {
    const { exitCode, stderr } = await runAdvisors(postgres.url);
    expect(stderr).toContain('No issues found');
    expect(exitCode).toBe(0);
  });

  it('are checked by advisors that do find a function without a search path', async () => {
    await postgres.query(`create schema scratch;
      create function scratch.unsafe() returns integer language sql as 'select 1'`);
    try {
      const { exitCode, stdout } = await runAdvisors(postgres.url);
      expect(stdout).toContain('function_search_path_mutable');
      expect(exitCode).toBe(1);
    } finally {
      await postgres.query('drop schema scratch cascade');
    }
  });

  it('put every table in public behind row level security, without a policy', async () => {
    const open = await postgres.query(`
      select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity`);
    expect(open).toEqual([]);
    expect(await postgres.query('select * from pg_policies')).toEqual([]);
  });

  it('give every table in public but the sub-accounts themselves a sub-account', async () => {
    const without = await postgres.query(`
      select relname from pg_class c
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not exists (
        select from pg_attribute where attrelid = c.oid and attname = 'sub_account_id' and attnotnull
      )`);
    expect(without).toEqual([{ relname: 'sub_accounts' }]);
  });

  it('pin the search path of every function', async () => {
    const unpinned = (await listFunctions(postgres)).filter(
      ({ settings }) => !settings?.includes('search_path=""'),
    );
    expect(unpinned).toEqual([]);
  });
});

describe('a project that is in use, to which the Supabase CLI pushes the migrations', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.query('set role postgres');
  });
  afterAll(() => postgres?.stop());

  const push = () => runSupabase(['db', 'push', `--remote=${postgres.url}`]);
  /** Without the CLI's own list, which it makes before it applies anything. */
  const readState = async () =>
    (await describeState(postgres)).filter(
      ({ name }) => !String(name).startsWith('supabase_migrations.'),
    );

  it.each([
    [
      'create table public.contacts (id bigint primary key)',
      'public.contacts',
      'drop table public.contacts',
    ],
    ['create schema crm_api', 'schema crm_api', 'drop schema crm_api'],
  ])('is left as it is where it has a name that is needed: %s', async (make, name, drop) => {
    await postgres.query(make);
    const before = await readState();
    const { exitCode, stdout, stderr } = await push();
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain(`nothing is changed: this database has ${name} already`);
    expect(stdout + stderr).toContain('docs/deploy.md, step 1');
    expect(await readState()).toEqual(before);
    await postgres.query(drop);
  });

  it('takes them beside its own, from its own folder, and keeps its schema private and the grants in it', async () => {
    const own = `create schema private;
      grant usage on schema private to authenticated;
      create function private.is_admin() returns boolean language sql set search_path = '' as 'select true';
      create table public.invoices (id bigint primary key);
      alter table public.invoices enable row level security;
      create policy admins on public.invoices using (private.is_admin());`;
    const folder = await mkdtemp(join(tmpdir(), 'crm-api-in-use-'));
    const migrations = join(folder, 'supabase/migrations');
    for (const part of ['supabase/config.toml', 'functions', 'src']) {
      await cp(join(projectFolder, part), join(folder, part), { recursive: true });
    }
    await cp(join(projectFolder, 'supabase/migrations'), migrations, {
      recursive: true,
      filter: (source) => !source.endsWith('.sql'),
    });
    await writeFile(join(migrations, '20270101000000_own.sql'), own);
    expect(await pushMigrations(postgres.url, { from: folder })).toContain('Finished');
    const before = await readState();

    const fromHere = await push();
    expect(fromHere.stderr).toContain('Remote migration versions not found in local');
    expect(await readState()).toEqual(before);

    await cp(join(projectFolder, 'supabase/migrations'), migrations, { recursive: true });
    const args = ['db', 'push', '--include-all', `--remote=${postgres.url}`];
    expect(await runSupabase(args, { from: folder })).toMatchObject({ exitCode: 0 });
    await rm(folder, { recursive: true, force: true });
    const after = await readState();
    expect(after).toEqual(expect.arrayContaining(before));
    const [{ may } = {}] = await postgres.query(
      `select has_function_privilege('authenticated', 'private.is_admin()', 'execute') as may`,
    );
    expect(may).toBe(true);
  });
});
