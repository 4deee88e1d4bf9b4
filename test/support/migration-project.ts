import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandPath, projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { baselineName } from '../../scripts/migration/project.ts';

/** A copy of the project whose SQL a test can change. Its only migration is the baseline, as before the first release. */
export type MigrationProject = {
  readonly path: string;
  /** Its folder `supabase/`. */
  readonly folder: URL;
  readonly read: (file: string) => Promise<string>;
  readonly write: (file: string, text: string) => Promise<void>;
  /** Fails where the text to be replaced is not there, so that no test passes because it changed nothing. */
  readonly replace: (file: string, before: string | RegExp, after: string) => Promise<void>;
  readonly runMigration: (...args: readonly string[]) => ReturnType<typeof runCommand>;
  readonly remove: () => Promise<void>;
};

const parts = ['supabase', 'scripts', 'dev', 'functions', 'src', 'package.json'];

/** Functions of a file of its own, so that the tests hold whatever becomes of the real ones. */
const scratchFunctions = {
  edited: `-- Says which it is.
create function crm_api.scratch_edited()
returns text
language plpgsql
set search_path = ''
as $$
begin
  return 'first';
end;
$$;
`,
  remade: `create function public.scratch_remade(p_name text)
returns text
language plpgsql
set search_path = ''
as $$
begin
  return p_name;
end;
$$;
`,
  removed: `create function crm_api.scratch_removed(p_at timestamptz, p_list text[])
returns text
language plpgsql
set search_path = ''
as $$
begin
  return 'gone';
end;
$$;
`,
};
export const scratchFile = 'supabase/schemas/80_scratch.sql';

export const copyProject = async (): Promise<MigrationProject> => {
  const path = await mkdtemp(join(tmpdir(), 'crm-api-migration-'));
  for (const part of parts) {
    await cp(join(projectFolder, part), join(path, part), { recursive: true });
  }
  for (const name of await readdir(join(path, 'supabase/migrations'))) {
    if (name !== baselineName) await rm(join(path, 'supabase/migrations', name));
  }
  await symlink(join(projectFolder, 'node_modules'), join(path, 'node_modules'));
  const read = (file: string) => readFile(join(path, file), 'utf8');
  const write = (file: string, text: string) => writeFile(join(path, file), text);
  const project: MigrationProject = {
    path,
    folder: pathToFileURL(`${path}/supabase/`),
    read,
    write,
    replace: async (file, before, after) => {
      const text = await read(file);
      const changed = text.replace(before, after);
      if (changed === text) throw new Error(`${file} does not hold ${before}.`);
      await write(file, changed);
    },
    runMigration: (...args) =>
      runCommand(commandPath('node'), ['scripts/migration.ts', ...args], { cwd: path }),
    remove: () => rm(path, { recursive: true, force: true }),
  };
  const { edited, remade, removed } = scratchFunctions;
  await write(scratchFile, [edited, remade, removed].join('\n'));
  await project.replace(
    'supabase/schemas/90_grants.sql',
    "'get_message',",
    "'get_message', 'scratch_remade',",
  );
  return project;
};
