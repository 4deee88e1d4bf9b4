import { baselineName, readSqlFiles, type SqlFile } from './project.ts';

const head =
  '-- Made from supabase/schemas by `npm run migration -- --baseline`: change it there.\n\n';

const headOf = (name: string): string => `-- supabase/schemas/${name}\n\n`;
const toPart = ({ name, sql }: SqlFile): string => headOf(name) + sql;

/**
 * All of `supabase/schemas` as one migration. Throws if there are later migrations, because databases were then made
 * with it.
 */
export const buildBaseline = (folder: URL): string => {
  const later = readSqlFiles(folder, 'migrations').filter(({ name }) => name !== baselineName);
  if (later.length > 0) {
    const names = later.map(({ name }) => name).join(', ');
    throw new Error(
      `The baseline stays as it is, because there are later migrations (${names}). Write the next one with \`npm run migration -- NAME\`.`,
    );
  }
  return head + readSqlFiles(folder, 'schemas').map(toPart).join('\n');
};

/**
 * The baseline with the names that are needed now. A database that has the baseline never runs it again. A new database
 * must hear of every taken name before anything is made, including names that a later migration needs.
 */
export const renewNames = (folder: URL): string | null => {
  const baseline = readSqlFiles(folder, 'migrations').find(({ name }) => name === baselineName);
  const [names, next] = readSqlFiles(folder, 'schemas');
  if (baseline === undefined || names === undefined || next === undefined) return null;
  const end = baseline.sql.indexOf(`\n${headOf(next.name)}`);
  if (!baseline.sql.startsWith(head + headOf(names.name)) || end < 0) return null;
  return head + toPart(names) + baseline.sql.slice(end);
};
