import * as z from 'zod';
import { AppError } from './errors.ts';
import { fromBase64 } from './lib/bytes.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Config = {
  readonly supabaseUrl: string;
  readonly supabaseSecretKey: string;
  /** Base64 of 32 bytes each; the first one seals, all of them open. */
  readonly credentialsKeys: readonly string[];
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  /** Null: nobody may call the jobs. */
  readonly cronSecret: string | null;
};

const isKeyOf32Bytes = (encoded: string): boolean => {
  try {
    return fromBase64(encoded).length === 32;
  } catch {
    return false;
  }
};

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const url = (remedy: string) =>
  z
    .url({ protocol: /^https?$/, error: remedy })
    .transform((address) => address.replace(/\/+$/, ''));

const secretKeySet = z
  .string()
  .transform((text, context) => {
    try {
      const keys: unknown = JSON.parse(text);
      return keys;
    } catch {
      context.addIssue({ code: 'custom', message: 'it is not JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.object({ default: z.string().min(1) }));

const projectUrl = "the project's URL, such as https://abcdefghijklmnopqrst.supabase.co";

const subrequests =
  'set it to the subrequests that your plan allows in one invocation, a whole number from 50, or leave it out';

const environmentSchema = z.object({
  // supabase-js appends /rest/v1. If it is there already, every request would go to a path that does not exist.
  SUPABASE_URL: url(`set it to ${projectUrl}`).refine(
    (address) => new URL(address).href === `${new URL(address).origin}/`,
    { error: `set it to ${projectUrl}, with nothing after the host` },
  ),
  CREDENTIALS_KEY: z
    .string({ error: 'set it to 32 random bytes in base64, as `openssl rand -base64 32` prints' })
    .transform(splitList)
    .refine((keys) => keys.length > 0 && keys.every(isKeyOf32Bytes), {
      error:
        'each of its comma-separated keys must be 32 bytes in base64, as `openssl rand -base64 32` prints',
    }),
  PUBLIC_URL: url(
    'set it to the address of this function from outside, such as https://abcdefghijklmnopqrst.supabase.co/functions/v1/crm-api',
  ),
  CRON_SECRET: z
    .string()
    .min(16, { error: 'set it to at least 16 random characters, or leave it out' })
    .optional(),
  // Only checked here: the host that counts its calls reads it (functions/worker.ts).
  SUBREQUEST_LIMIT: z
    .string()
    .regex(/^\d{1,9}$/, { error: subrequests })
    .refine((limit) => Number(limit) >= 50, { error: subrequests })
    .optional(),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform(splitList)
    .refine((origins) => origins.every((origin) => URL.canParse(origin)), {
      error: 'list origins such as https://app.example.com, separated by commas, or leave it out',
      abort: true,
    })
    .transform((origins) => origins.map((origin) => new URL(origin).origin)),
});

/** Hosted Supabase gives the secret key in one of three variables; the newest comes first. */
export const readSecretKey = (environment: Environment): string | null => {
  const set = secretKeySet.safeParse(environment.SUPABASE_SECRET_KEYS);
  if (set.success) return set.data.default;
  return environment.SUPABASE_SECRET_KEY || environment.SUPABASE_SERVICE_ROLE_KEY || null;
};

const secretKeyRemedy = (environment: Environment): string =>
  environment.SUPABASE_SECRET_KEYS
    ? 'SUPABASE_SECRET_KEYS: it must be a JSON object with the secret key under "default"'
    : 'SUPABASE_SECRET_KEY: set it to the secret key of the project (or set SUPABASE_SECRET_KEYS, or the legacy SUPABASE_SERVICE_ROLE_KEY)';

/**
 * Reads the environment. Throws one `internal_error` that names everything missing or malformed, and says what to put
 * there.
 */
export const parseConfig = (environment: Environment): Config => {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(present);
  const supabaseSecretKey = readSecretKey(present);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...(supabaseSecretKey ? [] : [secretKeyRemedy(present)]),
  ];
  if (!parsed.success || !supabaseSecretKey) {
    throw new AppError('internal_error', {
      message: `The environment of crm-api is incomplete:\n- ${problems.join('\n- ')}`,
    });
  }
  return {
    supabaseUrl: parsed.data.SUPABASE_URL,
    supabaseSecretKey,
    credentialsKeys: parsed.data.CREDENTIALS_KEY,
    publicUrl: parsed.data.PUBLIC_URL,
    corsOrigins: parsed.data.CORS_ORIGINS,
    cronSecret: parsed.data.CRON_SECRET ?? null,
  };
};
