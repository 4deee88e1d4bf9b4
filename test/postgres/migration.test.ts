import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../dev/machine/postgres.ts';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { pushMigrations } from '../../dev/machine/supabase-cli.ts';
import { compareCatalogs } from '../../scripts/migration/compare-catalogs.ts';
import { describeCatalog } from '../../scripts/migration/describe-catalog.ts';
import { ownFolder, readSqlFiles } from '../../scripts/migration/project.ts';
import { copyProject, type MigrationProject, scratchFile } from '../support/migration-project.ts';

const applySchemas = async (postgres: Postgres, folder: URL): Promise<void> => {
  await postgres.query('set role postgres');
  for (const { sql } of readSqlFiles(folder, 'schemas')) await postgres.query(sql);
};

/** An empty database made by `supabase/schemas` of this folder; whoever takes it stops it. */
const startFromSchemas = async (folder: URL): Promise<Postgres> => {
  const postgres = await startPostgres();
  try {
    await applySchemas(postgres, folder);
    return postgres;
  } catch (error) {
    await postgres.stop();
    throw error;
  }
};

const tellApart = async (migrated: Postgres, made: Postgres): Promise<readonly string[]> =>
  compareCatalogs(await describeCatalog(migrated.query), await describeCatalog(made.query)).map(
    ({ words }) => words,
  );

describe('the migrations of this checkout', () => {
  let migrated: Postgres;
  let made: Postgres;
  beforeAll(async () => {
    migrated = await startPostgres();
    await pushMigrations(migrated.url);
    made = await startFromSchemas(ownFolder);
  });
  afterAll(async () => {
    await migrated?.stop();
    await made?.stop();
  });

  it('make the same database as supabase/schemas, when the Supabase CLI pushes them', async () => {
    expect(await tellApart(migrated, made)).toEqual([]);
  });

  it('are told from supabase/schemas in words, whatever differs', async () => {
    await made.query(`begin;
      create table public.scratch (id bigint primary key);
      alter table public.contacts alter column name set default 'nobody', drop column created_at cascade;
      comment on table public.contacts is 'Somebody.';
      revoke select on public.contacts from service_role;
      create or replace function crm_api.keep_id(p_id text) returns text language plpgsql immutable strict
        set search_path = '' as $$begin return p_id; end;$$;
      grant execute on function public.get_message to anon;
      create index scratch_idx on public.contacts (name)`);
    try {
      expect(await tellApart(migrated, made)).toEqual([
        expect.stringMatching(
          /^callers of public.get_message\(.*\) differs: .* in supabase\/migrations, .*anon=X.* in supabase\/schemas$/,
        ),
        expect.stringMatching(
          /^column public.contacts.created_at is in supabase\/migrations alone: timestamp with time zone/,
        ),
        expect.stringMatching(
          /^column public.contacts.name differs: .* in supabase\/migrations, .*'nobody'.* in supabase\/schemas$/,
        ),
        expect.stringMatching(/^comment on public.contacts .*Somebody\./),
        expect.stringMatching(/^function crm_api.keep_id\(p_id text\) differs: /),
        expect.stringMatching(
          /^index public.scratch_idx is in supabase\/schemas alone: CREATE INDEX/,
        ),
        expect.stringMatching(/^index public.scratch_pkey is in supabase\/schemas alone: /),
        expect.stringMatching(/^table public.contacts differs: /),
        expect.stringMatching(/^table public.scratch is in supabase\/schemas alone: plain/),
      ]);
    } finally {
      await made.query('rollback');
    }
  });
});

// Each of them starts servers and the Supabase CLI several times.
describe('npm run migration -- NAME, for a database in use that has the baseline', {
  timeout: 240_000,
}, () => {
  let project: MigrationProject;
  let used: Postgres;
  beforeAll(async () => {
    project = await copyProject();
    expect(await project.runMigration('--baseline')).toMatchObject({ exitCode: 0, stderr: '' });
    used = await startPostgres();
    await pushMigrations(used.url, { from: project.path });
    await used.query(await readFile(`${projectFolder}/supabase/seed.sql`, 'utf8'));
  });
  afterAll(async () => {
    await used?.stop();
    await project?.remove();
  });

  /** The rows of each table, whatever is in them. */
  const readRows = async () => {
    const tables = await used.query(
      `select tablename from pg_tables where schemaname = 'public' order by tablename`,
    );
    const counted = tables.map(
      ({ tablename }) =>
        `select '${tablename}' as name, jsonb_agg(to_jsonb(t) order by t::text) as rows from public.${tablename} t`,
    );
    return used.query(counted.join(' union all '));
  };

  it('writes what the Supabase CLI can push: the functions become those of the schemas, and the rows stay', async () => {
    const before = await readRows();
    await project.replace(scratchFile, "return 'first'", "return 'second'");
    await project.replace(scratchFile, '(p_name text)', "(p_name text, p_end text default '!')");
    await project.replace(scratchFile, /create function crm_api.scratch_removed[\s\S]*\$\$;/, '');
    await project.write(
      'supabase/schemas/81_more.sql',
      `create function crm_api.scratch_new(p_contact public.contacts)
returns text
language sql
set search_path = ''
return p_contact.name;
`,
    );
    // Real ones too, and one that is called over HTTP: its text and nothing else.
    await project.replace(
      'supabase/schemas/70_installation.sql',
      /(function public.describe_installation[\s\S]*?\nbegin\n)/,
      '$1  -- Another text.\n',
    );
    const written = await project.runMigration('change_functions');
    expect(written).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('by hand') });
    expect(written.stdout.split('\n').slice(1)).toEqual([
      '  public.describe_installation has another text',
      '  crm_api.scratch_edited has another text',
      '  public.scratch_remade has another signature',
      '  crm_api.scratch_new is new',
      '  crm_api.scratch_removed is gone',
      '',
    ]);
    await pushMigrations(used.url, { from: project.path });

    const made = await startFromSchemas(project.folder);
    try {
      expect(await tellApart(used, made)).toEqual([]);
    } finally {
      await made.stop();
    }
    expect(await readRows()).toEqual(before);
    expect(await used.query('select crm_api.scratch_edited() as which')).toEqual([
      { which: 'second' },
    ]);
    const { stdout } = await project.runMigration('nothing_more');
    expect(stdout).toContain('Nothing to do');
  });

  it('writes what is to be done by hand, and knows when it is done', async () => {
    await project.write(
      'supabase/schemas/82_column.sql',
      'alter table public.contacts add column scratch_age integer;\n',
    );
    const { stdout, stderr } = await project.runMigration('add_age');
    const [file = ''] = stdout.split('\n');
    const words = 'column public.contacts.scratch_age is in supabase/schemas alone: integer';
    expect(stderr).toBe(
      `One change is yours to write into it, in place of its comments:\n  ${words}\n`,
    );
    await project.replace(
      file,
      `-- By hand: ${words}`,
      'alter table public.contacts add column scratch_age integer;',
    );
    expect((await project.runMigration('add_age_again')).stdout).toContain('Nothing to do');
    await pushMigrations(used.url, { from: project.path });
    const made = await startFromSchemas(project.folder);
    try {
      expect(await tellApart(used, made)).toEqual([]);
    } finally {
      await made.stop();
    }
  });
});
