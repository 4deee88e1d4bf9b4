import { createClient } from '@supabase/supabase-js';
import type { Fetch } from '../../src/ports/io.ts';
import type { Database } from '../../src/store/database.types.ts';
import type { Settings } from './settings.ts';

const timeoutMs = 10_000;

/** With the secret key: past row level security, as the function itself. */
export const connectDatabase = (
  { supabaseUrl, secretKey }: Pick<Settings, 'supabaseUrl' | 'secretKey'>,
  fetch: Fetch,
  interrupted: AbortSignal,
) =>
  createClient<Database>(supabaseUrl, secretKey, {
    auth: { persistSession: false },
    global: {
      fetch: (url, init) => {
        const signals = [interrupted, AbortSignal.timeout(timeoutMs), init?.signal];
        const signal = AbortSignal.any(signals.filter((each) => each instanceof AbortSignal));
        return fetch(String(url), { ...init, signal });
      },
    },
  });

export type DatabaseClient = ReturnType<typeof connectDatabase>;

type Failure = { readonly message: string; readonly code?: string };
export type Answer<Data> = {
  readonly data: Data;
  readonly error: Failure | null;
  readonly status: number;
};

/** The codes of a database without our tables and functions. */
export const missingTables: ReadonlySet<string> = new Set([
  'PGRST205',
  'PGRST202',
  '42P01',
  '42883',
]);

export const describeFailure = ({ message, code = '' }: Failure, status: number): string => {
  if (status === 0) return 'The database cannot be reached: see whether SUPABASE_URL is right.';
  if (status === 401 || status === 403) {
    return 'The database does not take SUPABASE_SECRET_KEY: use a secret key of the project at SUPABASE_URL.';
  }
  if (missingTables.has(code)) {
    return 'The database lacks tables: apply the migrations with `npx supabase db push --remote`.';
  }
  return `The database says: ${message.slice(0, 300)}`;
};

/** What the request answered. Throws one sentence that says what to do, unless `expected` knows the code's cause better. */
export const ask = async <Data>(
  request: PromiseLike<Answer<Data>>,
  expected: Readonly<Record<string, string>> = {},
): Promise<NonNullable<Data>> => {
  const { data, error, status } = await request;
  if (error) throw new Error(expected[error.code ?? ''] ?? describeFailure(error, status));
  if (data === null || data === undefined) throw new Error('The database answered nothing.');
  return data;
};
