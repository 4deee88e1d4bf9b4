import type { Check } from './check.ts';
import { type Finding, ok, problem, skipped } from './finding.ts';
import type { Installation } from './installation.ts';
import { listCreated } from './migration-files.ts';

const runSql = (sql: string): string => `Run \`npx supabase db query --remote "${sql}"\`.`;

const onlyCaller = 'service_role';
const others = (roles: readonly string[]) => roles.filter((role) => role !== onlyCaller);

const lookAtFunction = ({ name, callers }: Installation['functions'][number]): Finding[] => {
  const subject = name;
  if (others(callers).length > 0) {
    const sql = `revoke execute on function public.${name} from public, anon, authenticated`;
    return [problem(`${others(callers).join(' and ')} may call it`, runSql(sql), { subject })];
  }
  if (callers.includes(onlyCaller)) return [];
  const sql = `grant execute on function public.${name} to ${onlyCaller}`;
  return [problem(`${onlyCaller} may not call it`, runSql(sql), { subject })];
};

type Table = Installation['tables'][number];

const ourTables = ({ tables }: Installation): readonly Table[] => {
  const ours = listCreated('table');
  return tables.filter(({ name }) => ours.has(name));
};

/** Without all of them, a check would only repeat what `tables` says. */
export const mayUseTables = (found: Installation): boolean =>
  ourTables(found).every(({ service_role_lacks: lacks }) => lacks.length === 0);

const lookAtTable = ({ name, row_security, users, ...table }: Table): Finding[] => {
  const subject = name;
  if (!row_security) {
    const sql = `alter table public.${name} enable row level security`;
    return [problem('it has no row level security', runSql(sql), { subject })];
  }
  if (others(users).length > 0) {
    const sql = `revoke all on table public.${name} from public, anon, authenticated`;
    return [problem(`${others(users).join(' and ')} may use it`, runSql(sql), { subject })];
  }
  const lacks = table.service_role_lacks.join(', ');
  if (lacks === '') return [];
  const sql = `grant ${lacks} on table public.${name} to ${onlyCaller}`;
  return [problem(`${onlyCaller} may not ${lacks}`, runSql(sql), { subject })];
};

/** Everybody with the project's publishable key calls as `anon`. */
export const functions: Check = {
  name: 'functions',
  needs: ['database'],
  run: async ({ installation }) => {
    const found = await installation();
    if (found === null) return [skipped('migrations')];
    const ours = listCreated('function');
    const problems = found.functions.filter(({ name }) => ours.has(name)).flatMap(lookAtFunction);
    return problems.length > 0 ? problems : [ok(`${onlyCaller} alone may call them`)];
  },
};

export const tables: Check = {
  name: 'tables',
  needs: ['database'],
  run: async ({ installation }) => {
    const found = await installation();
    if (found === null) return [skipped('migrations')];
    const problems = ourTables(found).flatMap(lookAtTable);
    return problems.length > 0 ? problems : [ok('closed to everybody else')];
  },
};
