import { z } from 'zod';
import { createAdvice } from '../advice.ts';
import { createFailure, type DatabaseClient, lacksGrant, missingTables } from '../database.ts';

const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const schema = z.object({
  now: moment,
  /** Null: the database has no list of migrations, so the Supabase CLI did not make it. */
  migrations: z.array(z.string()).nullable(),
  functions: z.array(z.object({ name: z.string(), callers: z.array(z.string()) })),
  tables: z.array(
    z.object({
      name: z.string(),
      row_security: z.boolean(),
      users: z.array(z.string()),
      service_role_lacks: z.array(z.string()),
    }),
  ),
  last_sweep_at: moment.nullable(),
});

/** The database's description of itself. `askedAt` and `answeredAt` are this machine's times. */
export type Installation = z.output<typeof schema> & {
  readonly askedAt: number;
  readonly answeredAt: number;
};

const mayNotAsk = {
  found: 'The secret key may not ask what the migrations made',
  remedy:
    'Run `npx supabase db query --remote "grant execute on function public.describe_installation to service_role"`.',
};
const doesNotFit = {
  found: 'The database answers in another way than this checkout expects',
  remedy: 'Bring both up to date with `git pull && npm ci && npx supabase db push --remote`.',
};

/** Null: the database does not know this function. Throws one sentence if the database cannot be asked. */
export const readInstallation = async (
  database: DatabaseClient,
  now: () => number,
): Promise<Installation | null> => {
  const askedAt = now();
  const { data, error, status } = await database.rpc('describe_installation');
  if (error && missingTables.has(error.code)) return null;
  if (error && lacksGrant(error, status)) throw createAdvice(mayNotAsk);
  if (error) throw createFailure(error, status);
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw createAdvice(doesNotFit);
  return { ...parsed.data, askedAt, answeredAt: now() };
};
