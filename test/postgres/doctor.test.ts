import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { checks } from '../../scripts/crm/doctor/checks.ts';
import { type DoctorWorld, startDoctorWorld, statesOf } from '../crm/doctor-world.ts';

const seedFile = new URL('../../supabase/seed.sql', import.meta.url);

describe('npm run crm -- doctor, on Postgres that the Supabase CLI has migrated', () => {
  let postgres: Postgres;
  let world: DoctorWorld;

  beforeAll(async () => {
    postgres = await startMigratedPostgres();
    await postgres.query(await readFile(seedFile, 'utf8'));
    world = await startDoctorWorld({ postgresUrl: postgres.adminUrl });
  });
  afterAll(async () => {
    await world?.stop();
    await postgres?.stop();
  });

  it('finds all well', async () => {
    const { exitCode, checks: found } = await world.examine();
    expect(statesOf(found)).toEqual(Object.fromEntries(checks.map(({ name }) => [name, ['ok']])));
    expect(exitCode).toBe(0);
  });

  it('finds what somebody undid by hand: a version, a grant, a table’s lock, the sweeps', async () => {
    await postgres.query(`
      delete from supabase_migrations.schema_migrations where version = '20261127000001';
      grant execute on function public.begin_send to public;
      alter table public.contacts disable row level security;
      delete from crm_api.job_runs`);
    const { exitCode, checks: found } = await world.examine();
    const broken = found.filter(({ state }) => state === 'problem');
    expect(broken.map(({ check, subject }) => [check, subject])).toEqual([
      ['migrations', null],
      ['functions', 'begin_send'],
      ['tables', 'contacts'],
      ['sweeper', null],
    ]);
    expect(exitCode).toBe(1);
  });
});
