import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../dev/database.ts';
import { demoData } from '../dev/demo-data.ts';
import { findCommand, readDocument } from './docs/markdown.ts';
import { type Api, expectSent, startApi } from './support/api.ts';
import { type CommandResult, projectFolder, runCommand } from './support/run-command.ts';

const script = join(projectFolder, 'scripts/setup.ts');
const { contact, twilio, meta, resend, openai } = demoData;
const publicUrl = 'https://crm.example.com/functions/v1/crm-api';
const secret = 'the-secret-itself';

const twilioCredentials = { accountSid: twilio.accountSid, authToken: twilio.authToken };
const metaCredentials = { accessToken: meta.accessToken, appSecret: meta.appSecret };
const sms = { provider: 'twilio', channel: 'sms', from: twilio.phoneNumber, to: contact.phone };
const writer = {
  agent: 'Front desk',
  'agent-provider': 'openai',
  model: openai.model,
  instructions: 'Be brief.',
};

type Options = Readonly<Record<string, string>>;
const toArguments = (options: Options): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
const complete = (options: Options): Options => ({
  account: "Jane's Bakery",
  contact: 'Jane Doe',
  conversation: 'conv_first',
  ...options,
});

describe('npm run setup', () => {
  let database: Database;
  let api: Api;
  let settings: Readonly<Record<string, string>>;

  beforeAll(async () => {
    database = await startDatabase();
    api = await startApi({ database });
    settings = {
      SUPABASE_URL: database.url,
      SUPABASE_SECRET_KEY: database.secretKey,
      CREDENTIALS_KEY: demoData.credentialsKey,
      PUBLIC_URL: publicUrl,
    };
  });
  afterAll(async () => {
    await api?.stop();
    await database?.stop();
  });
  beforeEach(() => api.reset());

  const setUp = (
    options: Options,
    credentials: unknown,
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<CommandResult> =>
    runCommand(process.execPath, [script, ...toArguments(complete(options))], {
      env: { ...settings, CREDENTIALS: JSON.stringify(credentials), ...env },
    });

  const tables = [
    ...['sub_accounts', 'api_keys', 'contacts', 'contact_addresses', 'conversations'],
    ...['connections', 'senders', 'agents'],
  ];
  const count = async () => {
    const counts = tables.map((table) => `(select count(*) from public.${table}) as ${table}`);
    return (await database.query(`select ${counts.join(', ')}`))[0];
  };

  const expectRefusal = async (
    run: () => Promise<CommandResult>,
    message: string | RegExp,
  ): Promise<void> => {
    const before = await count();
    const { exitCode, stdout, stderr } = await run();
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain(secret);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await count()).toEqual(before);
  };

  /** The requests that it printed as curls, with the headers and the body that a shell would make of them. */
  const requestsOf = (stdout: string) =>
    [...stdout.matchAll(/^curl (\S+)[\s\S]*?x-api-key: (\w+)[\s\S]*? -d '(.*)'$/gm)].map(
      ([, url = '', key = '', body = '']) => ({ url, key, body: body.replaceAll("'\\''", "'") }),
    );

  const play = async ({ key, body }: { readonly key: string; readonly body: string }) =>
    expectSent(
      await api.request('/send-message', {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body,
      }),
    );

  it.each([
    [sms, twilioCredentials],
    [
      {
        provider: 'meta',
        channel: 'whatsapp',
        from: meta.phoneNumberId,
        to: contact.whatsappNumber,
      },
      metaCredentials,
    ],
    [
      { provider: 'meta', channel: 'facebook', from: meta.pageId, to: contact.messengerUserId },
      metaCredentials,
    ],
    [
      {
        provider: 'meta',
        channel: 'instagram',
        from: meta.instagramId,
        to: contact.instagramUserId,
      },
      { accessToken: meta.instagramAccessToken, instagramLogin: true },
    ],
    [
      { provider: 'resend', channel: 'email', from: resend.from, to: contact.email },
      { apiKey: resend.apiKey },
    ],
  ])('makes an account whose first message goes out: $channel', async (options, credentials) => {
    const { exitCode, stdout, stderr } = await setUp(options, credentials);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const requests = requestsOf(stdout);
    expect(requests).toMatchObject([{ url: `${publicUrl}/send-message` }]);
    for (const request of requests) {
      expect(request.key).toMatch(/^cfy_[0-9A-Za-z]{40}$/);
      expect(await play(request)).toMatchObject({ channel: options.channel, content: 'Hello!' });
    }
    expect(api.vendors.sent()).toMatchObject([{ channel: options.channel, text: 'Hello!' }]);
  });

  it('makes an agent, too, that writes', async () => {
    const { stdout } = await setUp({ ...sms, ...writer }, twilioCredentials, {
      AGENT_CREDENTIALS: JSON.stringify({ apiKey: openai.apiKey }),
    });
    const [manual, written, ...others] = requestsOf(stdout);
    expect(others).toEqual([]);
    if (!manual || !written) throw new Error('expected two requests');
    expect(await play(manual)).toMatchObject({ sender_type: 'user' });
    expect(await play(written)).toMatchObject({ sender_type: 'agent' });
    expect(JSON.stringify(api.model.calls())).toContain('Be brief.');
  });

  it('prints a curl that a shell understands whatever the conversation is called', async () => {
    const conversation = `it's "$HOME" \\ \`x\``;
    const { stdout } = await setUp({ ...sms, conversation }, twilioCredentials);
    const curl = /^curl [\s\S]*'$/m.exec(stdout)?.[0] ?? '';
    const { stdout: words } = await runCommand('sh', [
      '-c',
      curl.replace('curl', "printf '%s\\n'"),
    ]);
    const body: unknown = JSON.parse(words.trim().split('\n').at(-1) ?? '');
    expect(body).toMatchObject({ conversation_id: conversation });
  });

  it('stores the key as its hash, and the credentials sealed', async () => {
    await setUp(sms, twilioCredentials);
    const rows = await Promise.all(
      tables.map((table) => database.query(`select * from public.${table}`)),
    );
    expect(JSON.stringify(rows)).not.toContain(twilio.authToken);
    expect(JSON.stringify(rows)).not.toMatch(/cfy_\w{40}/);
  });

  describe('as the documents say it', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'crm-api-setup-'));
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
      await writeFile(join(folder, '.env.production'), lines.join('\n'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it.each([
      ['README.md', 1],
      ['docs/deploy.md', 2],
    ])('works: %s', async (document, curls) => {
      const documented = findCommand(await readDocument(document), /npm run setup/);
      const command = documented.replace('npm run setup --', `'${process.execPath}' '${script}'`);
      const result = await runCommand('sh', ['-c', command], { cwd: folder });
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(requestsOf(result.stdout)).toHaveLength(curls);
    });

    it('and shows with the query of the guide which keys seal connections', async () => {
      const guide = await readDocument('docs/deploy.md');
      const query = /"(select .*)"/.exec(findCommand(guide, /^npx supabase db query/))?.[1] ?? '';
      expect(await database.query(query)).toEqual([
        { key_id: 'db042eaa', count: expect.anything() },
      ]);
    });
  });

  describe('refuses, stores nothing and repeats no secret:', () => {
    it.each([
      ['no options', {}, /--provider must be one of twilio, meta, resend[\s\S]*--from is missing/],
      ['an unknown channel', { ...sms, channel: secret }, /--channel must be one of sms, email/],
      ['an empty name', { ...sms, account: ' ' }, /--account is empty/],
      ['a long name', { ...sms, account: 'x'.repeat(201) }, /--account is longer than 200/],
      ['an unknown option', { ...sms, credentials: secret }, /Unknown option '--credentials'/],
      [
        'a channel that the provider lacks',
        { ...sms, channel: 'email' },
        /twilio does not serve email/,
      ],
      [
        'half an agent',
        { ...sms, agent: 'Front desk' },
        /--agent-provider must be one of[\s\S]*--model is missing/,
      ],
      ['an agent without credentials', { ...sms, ...writer }, /AGENT_CREDENTIALS is not set/],
      ['a file that is not there', { ...sms, env: 'nowhere' }, /--env: nowhere cannot be read/],
    ])('%s', async (_, options, message) => {
      await expectRefusal(() => setUp(options, twilioCredentials), message);
    });

    it.each([
      ['no credentials', undefined, /CREDENTIALS is not set/],
      ['credentials that are not JSON', `{"authToken":"${secret}"`, /CREDENTIALS is not JSON/],
      ['credentials that are no object', `"${secret}"`, /missing or malformed: the whole/],
      [
        'a missing field',
        JSON.stringify({ accountSid: secret }),
        /missing or malformed: authToken/,
      ],
      [
        'a malformed field',
        JSON.stringify({ accountSid: `${secret} \u{1F600}`, authToken: 'x' }),
        /missing or malformed: accountSid/,
      ],
      [
        'a field that is not known',
        JSON.stringify({ ...twilioCredentials, authtoken: secret }),
        /fields that twilio does not know: authtoken/,
      ],
    ])('%s', async (_, CREDENTIALS, message) => {
      await expectRefusal(() => setUp(sms, null, { CREDENTIALS }), message);
    });

    it('a private address for the model', async () => {
      const AGENT_CREDENTIALS = JSON.stringify({ apiKey: secret, baseUrl: 'https://10.0.0.1/v1' });
      const run = () => setUp({ ...sms, ...writer }, twilioCredentials, { AGENT_CREDENTIALS });
      await expectRefusal(run, /missing or malformed: baseUrl/);
    });

    it('credentials in the wrong place', async () => {
      const run = () =>
        runCommand(process.execPath, [script, `CREDENTIALS={"authToken":"${secret}"}`], {
          env: settings,
        });
      await expectRefusal(run, /Only options may follow/);
    });

    it.each([
      ['an incomplete environment', { CREDENTIALS_KEY: undefined }, /- CREDENTIALS_KEY: /],
      ['a wrong secret key', { SUPABASE_SECRET_KEY: secret }, /does not take SUPABASE_SECRET_KEY/],
      [
        'an address where no database is',
        { SUPABASE_URL: 'http://127.0.0.1:1' },
        /cannot be reached/,
      ],
    ])('%s', async (_, env, message) => {
      await expectRefusal(() => setUp(sms, twilioCredentials, env), message);
    });
  });

  describe('leaves nothing half made', () => {
    /** A database whose answer to the last insert is up to the test. */
    const startInBetween = async (onLastInsert: () => 'fail' | 'hang') => {
      const server = createServer(async (request, response) => {
        const body = await text(request);
        if (request.method === 'POST' && request.url?.startsWith('/rest/v1/api_keys')) {
          if (onLastInsert() === 'hang') return;
          response.writeHead(500, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ code: 'P0001', message: 'no room left' }));
          return;
        }
        const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
        const answer = await fetch(`${database.url}${request.url}`, {
          method: request.method ?? 'GET',
          headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
          body: body === '' ? null : body,
        });
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(answer.status === 204 ? undefined : await answer.text());
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      return {
        url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
        stop: () => {
          server.closeAllConnections();
          return new Promise((resolve) => server.close(resolve));
        },
      };
    };

    it('when the database fails at the last step', async () => {
      const between = await startInBetween(() => 'fail');
      const run = () => setUp(sms, twilioCredentials, { SUPABASE_URL: between.url });
      await expectRefusal(run, /no room left.*What was stored before is removed/);
      await between.stop();
    });

    it('when it is interrupted', async () => {
      const before = await count();
      let interrupt = (): void => undefined;
      const between = await startInBetween(() => {
        interrupt();
        return 'hang';
      });
      const child = spawn(process.execPath, [script, ...toArguments(complete(sms))], {
        env: {
          ...settings,
          CREDENTIALS: JSON.stringify(twilioCredentials),
          SUPABASE_URL: between.url,
        },
      });
      interrupt = () => child.kill('SIGINT');
      const exited = new Promise((resolve) => child.once('close', resolve));
      expect(await text(child.stderr)).toMatch(/^Interrupted\. What was stored before is removed/);
      expect(await exited).toBe(1);
      expect(await count()).toEqual(before);
      await between.stop();
    });
  });
});
