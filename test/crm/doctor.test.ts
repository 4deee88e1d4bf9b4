import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { type Served, serveLocally } from '../../dev/serve.ts';
import type { VendorHost } from '../../dev/vendors/faults.ts';
import type { Vendors } from '../../dev/vendors/index.ts';
import { checks } from '../../scripts/crm/doctor/checks.ts';
import { createUnconfiguredApp } from '../../src/app.ts';
import { createCredentialsVault } from '../../src/lib/credentials-vault.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { addressValues } from '../support/address-values.ts';
import { closedOrigin } from '../support/scripted-server.ts';
import {
  type DoctorWorld,
  type Found,
  startDoctorWorld,
  statesOf,
  type Visit,
} from './doctor-world.ts';
import { fewRows } from './few-rows.ts';

const basePath = '/functions/v1/crm-api';
const { connectionIds } = demoData;
const otherKey = randomBytes(32).toString('base64');
const push = /`npx supabase db push --remote`/;
const sql = (statement: string) =>
  expect.stringContaining(`npx supabase db query --remote "${statement}`);

let world: DoctorWorld;
beforeAll(async () => {
  world = await startDoctorWorld();
});
afterAll(() => world?.stop());

/** Undoes a test's setup, in the opposite order. */
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  world.stack.vendors.reset();
});

/** Changes the database for one test. */
const change = async (statement: string, back: string): Promise<undefined> => {
  undo.push(() => world.stack.database.query(back));
  await world.stack.database.query(statement);
};

/** The vendor refuses every question about the account. */
const refuseReads = (host: VendorHost, code: number): undefined => {
  const fault = { host, on: 'read', times: 'until_reset', type: 'status', status: 401 } as const;
  world.stack.vendors.fail({ ...fault, code });
};

const configure = (webhooks: Parameters<Vendors['configureWebhooks']>[0]): undefined => {
  world.stack.vendors.configureWebhooks(webhooks);
};

const serve = async (answer: (request: Request) => Response | Promise<Response>) => {
  const served: Served = await serveLocally({ fetch: answer, port: 0 });
  undo.push(() => served.stop());
  return served.origin;
};

/** Something other than the function answers at PUBLIC_URL. */
const publicly = async (
  answer: (request: Request) => Response | Promise<Response>,
): Promise<Visit> => ({
  environment: { PUBLIC_URL: `${await serve(answer)}${basePath}` },
});

const toFunction = (request: Request): Promise<Response> => {
  const { pathname } = new URL(request.url);
  return fetch(`${world.stack.apiUrl}${pathname.replace(basePath, '')}`);
};

const around =
  (when: RegExp, answer: (url: string) => Promise<Response>): Fetch =>
  (url, init) =>
    when.test(url) ? answer(url) : world.stack.fetch(url, init);

const seal = (key: string, id: string) =>
  createCredentialsVault([key]).seal({ apiKey: demoData.resend.apiKey }, id);

const of = (all: readonly Found[], name: string, state: Found['state']): readonly Found[] =>
  all.filter((found) => found.check === name && found.state === state);

describe('a healthy installation', () => {
  it('is well in every check, and says so with exit code 0', async () => {
    const { exitCode, checks: found } = await world.examine();
    expect(statesOf(found)).toEqual(Object.fromEntries(checks.map(({ name }) => [name, ['ok']])));
    expect(exitCode).toBe(0);
  });

  it('is described in aligned lines, and sent nothing and changed nothing', async () => {
    const { database, vendors } = world.stack;
    const count = 'select count(*)::int as n from public.messages';
    const before = await database.query(count);
    const { stdout, exitCode } = await world.visit();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^ok {2}environment {2}complete and well-formed\nok {2}database {5}answers in \d+ ms/,
    );
    expect(stdout).toMatch(/\n\nAll is well\.\n$/);
    expect(vendors.sent()).toEqual([]);
    expect(vendors.requests().every(({ method }) => method === 'GET')).toBe(true);
    expect(await database.query(count)).toEqual(before);
  });

  it('can be looked at one account at a time', async () => {
    const args = ['--account', demoData.subAccount.name];
    expect((await world.examine({ args })).exitCode).toBe(0);
  });

  it('may be the local stack, at the ports that the environment gives it', async () => {
    const { apiUrl, database, vendors, model } = world.stack;
    const portOf = (url: string) => new URL(url).port;
    const { exitCode, stdout } = await world.visit({
      environment: {
        ...{ SUPABASE_URL: undefined, SUPABASE_SECRET_KEY: undefined },
        ...{ CREDENTIALS_KEY: undefined, PUBLIC_URL: undefined },
        ...{ PORT: portOf(apiUrl), DEV_DB_PORT: portOf(database.url) },
        ...{ DEV_VENDORS_PORT: portOf(vendors.origin), DEV_MODEL_PORT: portOf(model.origin) },
      },
      fetch: () => Promise.reject(new Error('the network was used')),
    });
    expect(stdout).toMatch(/^ok {2}environment {2}that of the local stack\n/);
    expect(stdout).toMatch(/\nAll is well\.\n$/);
    expect(exitCode).toBe(0);
  });

  it('looks at all of it where the project answers few rows at once', async () => {
    const whole = await world.examine();
    const paged = await world.examine({ fetch: fewRows(world.stack.fetch) });
    const withoutTimes = (checks: readonly Found[]) =>
      checks.filter(({ check }) => check !== 'database' && check !== 'sweeper');
    expect(withoutTimes(paged.checks)).toEqual(withoutTimes(whole.checks));
  });

  it('asks for many accounts in addresses that every gateway takes', async () => {
    const urls: string[] = [];
    await change(
      `insert into public.sub_accounts (name) select 'Many' from generate_series(1, 300)`,
      `delete from public.sub_accounts where name = 'Many'`,
    );
    const counting: Fetch = (url, init) => {
      urls.push(url);
      return world.stack.fetch(url, init);
    };
    for (const args of [[], ['--account', 'Many']]) {
      const { checks: found } = await world.examine({ args, fetch: counting });
      expect(of(found, 'accounts', 'warning')).toHaveLength(300);
    }
    expect(Math.max(...urls.map(({ length }) => length))).toBeLessThan(8000);
  });

  it('tells connections of one name apart by their ids', async () => {
    const { checks: found } = await world.examine();
    const subjects = of(found, 'vendors', 'ok').map(({ subject }) => subject);
    expect(subjects).toContain(`Demo meta (${connectionIds.instagram})`);
    expect(subjects).toContain('Demo twilio');
  });

  it('tells two senders of one connection and channel apart by their addresses', async () => {
    const second = '+15005550026';
    await change(
      `insert into public.senders (sub_account_id, connection_id, channel, address, address_key)
       select sub_account_id, id, ${addressValues('sms', second)} from public.connections where id = '${connectionIds.twilio}'`,
      `delete from public.senders where address = '${second}'`,
    );
    const first = demoData.twilio.phoneNumber;
    const { checks: found } = await world.examine({ shows: [first] });
    const subjects = found
      .filter(({ check }) => check === 'webhooks')
      .map(({ subject }) => subject);
    expect(subjects).toEqual(
      expect.arrayContaining([`Demo twilio, sms ${first}`, `Demo twilio, sms ${second}`]),
    );
    expect(new Set(subjects).size).toBe(subjects.length);
  });

  it('says when a vendor has last called', async () => {
    const { vendors, database } = world.stack;
    await vendors.write({ channel: 'email', text: 'Hello' });
    undo.push(() => database.query('update public.connections set last_webhook_at = null'));
    const { checks: found } = await world.examine();
    const webhook = found.find(({ subject }) => subject === 'Demo resend, email');
    expect(webhook?.found).toMatch(/it last called \d+ seconds? ago/);
  });
});

type Breakage = {
  /** The check that must name it. */
  readonly check: string;
  readonly breakIt: () => Promise<Visit | undefined> | Visit | undefined;
  readonly found: RegExp;
  readonly remedy: unknown;
};

const row = (
  check: string,
  found: RegExp,
  remedy: unknown,
  breakIt: Breakage['breakIt'],
): Breakage => ({
  check,
  found,
  remedy,
  breakIt,
});

const firstId = '00000000-0000-4000-8000-000000000001';
const lastId = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

const breakages: Readonly<Record<string, Breakage>> = {
  'no CREDENTIALS_KEY': row('environment', /missing/, /openssl rand -base64 32/, () => ({
    environment: { CREDENTIALS_KEY: undefined },
  })),
  'no PUBLIC_URL': row('environment', /missing/, /address of this function/, () => ({
    environment: { PUBLIC_URL: undefined },
  })),
  'no SUPABASE_URL': row('environment', /missing/, /the project's URL/, () => ({
    environment: { SUPABASE_URL: undefined },
  })),
  'no secret key': row('environment', /missing/, /secret key of the project/, () => ({
    environment: { SUPABASE_SECRET_KEY: undefined },
  })),
  'a malformed CRON_SECRET': row('environment', /malformed/, /at least 16 random/, () => ({
    environment: { CRON_SECRET: 'short' },
  })),
  'a database that is down': row('database', /cannot be reached/, /SUPABASE_URL/, async () => ({
    environment: { SUPABASE_URL: await closedOrigin() },
  })),
  'a wrong secret key': row('database', /does not take SUPABASE_SECRET_KEY/, /secret key/, () => ({
    environment: { SUPABASE_SECRET_KEY: 'sb_secret_other' },
  })),
  'a database that asks to wait': row(
    'database',
    /HTTP 503: no schema cache$/,
    /try again/,
    () => ({
      fetch: around(/\/rest\/v1\//, async () =>
        Response.json(
          { message: 'no schema\ncache' },
          { status: 503, headers: { 'retry-after': '3600' } },
        ),
      ),
    }),
  ),
  'a database that gives up': row(
    'database',
    /^The database says: canceling statement due to statement timeout$/,
    /^Try again/,
    () => ({
      fetch: around(/\/rest\/v1\//, async () =>
        Response.json(
          { code: '57014', message: 'canceling statement due to statement timeout' },
          { status: 500 },
        ),
      ),
    }),
  ),
  'a gateway’s page in place of the database': row(
    'database',
    /^The database's gateway answers HTTP 502 with a page of its own$/,
    /SUPABASE_URL/,
    () => ({
      fetch: around(
        /\/rest\/v1\//,
        async () => new Response('<html>\n<h1>502. Bad: Gateway</h1>\n</html>', { status: 502 }),
      ),
    }),
  ),
  'a database without migrations': row('migrations', /none are applied/, push, async () => {
    const empty = await startDatabase();
    undo.push(() => empty.stop());
    // The server prints every path that it does not find.
    vi.spyOn(console, 'error').mockReturnValue();
    undo.push(async () => vi.restoreAllMocks());
    await empty.query(`drop schema public cascade; drop schema crm_api cascade;
      drop schema supabase_migrations cascade; create schema public;
      grant usage on schema public to service_role; notify pgrst, 'reload schema'`);
    return { environment: { SUPABASE_URL: empty.url } };
  }),
  'a migration that is missing': row(
    'migrations',
    /1 of \d+ are missing: 20261127000001/,
    push,
    () =>
      change(
        `delete from supabase_migrations.schema_migrations where version = '20261127000001'`,
        `insert into supabase_migrations.schema_migrations (version) values ('20261127000001')`,
      ),
  ),
  'a function that anybody may call': row(
    'functions',
    /^anon may call it$/,
    sql('revoke execute on function public.get_connection from'),
    () =>
      change(
        'grant execute on function public.get_connection(uuid) to anon',
        'revoke execute on function public.get_connection(uuid) from anon',
      ),
  ),
  'a function that is everybody’s': row(
    'functions',
    /^anon and authenticated may call it$/,
    sql('revoke execute on function public.get_connection from'),
    () =>
      change(
        'grant execute on function public.get_connection(uuid) to public',
        'revoke execute on function public.get_connection(uuid) from public',
      ),
  ),
  'a function that we may not call': row(
    'functions',
    /service_role may not call it/,
    sql('grant execute on function public.get_connection to service_role'),
    () =>
      change(
        'revoke execute on function public.get_connection(uuid) from service_role',
        'grant execute on function public.get_connection(uuid) to service_role',
      ),
  ),
  'a table without row level security': row(
    'tables',
    /no row level security/,
    sql('alter table public.messages enable row level security'),
    () =>
      change(
        'alter table public.messages disable row level security',
        'alter table public.messages enable row level security',
      ),
  ),
  'a table that is readable': row(
    'tables',
    /^authenticated may use it$/,
    sql('revoke all on table public.messages from'),
    () =>
      change(
        'grant select on table public.messages to authenticated',
        'revoke select on table public.messages from authenticated',
      ),
  ),
  ...Object.fromEntries(
    ['api_keys', 'sub_accounts', 'senders'].map((table) => [
      `a table that is needed here and that we may not use: ${table}`,
      row(
        'tables',
        /^service_role may not select, insert, update, delete$/,
        sql(`grant select, insert, update, delete on table public.${table} to service_role`),
        () =>
          change(
            `revoke all on table public.${table} from service_role`,
            `grant select, insert, update, delete on table public.${table} to service_role`,
          ),
      ),
    ]),
  ),
  'a table that we may only read': row(
    'tables',
    /^service_role may not insert, delete$/,
    sql('grant insert, delete on table public.messages to service_role'),
    () =>
      change(
        'revoke insert, delete on table public.messages from service_role',
        'grant insert, delete on table public.messages to service_role',
      ),
  ),
  'a publishable key in place of the secret one': row(
    'database',
    /does not take SUPABASE_SECRET_KEY/,
    /secret key/,
    () => ({
      fetch: around(/\/rest\/v1\//, async () =>
        Response.json(
          { code: '42501', message: 'permission denied for table sub_accounts' },
          { status: 401 },
        ),
      ),
    }),
  ),
  'a table that we may not use': row(
    'tables',
    /service_role may not select, insert, update, delete/,
    sql('grant select, insert, update, delete on table public.webhook_events'),
    () =>
      change(
        'revoke all on table public.webhook_events from service_role',
        'grant select, insert, update, delete on table public.webhook_events to service_role',
      ),
  ),
  'nobody at PUBLIC_URL': row(
    'function',
    /nobody listens/,
    /PUBLIC_URL.*docs\/deploy/,
    async () => ({
      environment: { PUBLIC_URL: `${await closedOrigin()}${basePath}` },
    }),
  ),
  'a PUBLIC_URL whose name does not resolve': row(
    'function',
    /does not resolve/,
    /spelled/,
    () => ({
      environment: { PUBLIC_URL: `https://crm-api.invalid${basePath}` },
      fetch: around(/crm-api\.invalid/, fetch),
    }),
  ),
  'a PUBLIC_URL that speaks no TLS': row(
    'function',
    /no secure connection/,
    /`curl -v`/,
    async () => ({
      environment: { PUBLIC_URL: world.stack.apiUrl.replace('http:', 'https:') },
    }),
  ),
  'a PUBLIC_URL without the path': row(
    'function',
    /there is nothing at this path|not_found/,
    /\/functions\/v1\/crm-api/,
    () => ({
      environment: { PUBLIC_URL: world.stack.apiUrl.replace('/crm-api', '') },
    }),
  ),
  'a function that is not deployed': row('function', /nothing at this path/, /deploy/, () =>
    publicly(() =>
      Response.json(
        { code: 'NOT_FOUND', message: 'Requested function was not found' },
        { status: 404 },
      ),
    ),
  ),
  'a platform that wants a token': row(
    'function',
    /asks for a token/,
    /verify_jwt.*functions deploy crm-api/,
    () =>
      publicly(() =>
        Response.json(
          { code: 'UNAUTHORIZED_NO_AUTH_HEADER', message: 'Missing authorization header' },
          { status: 401 },
        ),
      ),
  ),
  'a function that does not start': row(
    'function',
    /fails with HTTP 503/,
    /supabase logs --remote/,
    () =>
      publicly(() =>
        Response.json({ code: 'BOOT_ERROR', message: 'Function failed to start' }, { status: 503 }),
      ),
  ),
  'a function without its variables': row(
    'function',
    /not configured/,
    /--search not_configured/,
    () => {
      const io = { fetch, now: Date.now, log: () => undefined };
      const app = createUnconfiguredApp(new Error('CREDENTIALS_KEY: missing'), basePath, io);
      return publicly((request) => app.fetch(request));
    },
  ),
  'a web page': row('function', /^a web page is there/, /`curl`/, () =>
    publicly(() => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })),
  ),
  'another API': row('function', /^something else is there/, /`curl`/, () =>
    publicly(() => Response.json({ status: 'fine' })),
  ),
  'a redirect': row('function', /leads on/, /into PUBLIC_URL/, () =>
    publicly(() => new Response(null, { status: 308, headers: { location: world.stack.apiUrl } })),
  ),
  'another service that is well': row('version', /another service/, /PUBLIC_URL/, () =>
    publicly(({ url }) =>
      url.endsWith('/health')
        ? Response.json({ status: 'ok' })
        : Response.json({ info: { title: 'other', version: '0.1.0' }, servers: [{ url: '/' }] }),
    ),
  ),
  'a service without a description': row('version', /openapi\.json/, /PUBLIC_URL/, () =>
    publicly(({ url }) =>
      url.endsWith('/health') ? Response.json({ status: 'ok' }) : new Response('', { status: 404 }),
    ),
  ),
  'a function with another PUBLIC_URL': row(
    'version',
    /another PUBLIC_URL/,
    /supabase secrets set/,
    () => publicly(toFunction),
  ),
  'a sweeper that has stopped': row('sweeper', /last ran 6 minutes ago/, /npm start/, () =>
    change(
      `update crm_api.job_runs set last_run_at = now() - interval '6 minutes'`,
      'update crm_api.job_runs set last_run_at = now()',
    ),
  ),
  'a sweeper that was never scheduled': row('sweeper', /never run/, /npm run dev/, () =>
    change(
      'delete from crm_api.job_runs',
      `insert into crm_api.job_runs (job, last_run_at) values ('sweep', now())`,
    ),
  ),
  'a wrong clock here': row(
    'clock',
    /2 minutes ahead of the database and 2 minutes ahead of/,
    /timedatectl/,
    () => ({
      now: () => Date.now() + 120_500,
    }),
  ),
  'a wrong clock of the function': row(
    'clock',
    /behind the function's host/,
    /Set the clock of the function's host/,
    () => ({
      fetch: around(/\/health$/, async (url) => {
        const date = new Date(Date.now() + 300_000).toUTCString();
        return new Response(await (await fetch(url)).text(), { headers: { date } });
      }),
    }),
  ),
  'keys of addresses that another version made': row(
    'addresses',
    /^1 of a random 500 at most have a key/,
    /`npm run crm -- contacts rekey`/,
    // The other address has the last of all ids, so that every sample begins between the two.
    () =>
      change(
        `insert into public.contact_addresses (id, sub_account_id, contact_id, channel, address, address_key)
          select n.id, a.sub_account_id, a.contact_id, a.channel, n.address, n.key
          from public.contact_addresses a, (values
            ('${firstId}'::uuid, '+15005550198', 'another'), ('${lastId}', '+15005550199', '+15005550199')
          ) n (id, address, key)
          where a.channel = 'sms'`,
        `delete from public.contact_addresses where id in ('${firstId}', '${lastId}')`,
      ),
  ),
  'an account that is not there': row('accounts', /no such sub-account/, null, () => ({
    args: ['--account', 'nobody'],
  })),
  'credentials that another key sealed': row(
    'credentials',
    /does not open/,
    /CREDENTIALS_KEY/,
    async () => {
      const id = connectionIds.resend;
      const [before] = await world.stack.database.query(
        `select credentials from public.connections where id = '${id}'`,
      );
      return change(
        `update public.connections set credentials = '${await seal(otherKey, id)}' where id = '${id}'`,
        `update public.connections set credentials = '${before?.credentials}' where id = '${id}'`,
      );
    },
  ),
  'another CREDENTIALS_KEY': row('credentials', /does not open/, /behind the present one/, () => ({
    environment: { CREDENTIALS_KEY: otherKey },
  })),
  'credentials that were moved to another connection': row(
    'credentials',
    /does not open/,
    /again/,
    async () => {
      const id = connectionIds.resend;
      const [before] = await world.stack.database.query(
        `select credentials from public.connections where id = '${id}'`,
      );
      const moved = await seal(demoData.credentialsKey, connectionIds.twilio);
      return change(
        `update public.connections set credentials = '${moved}' where id = '${id}'`,
        `update public.connections set credentials = '${before?.credentials}' where id = '${id}'`,
      );
    },
  ),
  'credentials that lack a field': row(
    'vendors',
    /^The connection's credentials are missing or malformed: apiKey$/,
    /^Enter them again\.$/,
    async () => {
      const id = connectionIds.resend;
      const [before] = await world.stack.database.query(
        `select credentials from public.connections where id = '${id}'`,
      );
      const sealed = await createCredentialsVault([demoData.credentialsKey]).seal({}, id);
      return change(
        `update public.connections set credentials = '${sealed}' where id = '${id}'`,
        `update public.connections set credentials = '${before?.credentials}' where id = '${id}'`,
      );
    },
  ),
  'a vendor that refuses': row('vendors', /Twilio does not take/, /Account SID/, () =>
    refuseReads('api.twilio.com', 20003),
  ),
  'a token that has expired': row('vendors', /expired/, /new access token/, () =>
    refuseReads('graph.instagram.com', 190),
  ),
  'a provider that nobody knows': row('vendors', /no provider pigeon/, /git pull/, () =>
    change(
      `update public.connections set provider = 'pigeon' where id = '${connectionIds.instagram}'`,
      `update public.connections set provider = 'meta' where id = '${connectionIds.instagram}'`,
    ),
  ),
  'a webhook elsewhere': row(
    'webhooks',
    /another address, at elsewhere\.example$/,
    /\/webhooks\/twilio\/.*docs\/providers\/twilio\.md/,
    () =>
      configure({
        twilio: 'https://elsewhere.example/hook?token=elsewhere',
      }),
  ),
  'a webhook nowhere': row('webhooks', /calls nobody/, /\/webhooks\/resend\//, () =>
    configure({ resend: null }),
  ),
  'a page that passes nothing on': row('webhooks', /calls nobody/, /\/webhooks\/meta\//, () =>
    configure({ meta: null }),
  ),
};

describe('one thing broken', () => {
  it.each(Object.entries(breakages))(
    '%s: that is named, with what to do, and nothing else',
    async (_, breakage) => {
      const { check, breakIt, found: words, remedy } = breakage;
      const visit = (await breakIt()) ?? {};
      const { exitCode, checks: all } = await world.examine(visit);
      const problems = of(all, check, 'problem');
      expect(problems).not.toEqual([]);
      for (const each of problems) {
        expect(each.found).toMatch(words);
        if (remedy instanceof RegExp) expect(each.remedy).toMatch(remedy);
        else if (remedy !== null) expect(each.remedy).toEqual(remedy);
      }
      const others = all.filter((each) => each.check !== check);
      expect(others.filter(({ state }) => state !== 'ok' && state !== 'skipped')).toEqual([]);
      expect(exitCode).toBe(1);
    },
  );

  it('covers every check', () => {
    const covered = new Set(Object.values(breakages).map(({ check }) => check));
    expect([...covered].sort()).toEqual(checks.map(({ name }) => name).sort());
  });

  it('is shown with its remedy beneath it', async () => {
    await change(
      'delete from crm_api.job_runs',
      `insert into crm_api.job_runs values ('sweep', now())`,
    );
    const { stdout, exitCode } = await world.visit();
    expect(stdout).toMatch(
      /\nproblem {2}sweeper {6}it has never run\n {2}→ The process that serves/,
    );
    expect(stdout).toMatch(/\n\n1 problem, 0 warnings\.\n$/);
    expect(exitCode).toBe(1);
  });
});

it('names the grant that the question itself needs', async () => {
  await change(
    'revoke execute on function public.describe_installation() from service_role',
    'grant execute on function public.describe_installation() to service_role',
  );
  const { exitCode, checks: all } = await world.examine();
  expect(exitCode).toBe(1);
  expect(of(all, 'migrations', 'problem')[0]?.remedy).toContain(
    'grant execute on function public.describe_installation to service_role',
  );
  expect(statesOf(all)).toMatchObject({ database: ['ok'], vendors: ['skipped'] });
});

describe('what is no problem yet', () => {
  const warned = async (name: string, visit: Visit = {}) => {
    const { exitCode, checks: all } = await world.examine(visit);
    expect(exitCode).toBe(0);
    expect(all.filter(({ check, state }) => check !== name && state !== 'ok')).toEqual([]);
    const warnings = of(all, name, 'warning');
    expect(warnings).not.toEqual([]);
    return warnings;
  };

  it('credentials that an old key sealed', async () => {
    const warnings = await warned('credentials', {
      environment: { CREDENTIALS_KEY: `${otherKey},${demoData.credentialsKey}` },
    });
    expect(warnings).toHaveLength(6);
    expect(warnings[0]?.remedy).toContain('`npm run crm -- connections reseal`');
  });

  it('migrations that this checkout does not have', async () => {
    await change(
      `insert into supabase_migrations.schema_migrations (version) values ('20991231000000')`,
      `delete from supabase_migrations.schema_migrations where version = '20991231000000'`,
    );
    const [warning] = await warned('migrations');
    expect(warning?.found).toContain('20991231000000');
    expect(warning?.remedy).toContain('git pull');
  });

  it('a database that keeps no list of migrations', async () => {
    await change(
      'alter table supabase_migrations.schema_migrations rename to other',
      'alter table supabase_migrations.other rename to schema_migrations',
    );
    expect((await warned('migrations'))[0]?.remedy).toContain('supabase migration repair');
  });

  it('a function of another version', async () => {
    const [warning] = await warned('version', {
      fetch: around(/openapi\.json$/, async () =>
        Response.json({
          info: { title: 'crm-api', version: '0.0.1' },
          servers: [{ url: world.stack.apiUrl }],
        }),
      ),
    });
    expect(warning?.found).toContain('0.0.1');
  });

  it('an account without a valid key', async () => {
    await change(
      'update public.api_keys set revoked_at = now()',
      'update public.api_keys set revoked_at = null',
    );
    expect((await warned('accounts'))[0]?.remedy).toContain('keys create');
  });

  it('a channel whose senders are all inactive', async () => {
    await change(
      `update public.senders set active = false where channel = 'email'`,
      'update public.senders set active = true',
    );
    expect((await warned('accounts'))[0]?.found).toBe('no sender is active for email');
  });

  it('a vendor that has reported nothing of what it took', async () => {
    const { apiUrl, database } = world.stack;
    const response = await fetch(`${apiUrl}/send-message`, {
      method: 'POST',
      headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ content: 'Hello', ai: false, channel: 'facebook' },
        conversation_id: demoData.conversationId,
      }),
    });
    expect(response.status).toBe(200);
    undo.push(() => database.query('delete from public.messages'));
    expect((await world.examine()).checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    await database.query(
      `update public.messages set created_at = now() - interval '2 hours', sent_at = now() - interval '1 hour'`,
    );
    const [warning] = await warned('webhooks');
    expect(warning?.found).toMatch(/nothing has come yet, although messages went out/);
    expect(warning?.remedy).toMatch(/app dashboard.*\/webhooks\/meta\//);

    const questions: string[] = [];
    const count: Fetch = (url, init) => {
      if (url.includes('/rest/v1/messages')) questions.push(url);
      return world.stack.fetch(url, init);
    };
    await world.examine({ fetch: count });
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatch(/sub_account_id=eq\..*order=created_at\.desc.*limit=200/);
    const busy = around(/\/rest\/v1\/messages/, async () =>
      Response.json({ code: '57014', message: 'canceling statement' }, { status: 500 }),
    );
    const { checks: failed } = await world.examine({ fetch: busy });
    expect(of(failed, 'webhooks', 'problem').map(({ found }) => found)).toContain(
      'The database says: canceling statement',
    );
  });
});

it('ends well within a minute although nothing answers', { timeout: 60_000 }, async () => {
  const hang: Fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      const stop = () => reject(init?.signal?.reason);
      if (init?.signal?.aborted) stop();
      init?.signal?.addEventListener('abort', stop);
    });
  const startedAt = Date.now();
  const { checks: all, exitCode } = await world.examine({ fetch: hang });
  expect(Date.now() - startedAt).toBeLessThan(25_000);
  expect(exitCode).toBe(1);
  expect(statesOf(all)).toMatchObject({ database: ['problem'], function: ['problem'] });
});

it('does not wait as long as a database asks for', async () => {
  const busy = async () =>
    Response.json({ message: 'busy' }, { status: 503, headers: { 'retry-after': '3600' } });
  const fetch = around(/\/rest\/v1\/(?:api_keys|connections)/, busy);
  const { exitCode, checks: all } = await world.examine({ fetch });
  expect(exitCode).toBe(1);
  expect(statesOf(all)).toMatchObject({ database: ['ok'], accounts: ['problem'] });
});

it('ends at once when it is interrupted', async () => {
  const { exitCode, stdout } = await world.visit({ interrupted: AbortSignal.abort() });
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
});
