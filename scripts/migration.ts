import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const schemas = new URL('../supabase/schemas/', import.meta.url);
const migrations = new URL('../supabase/migrations/', import.meta.url);
const baseline = '20261127000001_baseline.sql';

const listSql = (folder: URL): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();

const writeBaseline = (): void => {
  const others = listSql(migrations).filter((name) => name !== baseline);
  if (others.length > 0) {
    throw new Error(`The baseline is released: there are later migrations (${others.join(', ')}).`);
  }
  const parts = listSql(schemas).map(
    (name) => `-- supabase/schemas/${name}\n\n${readFileSync(new URL(name, schemas), 'utf8')}`,
  );
  const head =
    '-- Made from supabase/schemas by `npm run migration -- --baseline`: change it there.\n\n';
  writeFileSync(new URL(baseline, migrations), head + parts.join('\n'));
};

writeBaseline();
