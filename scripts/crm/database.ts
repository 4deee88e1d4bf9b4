import { createClient } from '@supabase/supabase-js';
import type { Fetch } from '../../src/ports/io.ts';
import type { Database } from '../../src/store/database.types.ts';
import { type Advice, createAdvice } from './advice.ts';
import { localStackRemedy } from './local-stack/advice.ts';
import type { Settings } from './settings.ts';

/** Milliseconds that one request may take. */
const longestRequest = 10_000;

/** The code for a local stack that is not running: supabase-js passes on codes of responses only, not of errors. */
const localStackAway = 'local_stack_away';

const isSomethingElse = ({ ok, status, headers }: Response): boolean =>
  status === 401 || !(ok || headers.get('content-type')?.includes('json'));

/** On the local stack nobody has set SUPABASE_URL, so no error may tell people to check it. */
const withLocalAdvice =
  (fetch: Fetch, supabaseUrl: string): Fetch =>
  async (url, init) => {
    const response = await fetch(url, init).catch(() => null);
    if (response && !isSomethingElse(response)) return response;
    const found = response
      ? `Something else than the local stack is at ${supabaseUrl}`
      : `The local stack at ${supabaseUrl} cannot be reached`;
    return Response.json({ code: localStackAway, message: found }, { status: 503 });
  };

/** With the secret key, which passes row level security, as the function does. */
export const connectDatabase = (
  { isLocal, supabaseUrl, secretKey }: Pick<Settings, 'isLocal' | 'supabaseUrl' | 'secretKey'>,
  network: Fetch,
  interrupted: AbortSignal,
  timeoutMs = longestRequest,
) => {
  const fetch = isLocal ? withLocalAdvice(network, supabaseUrl) : network;
  return createClient<Database>(supabaseUrl, secretKey, {
    auth: { persistSession: false },
    // It would sleep as long as `Retry-After` says, past every limit here, and ignore Ctrl-C.
    db: { retry: false },
    global: {
      fetch: (url, init) => {
        const signals = [interrupted, AbortSignal.timeout(timeoutMs), init?.signal];
        const signal = AbortSignal.any(signals.filter((each) => each instanceof AbortSignal));
        return fetch(String(url), { ...init, signal });
      },
    },
  });
};

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

/** PostgREST gives the same code with 401 to a caller without a valid key. */
export const lacksGrant = ({ code }: Failure, status: number): boolean =>
  code === '42501' && status !== 401;

const toLine = (text: string): string =>
  text.replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 300);

// A gateway answers without a code, and often in HTML.
const explainGateway = (message: string, status: number): Advice => ({
  found: message.trimStart().startsWith('<')
    ? `The database's gateway answers HTTP ${status} with a page of its own`
    : `The database answers HTTP ${status}: ${toLine(message) || 'nothing more'}`,
  remedy: 'See whether SUPABASE_URL is right, and try again in a minute.',
});

const explainFailure = ({ message, code = '' }: Failure, status: number): Advice => {
  if (status === 0) {
    return {
      found: 'The database cannot be reached',
      remedy: 'See whether SUPABASE_URL is right.',
    };
  }
  if (code === localStackAway) return { found: message, remedy: localStackRemedy };
  if (lacksGrant({ message, code }, status)) {
    return {
      found: `The database says: ${toLine(message)}`,
      remedy: 'Have `npm run crm -- doctor` name the grant that is missing.',
    };
  }
  if (status === 401 || status === 403) {
    return {
      found: 'The database does not take SUPABASE_SECRET_KEY',
      remedy: 'Use a secret key of the project at SUPABASE_URL.',
    };
  }
  if (missingTables.has(code)) {
    return {
      found: 'The database lacks tables',
      remedy: 'Apply the migrations with `npx supabase db push --remote`.',
    };
  }
  if (code === '') return explainGateway(message, status);
  return {
    found: `The database says: ${toLine(message)}`,
    remedy: 'Try again; if it says the same, its log says more: in the dashboard, under Logs.',
  };
};

export const createFailure = (failure: Failure, status: number): Error =>
  createAdvice(explainFailure(failure, status));

/** The data of a response. Throws one sentence that says what to do, unless `expected` knows a better one for this code. */
export const ask = async <Data>(
  request: PromiseLike<Answer<Data>>,
  expected: Readonly<Record<string, string>> = {},
): Promise<NonNullable<Data>> => {
  const { data, error, status } = await request;
  const known = expected[error?.code ?? ''];
  if (error) throw known === undefined ? createFailure(error, status) : new Error(known);
  if (data === null || data === undefined) throw new Error('The database answered nothing.');
  return data;
};
