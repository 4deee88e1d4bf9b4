import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listCreated } from '../scripts/crm/doctor/migration-files.ts';
import { buildBaseline, renewNames } from '../scripts/migration/baseline.ts';
import { baselineName, ownFolder, readSqlFiles } from '../scripts/migration/project.ts';
import { readFunctionTexts } from '../scripts/migration/read-functions.ts';
import { openScratch } from '../scripts/migration/scratch.ts';
import { writeMigration } from '../scripts/migration/write-migration.ts';
import { copyProject, type MigrationProject, scratchFile } from './support/migration-project.ts';

const now = new Date('2027-01-02T03:04:05Z');

describe('supabase/migrations', () => {
  const baseline = readFileSync(new URL(`migrations/${baselineName}`, ownFolder), 'utf8');

  it('begin with what `npm run migration -- --baseline` makes of the schemas, until there are later ones', () => {
    const alone = readSqlFiles(ownFolder, 'migrations').length === 1;
    expect(baseline).toBe(alone ? buildBaseline(ownFolder) : renewNames(ownFolder));
  });

  it('give every function in public to the service role alone: 90_grants.sql names them all', () => {
    const files = readSqlFiles(ownFolder, 'schemas');
    const made = [...readFunctionTexts(files).keys()].filter((name) => name.startsWith('public.'));
    const grants = files.find(({ name }) => name === '90_grants.sql')?.sql ?? '';
    const [, list = ''] = /array\[([^\]]*)\]/.exec(grants) ?? [];
    const named = [...list.matchAll(/'(\w+)'/g)].map(([, name]) => `public.${name}`);
    expect(named).toEqual(made.sort());
  });
});

describe('a name for a migration', () => {
  it.each(['Add templates', 'add-templates', '../add', '1st', 'add__twice', ''])(
    'is not "%s": the refusal says how one looks',
    async (title) => {
      await expect(writeMigration(ownFolder, title, now)).rejects.toThrow(
        /cannot be a migration's name.*add_templates/,
      );
    },
  );
});

describe('npm run migration -- NAME', () => {
  let project: MigrationProject;
  let dataFolder: Blob;
  beforeAll(async () => {
    const postgres = await openScratch();
    dataFolder = await postgres.dumpDataDir('none');
    await postgres.close();
  });
  beforeEach(async () => {
    project = await copyProject();
    await project.write(`supabase/migrations/${baselineName}`, buildBaseline(project.folder));
  });
  afterEach(() => project.remove());

  const list = () => readdirSync(new URL('migrations/', project.folder));
  const write = (title: string) =>
    writeMigration(project.folder, title, now, () => openScratch(dataFolder));

  it('writes nothing where the migrations make what the schemas say', async () => {
    expect(await write('nothing')).toBe(null);
    expect(list()).toEqual([baselineName]);
  });

  it('replaces a function whose text changed, remakes one with another signature, makes a new one, drops one that is gone', async () => {
    await project.replace(scratchFile, "return 'first'", "return 'second'");
    await project.replace(scratchFile, '(p_name text)', "(p_name text, p_end text default '!')");
    await project.replace(scratchFile, /create function crm_api.scratch_removed[\s\S]*\$\$;/, '');
    await project.write(
      'supabase/schemas/81_more.sql',
      `-- Takes one.\ncreate function crm_api.scratch_new(p_one public.messages)\nreturns text\nset search_path = ''\nlanguage sql\nreturn p_one.content;\n`,
    );
    const written = await write('four_functions');
    expect(written).toEqual({
      file: '20270102030405_four_functions.sql',
      functions: expect.any(Array),
      byHand: [],
      refused: null,
    });
    const sql = await project.read(`supabase/migrations/${written?.file}`);
    expect(sql).toBe(`-- Made by \`npm run migration -- four_functions\` from supabase/schemas.

-- Says which it is.
create or replace function crm_api.scratch_edited()
returns text
language plpgsql
set search_path = ''
as $$
begin
  return 'second';
end;
$$;

drop function public.scratch_remade(text);

create function public.scratch_remade(p_name text, p_end text default '!')
returns text
language plpgsql
set search_path = ''
as $$
begin
  return p_name;
end;
$$;
revoke execute on function public.scratch_remade(text, text) from public, anon, authenticated;
grant execute on function public.scratch_remade(text, text) to service_role;

-- Takes one.
create function crm_api.scratch_new(p_one public.messages)
returns text
set search_path = ''
language sql
return p_one.content;
revoke execute on function crm_api.scratch_new(public.messages) from public, anon, authenticated;
grant execute on function crm_api.scratch_new(public.messages) to service_role;

drop function crm_api.scratch_removed(timestamp with time zone, text[]);
`);
    expect(await write('again'), 'the migration does what the schemas say').toBe(null);
  });

  it('leaves tables, columns, types, indexes and comments to a person, and says what differs', async () => {
    await project.write(
      'supabase/schemas/81_more.sql',
      `create table crm_api.scratch_notes (id bigint primary key, note text not null);
create type crm_api.scratch_kind as enum ('one', 'two');
create domain crm_api.scratch_word as text check (value <> '');
alter table public.contacts add column scratch_age integer default 7;
comment on column public.contacts.scratch_age is 'In years.';
create index scratch_idx on public.contacts (scratch_age);
create function crm_api.scratch_age(p_contact public.contacts)
returns integer
language sql
set search_path = ''
return p_contact.scratch_age;
`,
    );
    const written = await write('by_hand');
    const sql = await project.read(`supabase/migrations/${written?.file}`);
    expect(written?.refused).toContain('p_contact');
    expect(written?.byHand).toEqual([
      'column public.contacts.scratch_age is in supabase/schemas alone: integer default 7',
      'comment on column public.contacts.scratch_age is in supabase/schemas alone: In years.',
      'index crm_api.scratch_notes_pkey is in supabase/schemas alone: CREATE UNIQUE INDEX scratch_notes_pkey ON crm_api.scratch_notes USING btree (id)',
      'index public.scratch_idx is in supabase/schemas alone: CREATE INDEX scratch_idx ON public.contacts USING btree (scratch_age)',
      'table crm_api.scratch_notes is in supabase/schemas alone: plain',
      'type crm_api.scratch_kind is in supabase/schemas alone: enum of one, two',
      'type crm_api.scratch_word is in supabase/schemas alone: domain over text',
    ]);
    for (const words of written?.byHand ?? []) expect(sql).toContain(`-- By hand: ${words}\n`);
    expect(sql).toContain('create function crm_api.scratch_age');
  });

  it('says what a function has computed that an index keeps', async () => {
    await project.write(
      'supabase/schemas/81_more.sql',
      `create function crm_api.scratch_key(p_name text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return lower(p_name);
end;
$$;
create index scratch_idx on public.contacts (crm_api.scratch_key(name));
`,
    );
    await project.write(`supabase/migrations/${baselineName}`, buildBaseline(project.folder));
    await project.replace('supabase/schemas/81_more.sql', 'lower', 'upper');
    expect((await write('other_key'))?.byHand).toEqual([
      'index public.scratch_idx keeps what crm_api.scratch_key answered before: have it computed again',
    ]);
  });

  it('says what somebody wrote into a migration that the schemas lack, and names the migration that does not apply', async () => {
    const later = 'supabase/migrations/20991231235959_later.sql';
    await project.write(later, 'alter table public.contacts add column scratch_age integer;');
    const written = await write('after_it');
    expect(written?.file, 'later than all others').toBe('20991231235960_after_it.sql');
    expect(written?.byHand).toEqual([
      'column public.contacts.scratch_age is in supabase/migrations alone: integer',
    ]);
    await project.write(later, 'alter table public.nowhere add column scratch_age integer;');
    await expect(write('more')).rejects.toThrow(
      'supabase/migrations/20991231235959_later.sql does not apply: relation "public.nowhere" does not exist',
    );
  });

  it('makes the baseline no more once there are later migrations, but for the names that are looked for before anything is made', async () => {
    await project.replace(scratchFile, "return 'first'", "return 'second'");
    await project.replace(
      'supabase/schemas/00_names.sql',
      "'agents',",
      "'agents', 'scratch_new_table',",
    );
    await write('later');
    const baseline = await project.read(`supabase/migrations/${baselineName}`);
    expect(baseline).toContain("'scratch_new_table'");
    expect(baseline).toContain("return 'first'");
    expect(() => buildBaseline(project.folder)).toThrow(/stays as it is.*20270102030405_later.sql/);
  });

  it('leaves the doctor with what the migrations make in the end', async () => {
    await project.write(
      'supabase/migrations/20991231235959_later.sql',
      `drop function public.scratch_remade(text);
create table public.scratch_table (id bigint);
drop table public.senders;
create or replace function public.scratch_other() returns text language sql return 'x';
`,
    );
    const migrations = new URL('migrations/', project.folder);
    const functions = listCreated('function', migrations);
    const tables = listCreated('table', migrations);
    expect(functions).toContain('scratch_other');
    expect(functions).not.toContain('scratch_remade');
    expect(tables).toContain('scratch_table');
    expect(tables).toContain('contacts');
    expect(tables).not.toContain('senders');
  });

  it('fails on the command line in one sentence, with exit code 1', async () => {
    await project.write('supabase/migrations/20991231235959_later.sql', '');
    expect(await project.runMigration('--baseline')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^The baseline stays as it is.*\n$/),
    });
    expect(await project.runMigration()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^Usage: /),
    });
  });
});
