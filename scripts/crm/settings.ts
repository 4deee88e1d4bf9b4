import { z } from 'zod';
import { type Environment, parseConfig, readSecretKey } from '../../src/config.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { withStandInAdvice } from './local-stack/advice.ts';
import { localKeys } from './local-stack/keys.ts';
import { createVendorFetch, parseVendorOrigins } from './local-stack/route-fetch.ts';

export type Settings = {
  /** Nothing says where the database is: it is the one of `npm run dev`. */
  readonly isLocal: boolean;
  readonly supabaseUrl: string;
  readonly secretKey: string;
  /** The environment that the function itself would have here. */
  readonly environment: Environment;
  /** The way out: to the vendors, or on the local stack to their stand-ins. */
  readonly fetch: Fetch;
};

const localPort = (environment: Environment, name: string, usual: number): string =>
  environment[name] || String(usual);

const localOrigin = (environment: Environment, name: string, usual: number): string =>
  `http://127.0.0.1:${localPort(environment, name, usual)}`;

/** The addresses that `npm run dev` serves, at the ports from the environment. */
const localEnvironment = (environment: Environment): Environment => ({
  SUPABASE_URL: localOrigin(environment, 'DEV_DB_PORT', 54321),
  SUPABASE_SECRET_KEY: localKeys.supabaseSecretKey,
  CREDENTIALS_KEY: localKeys.credentialsKey,
  CRON_SECRET: localKeys.cronSecret,
  PUBLIC_URL: `${localOrigin(environment, 'PORT', 8787)}/functions/v1/crm-api`,
});

const localFetch = (environment: Environment): Fetch => {
  const vendorOrigin = localOrigin(environment, 'DEV_VENDORS_PORT', 8788);
  const modelOrigin = localOrigin(environment, 'DEV_MODEL_PORT', 8789);
  const overrides = parseVendorOrigins(environment.DEV_VENDOR_ORIGINS);
  const fetch = createVendorFetch({ vendorOrigin, modelOrigin, overrides });
  return withStandInAdvice(fetch, [vendorOrigin, modelOrigin]);
};

const databaseUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

const localSettings = (environment: Environment): Settings => {
  const local = localEnvironment(environment);
  return {
    isLocal: true,
    supabaseUrl: local.SUPABASE_URL ?? '',
    secretKey: localKeys.supabaseSecretKey,
    environment: local,
    fetch: localFetch(environment),
  };
};

const urlRemedy =
  "SUPABASE_URL: set it to the project's URL, such as https://abcdefghijklmnopqrst.supabase.co";
const keyRemedy = 'SUPABASE_SECRET_KEY: set it to a secret key of the project (sb_secret_…)';

/**
 * Reads where the database is. Commands that need the other settings read them with `requireConfig`. Throws what is
 * missing, and what to put there. `file` is the one that --env names: with it a deployment is meant, without it the
 * local stack may be.
 */
export const readSettings = (
  environment: Environment,
  fetch: Fetch,
  file: string | undefined,
): Settings => {
  const secretKey = readSecretKey(environment);
  if (file === undefined && !environment.SUPABASE_URL && !secretKey) {
    return localSettings(environment);
  }
  const url = databaseUrl.safeParse(environment.SUPABASE_URL);
  if (url.success && secretKey) {
    return { isLocal: false, supabaseUrl: url.data, secretKey, environment, fetch };
  }
  const problems = [...(url.success ? [] : [urlRemedy]), ...(secretKey ? [] : [keyRemedy])];
  const place = file === undefined ? 'The environment' : `The environment of --env ${file}`;
  throw new Error(`${place} is incomplete:\n- ${problems.join('\n- ')}`);
};

/** Everything that the function reads. Throws one error that names all that is missing or malformed. */
export const requireConfig = ({ environment }: Settings) => parseConfig(environment);
