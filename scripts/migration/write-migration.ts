import { writeFileSync } from 'node:fs';
import type { PGlite } from '@supabase/lite/pglite';
import { renewNames } from './baseline.ts';
import { compareCatalogs } from './compare-catalogs.ts';
import { type FunctionChange, planFunctions } from './plan-functions.ts';
import { baselineName, readSqlFiles, type SqlFile } from './project.ts';
import { readFunctionTexts } from './read-functions.ts';
import { applyFiles, describeSchemas, describeScratch, openScratch } from './scratch.ts';

export type WrittenMigration = {
  /** Such as `20270101120000_add_templates.sql`. */
  readonly file: string;
  readonly functions: readonly Pick<FunctionChange, 'name' | 'words'>[];
  /** The changes that somebody must still write into it, one sentence each. */
  readonly byHand: readonly string[];
  /** Why the written migration does not apply; null: it does. */
  readonly refused: string | null;
};

type Described = Awaited<ReturnType<typeof describeScratch>>;
type Plan = Omit<WrittenMigration, 'file'> & { readonly statements: readonly string[] };

/** Later than all others, whatever the clock says, because the Supabase CLI refuses an earlier one. */
const nextVersion = (migrations: readonly SqlFile[], now: Date): string => {
  const last = Math.max(...migrations.map(({ name }) => Number(name.split('_')[0])));
  const stamp = Number(now.toISOString().replace(/\D/g, '').slice(0, 14));
  return String(Math.max(stamp, last + 1));
};

const tryToApply = async (postgres: PGlite, sql: string): Promise<string | null> => {
  try {
    await postgres.exec(`begin; ${sql}\ncommit;`);
    return null;
  } catch (error) {
    await postgres.exec('rollback');
    return error instanceof Error ? error.message : String(error);
  }
};

const plan = async (
  postgres: PGlite,
  wanted: Described,
  texts: ReadonlyMap<string, string>,
): Promise<Plan> => {
  const made = await describeScratch(postgres);
  const functions = planFunctions(made.functions, wanted.functions, texts);
  const statements = functions.map(({ sql }) => sql);
  const refused = await tryToApply(postgres, statements.join('\n'));
  const { catalog } = refused === null ? await describeScratch(postgres) : made;
  // If the statements did not apply, the differences that they would have removed are still there.
  const settled = functions.flatMap(({ name }) => [`function ${name}(`, `callers of ${name}(`]);
  const differences = compareCatalogs(catalog, wanted.catalog)
    .filter(({ name }) => refused === null || !settled.some((start) => name.startsWith(start)))
    .map(({ words }) => words);
  const byHand = [...differences, ...functions.flatMap((change) => change.byHand)];
  return { functions, statements, byHand, refused };
};

const compareProject = async (folder: URL, open: () => Promise<PGlite>): Promise<Plan> => {
  const postgres = await open();
  try {
    const wanted = await describeSchemas(postgres, folder);
    await applyFiles(postgres, folder, 'migrations');
    return await plan(postgres, wanted, readFunctionTexts(readSqlFiles(folder, 'schemas')));
  } finally {
    await postgres.close();
  }
};

const compose = (title: string, { byHand, statements }: Plan): string => {
  const head = `-- Made by \`npm run migration -- ${title}\` from supabase/schemas.\n`;
  const open = byHand.map((words) => `-- By hand: ${words}\n`).join('');
  return [head, ...(open === '' ? [] : [open]), ...statements.map((sql) => `${sql}\n`)].join('\n');
};

const expectName = (title: string): void => {
  if (/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(title)) return;
  throw new Error(
    `"${title}" cannot be a migration's name: take lower-case words with _ between them, such as add_templates.`,
  );
};

/**
 * Writes the migration that leads from the present migrations to `supabase/schemas`. Null: they give the same already,
 * and nothing is written.
 */
export const writeMigration = async (
  folder: URL,
  title: string,
  now: Date,
  open = () => openScratch(),
): Promise<WrittenMigration | null> => {
  expectName(title);
  const { statements, ...rest } = await compareProject(folder, open);
  if (statements.length === 0 && rest.byHand.length === 0) return null;
  const file = `${nextVersion(readSqlFiles(folder, 'migrations'), now)}_${title}.sql`;
  const sql = compose(title, { statements, ...rest });
  writeFileSync(new URL(`migrations/${file}`, folder), sql);
  const baseline = renewNames(folder);
  if (baseline !== null) writeFileSync(new URL(`migrations/${baselineName}`, folder), baseline);
  return { file, ...rest };
};
