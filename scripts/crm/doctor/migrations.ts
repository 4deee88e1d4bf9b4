import type { Check } from './check.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { listVersions } from './migration-files.ts';

const push =
  'Apply them with `npx supabase db push --remote`; docs/deploy.md, step 1, says what to do in a project that is in use.';

const compare = (applied: readonly string[]): Finding => {
  const known = listVersions();
  const missing = known.filter((version) => !applied.includes(version));
  const unknown = applied.filter((version) => !known.includes(version));
  if (missing.length > 0) {
    return problem(`${missing.length} of ${known.length} are missing: ${missing.join(', ')}`, push);
  }
  if (unknown.length > 0) {
    return warning(
      `applied, and ${unknown.length} more that this checkout does not have: ${unknown.join(', ')}`,
      'If they are not your own, this checkout is too old: `git pull && npm ci`.',
    );
  }
  return ok(`all ${known.length} are applied`);
};

/** Compares the list of `supabase db push` with the files. */
export const migrations: Check = {
  name: 'migrations',
  needs: ['database'],
  run: async ({ installation }) => {
    const found = await installation();
    if (found === null) return [problem('none are applied, or only the first ones', push)];
    if (found.migrations === null) {
      return [
        warning(
          'the database has no list of migrations, so nothing shows whether all are applied',
          'Have the Supabase CLI keep it: `npx supabase migration repair --status applied` with each version, then `npx supabase db push --remote`.',
        ),
      ];
    }
    return [compare(found.migrations)];
  },
};
