import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { pushMigrations, runAdvisors } from '../support/supabase-cli.ts';
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
