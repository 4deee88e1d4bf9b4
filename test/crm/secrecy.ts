import { expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { anySecret, readAllRows } from './find-secret.ts';
import type { Crm, RunOptions } from './run-crm.ts';

const { twilio, credentialsKey } = demoData;

/** The unchanged database, except that new connections fail. */
const losingConnections = (fetch: Fetch): Fetch => {
  return (url, init) =>
    init?.method === 'POST' && new URL(url).pathname.endsWith('/connections')
      ? Promise.reject(new TypeError('fetch failed'))
      : fetch(url, init);
};

/** The words that are typed into a command reach only the command and the vendor. */
export const describeSecrecy = (crm: () => Crm): void => {
  const add = ['connections', 'add', 'twilio', '--name', 'Secret'];
  const typed = [twilio.accountSid, anySecret];
  const situations: readonly (readonly [string, readonly string[], RunOptions, number])[] = [
    ['it is stored', [...add, '--no-check'], { typed }, 0],
    ['the vendor refuses it', add, { typed }, 1],
    ['it is malformed', add, { typed: [anySecret, `${anySecret} \u{1f600}`] }, 1],
    ['it is an option', [...add, `--auth-token=${anySecret}`], { typed }, 2],
    ['it is an option with an underscore', [...add, `--api_key=${anySecret}`], { typed }, 2],
    ['it follows a letter', [...add, `-k${anySecret}`], { typed }, 2],
    ['it stands where a command does', ['connections', `${anySecret}_1`], {}, 2],
    ['it is an argument', [...add, anySecret], { typed }, 2],
    ['it is a wrong value', ['keys', 'create', 'x', '--rate', anySecret], {}, 2],
    [
      'the key that seals is malformed',
      add,
      { typed, environment: { CREDENTIALS_KEY: anySecret } },
      1,
    ],
    [
      'the database is down',
      add,
      { typed, environment: { SUPABASE_URL: 'http://127.0.0.1:1' } },
      1,
    ],
    [
      'the database goes away once it is typed',
      [...add, '--no-check'],
      { typed, around: losingConnections },
      1,
    ],
    [
      'the database does not take the secret key',
      add,
      { typed, environment: { SUPABASE_SECRET_KEY: anySecret } },
      1,
    ],
    [
      'it comes as JSON that is broken',
      add,
      { environment: { CREDENTIALS: `{"authToken":"${anySecret}` } },
      1,
    ],
  ];

  it.each(situations)('repeats no secret when %s', async (_, args, options, exitCode) => {
    crm().api.reset();
    const ran = await crm().run(args, options);
    expect(ran.exitCode).toBe(exitCode);
    expect(JSON.stringify(ran)).not.toContain(anySecret);
    expect(JSON.stringify(crm().api.logs)).not.toContain(anySecret);
    expect(await readAllRows(crm().database)).not.toContain(anySecret);
  });

  it('shows none of what is stored in any list', async () => {
    for (const list of ['accounts', 'keys', 'connections', 'senders', 'agents']) {
      const { stdout } = await crm().run([list, 'list', '--json']);
      expect(stdout, list).not.toMatch(/v1\.[0-9a-f]{8}\.|key_hash/);
      for (const secret of [anySecret, twilio.authToken, credentialsKey, demoData.apiKey]) {
        expect(stdout, list).not.toContain(secret);
      }
    }
    await crm().run(['connections', 'remove', 'Secret', '--yes']);
  });
};
