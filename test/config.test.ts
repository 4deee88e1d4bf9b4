import { describe, expect, it } from 'vitest';
import { demoData } from '../dev/demo-data.ts';
import { createUnconfiguredApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { AppError } from '../src/errors.ts';

const complete = {
  SUPABASE_URL: 'https://abcdefghijklmnopqrst.supabase.co/',
  SUPABASE_SECRET_KEY: 'sb_secret_one',
  CREDENTIALS_KEY: demoData.credentialsKey,
  PUBLIC_URL: 'https://abcdefghijklmnopqrst.supabase.co/functions/v1/crm-api/',
};

const problemOf = (environment: Record<string, string | undefined>): string => {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  throw new Error('the environment was accepted');
};

describe('parseConfig', () => {
  it('reads a complete environment', () => {
    expect(parseConfig(complete)).toEqual({
      supabaseUrl: 'https://abcdefghijklmnopqrst.supabase.co',
      supabaseSecretKey: 'sb_secret_one',
      credentialsKeys: [demoData.credentialsKey],
      publicUrl: 'https://abcdefghijklmnopqrst.supabase.co/functions/v1/crm-api',
      corsOrigins: [],
      cronSecret: null,
    });
  });

  it('takes origins as browsers send them, however they are written', () => {
    const { corsOrigins } = parseConfig({
      ...complete,
      CORS_ORIGINS: 'https://app.example.com/, https://B.example.com/path',
    });
    expect(corsOrigins).toEqual(['https://app.example.com', 'https://b.example.com']);
  });

  it('takes the secret key from the newest of the three variables', () => {
    const legacy = {
      ...complete,
      SUPABASE_SECRET_KEY: undefined,
      SUPABASE_SERVICE_ROLE_KEY: 'jwt',
    };
    expect(parseConfig(legacy).supabaseSecretKey).toBe('jwt');
    expect(parseConfig({ ...legacy, SUPABASE_SECRET_KEY: 'one' }).supabaseSecretKey).toBe('one');
    const keys = '{"default":"sb_secret_new","other":"x"}';
    const newest = { ...complete, SUPABASE_SECRET_KEYS: keys };
    expect(parseConfig(newest).supabaseSecretKey).toBe('sb_secret_new');
  });

  it('names everything that is missing, with what to put there', () => {
    const problem = problemOf({});
    for (const name of ['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'CREDENTIALS_KEY', 'PUBLIC_URL']) {
      expect(problem).toMatch(new RegExp(`- ${name}: .*set (it|SUPABASE)`));
    }
    expect(problem).toContain('openssl rand -base64 32');
  });

  it.each([
    ['SUPABASE_URL', 'abc.supabase.co'],
    ['SUPABASE_URL', 'ftp://abc.supabase.co'],
    ['SUPABASE_URL', 'https://abc.supabase.co/rest/v1'],
    ['SUPABASE_URL', 'https://abc.supabase.co/rest/v1/'],
    ['SUPABASE_URL', 'https://abc.supabase.co?apikey=x'],
    ['SUPABASE_URL', 'https://abc.supabase.co/#rest'],
    ['CREDENTIALS_KEY', 'c2hvcnQ='],
    ['CREDENTIALS_KEY', `${demoData.credentialsKey},not base64!`],
    ['PUBLIC_URL', 'example.com'],
    ['CORS_ORIGINS', 'https://a.example,everyone'],
    ['CRON_SECRET', 'short'],
    ['SUBREQUEST_LIMIT', '49'],
    ['SUBREQUEST_LIMIT', '1e4'],
    ['SUBREQUEST_LIMIT', 'unlimited'],
  ])('names %s when it is malformed (%s), without repeating it', (name, value) => {
    const problem = problemOf({ ...complete, [name]: value });
    expect(problem).toContain(`- ${name}: `);
    expect(problem).not.toContain(value);
  });

  it('says what to put in place of an address of the Data API', () => {
    expect(problemOf({ ...complete, SUPABASE_URL: 'https://abc.supabase.co/rest/v1' })).toContain(
      "set it to the project's URL, such as https://abcdefghijklmnopqrst.supabase.co, with nothing after the host",
    );
  });

  it.each(['http://127.0.0.1:54321', 'https://abc.supabase.co//', 'http://kong:8000'])(
    'takes %s',
    (address) => {
      expect(parseConfig({ ...complete, SUPABASE_URL: address }).supabaseUrl).toBe(
        address.replace(/\/+$/, ''),
      );
    },
  );

  it('names SUPABASE_SECRET_KEYS when it is no JSON and nothing else is set', () => {
    const problem = problemOf({
      ...complete,
      SUPABASE_SECRET_KEY: '',
      SUPABASE_SECRET_KEYS: 'sb_secret_x',
    });
    expect(problem).toMatch(/- SUPABASE_SECRET_KEYS: .*JSON/);
    expect(problem).not.toContain('sb_secret_x');
  });
});

describe('a host without a complete environment', () => {
  it('serves nothing but an error, and tells the log what is missing', async () => {
    const lines: unknown[] = [];
    const app = createUnconfiguredApp(new Error('PUBLIC_URL: set it'), '/crm-api', {
      fetch,
      now: () => 0,
      log: (_, fields) => lines.push(fields),
    });
    expect(JSON.stringify(lines)).toContain('PUBLIC_URL: set it');
    for (const [path, method] of [
      ['/crm-api/health', 'GET'],
      ['/crm-api/send-message', 'POST'],
    ] as const) {
      const response = await app.request(path, { method });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({
        error: { code: 'internal_error', retry: 'safe' },
      });
    }
  });
});
