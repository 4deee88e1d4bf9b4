import { expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { createCredentialsVault } from '../../src/lib/credentials-vault.ts';
import { anySecret } from './find-secret.ts';
import type { Crm } from './run-crm.ts';

const { twilio, resend, openai, connectionIds, credentialsKey } = demoData;
const created = z.object({ id: z.uuid(), webhook: z.string().nullable() });
const listed = z.array(z.looseObject({ id: z.string(), name: z.string(), provider: z.string() }));
const typedTwilio = [twilio.accountSid, twilio.authToken];
const newKey = btoa('another-key-of-exactly-32-bytes!');

/** `connections add | check | list | remove | reseal`, in the demo's account. */
export const describeConnections = (crm: () => Crm): void => {
  const list = async () => listed.parse(await crm().runJson(['connections', 'list']));
  const find = async (id: string) => (await list()).find((connection) => connection.id === id);
  const add = async (args: readonly string[], typed: readonly string[]) =>
    created.parse(await crm().runJson(['connections', 'add', ...args], { typed }));
  const sealed = async (id: string): Promise<string> => {
    const [row] = await crm().database.query(
      `select credentials from public.connections where id = '${id}'`,
    );
    return String(row?.credentials);
  };
  const addAndRemove = async (use: (id: string) => Promise<void>) => {
    const { id } = await add(['twilio', '--name', 'Passing'], typedTwilio);
    await use(id);
    await crm().runJson(['connections', 'remove', id, '--yes']);
  };

  it('connections add asks for each field, seals what is typed, and says where the vendor is to call', async () => {
    await addAndRemove(async (id) => {
      expect(await find(id)).toMatchObject({ provider: 'twilio', name: 'Passing', senders: 0 });
      const vault = createCredentialsVault([credentialsKey]);
      expect(await vault.open(await sealed(id), id)).toEqual({
        accountSid: twilio.accountSid,
        authToken: twilio.authToken,
      });
    });
    const { id, webhook } = await add(['resend'], [resend.apiKey, '']);
    expect(webhook).toBe(`${crm().api.deps.publicUrl}/webhooks/resend/${id}`);
    await crm().runJson(['connections', 'remove', id, '--yes']);
  });

  it('connections add takes the credentials from the environment where nobody can be asked', async () => {
    const environment = { CREDENTIALS: JSON.stringify({ apiKey: openai.apiKey }) };
    const args = ['connections', 'add', 'openai', '--name', 'Model'];
    const { id, webhook } = created.parse(await crm().runJson(args, { environment }));
    expect(webhook).toBeNull();
    await crm().runJson(['connections', 'remove', id, '--yes']);
  });

  it.each([
    [
      'a token that the vendor refuses',
      'twilio',
      [twilio.accountSid, anySecret],
      /Nothing is stored; --no-check/,
    ],
    [
      'a malformed field',
      'twilio',
      [`${anySecret} \u{1f600}`, 'x'],
      /missing or malformed: accountSid\./,
    ],
    ['an empty field', 'twilio', ['', anySecret], /missing or malformed: accountSid/],
    [
      'an unknown provider',
      'carrier-pigeon',
      [],
      /There is no such provider: say one of twilio, meta, resend, openai, anthropic/,
    ],
  ])('connections add refuses %s, and stores nothing', async (_, provider, typed, message) => {
    const before = await list();
    const ran = await crm().run(['connections', 'add', provider], { typed });
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(await list()).toEqual(before);
  });

  it.each(['Demo twilio', 'demo TWILIO '])(
    'connections add makes no second connection called %j, and asks for no credentials',
    async (name) => {
      const before = await list();
      const ran = await crm().run(['connections', 'add', 'twilio', '--name', name], { typed: [] });
      expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
      expect(ran.stderr).toMatch(/^There is one called Demo twilio already: say another.*--name/);
      expect(await list()).toEqual(before);
    },
  );

  it.each([
    ['that are not JSON', `{"authToken":"${anySecret}"`, /CREDENTIALS is not JSON/],
    ['that are no object', `"${anySecret}"`, /missing or malformed: the whole/],
    [
      'with a field that nobody knows',
      JSON.stringify({ accountSid: 'AC0', authToken: 'x', [anySecret]: anySecret }),
      /twilio does not know: it knows accountSid, authToken/,
    ],
    [
      'that are missing, where nobody can be asked',
      undefined,
      /run this in a terminal, or set CREDENTIALS/,
    ],
  ])('connections add refuses CREDENTIALS %s', async (_, CREDENTIALS, message) => {
    const ran = await crm().run(['connections', 'add', 'twilio'], { environment: { CREDENTIALS } });
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toContain(anySecret);
  });

  it('connections add --no-check stores what the vendor would refuse, and connections check tells', async () => {
    const { id } = await add(['twilio', '--no-check', '--name', 'Wrong'], ['AC0', anySecret]);
    const { exitCode, stdout } = await crm().run(['connections', 'check', 'Wrong']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/Wrong +no +\S/);
    await crm().runJson(['connections', 'remove', id, '--yes']);
  });

  it('connections check asks the vendor of every connection', async () => {
    crm().api.reset();
    const checked = listed.parse(await crm().runJson(['connections', 'check']));
    expect(checked).toHaveLength(6);
    for (const { name, ...connection } of checked) {
      expect(connection, name).toMatchObject({ ok: true, problem: null });
    }
    const hosts = new Set(
      crm()
        .api.vendors.requests()
        .map(({ host }) => host),
    );
    expect(hosts).toEqual(
      new Set(['api.twilio.com', 'graph.facebook.com', 'graph.instagram.com', 'api.resend.com']),
    );
    expect(crm().api.vendors.sent()).toEqual([]);
  });

  it('connections add and check show what is worth knowing of a key that works', async () => {
    const fault = { host: 'api.resend.com', on: 'read', type: 'status', status: 401 } as const;
    crm().api.vendors.fail({ ...fault, times: 'until_reset', code: 'restricted_api_key' });
    const args = ['connections', 'add', 'resend', '--name', 'Sends alone'];
    const { stdout } = await crm().run(args, { typed: [resend.apiKey, ''] });
    crm().api.reset();
    expect(stdout).toMatch(/^Sends alone is connected\. Its id: \S+\nThis API key may only send/);
    await crm().runJson(['connections', 'remove', 'Sends alone', '--yes']);
  });

  it('connections check refuses what the function would not use: a model on a private address', async () => {
    const id = crypto.randomUUID();
    const credentials = { apiKey: openai.apiKey, baseUrl: 'https://127.0.0.1/v1' };
    const stored = await createCredentialsVault([credentialsKey]).seal(credentials, id);
    await crm().database.query(
      `insert into public.connections (id, sub_account_id, provider, name, credentials)
      select '${id}', sub_account_id, provider, 'Private', '${stored}'
      from public.connections where name = 'Demo openai'`,
    );
    const around = () => (url: string, init?: RequestInit) =>
      new URL(url).pathname === '/v1/models'
        ? Promise.resolve(Response.json({ data: [] }))
        : fetch(url, init);
    const { exitCode, stdout } = await crm().run(['connections', 'check', 'Private'], { around });
    await crm().runJson(['connections', 'remove', 'Private', '--yes']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/but the function does not: give it a base URL that is public/);
  });

  it('connections check names what does not open with the present key', async () => {
    const environment = { CREDENTIALS_KEY: newKey };
    const ran = await crm().run(['connections', 'check', connectionIds.twilio], { environment });
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain('do not open with this CREDENTIALS_KEY');
  });

  it('connections remove asks first, and does nothing unless the answer is yes', async () => {
    const { id } = await add(['twilio', '--name', 'Kept'], typedTwilio);
    const asked = await crm().run(['connections', 'remove', 'Kept'], { typed: ['no'] });
    expect(asked).toMatchObject({ exitCode: 1, stdout: '' });
    expect(asked.stderr).toMatch(/Remove Kept\? 0 senders go with it/);
    expect((await crm().run(['connections', 'remove', 'Kept'])).stderr).toMatch(/Say --yes/);
    expect(await find(id)).toBeDefined();
    await crm().run(['connections', 'remove', 'Kept'], { typed: ['yes'] });
    expect(await find(id)).toBeUndefined();
  });

  it('connections reseal exchanges the key, after which the old one is not needed', async () => {
    const both = { CREDENTIALS_KEY: `${newKey},${credentialsKey}` };
    const alone = { environment: { CREDENTIALS_KEY: newKey } };
    const reseal = (environment: Record<string, string>) =>
      crm().runJson(['connections', 'reseal'], { environment });
    try {
      expect((await crm().run(['connections', 'reseal'], alone)).exitCode).toBe(1);
      expect(await reseal(both)).toMatchObject({ not_opened: [] });
      expect(await reseal(both)).toMatchObject({ resealed: 0 });
      expect((await crm().run(['connections', 'check'], alone)).exitCode).toBe(0);
    } finally {
      await reseal({ CREDENTIALS_KEY: `${credentialsKey},${newKey}` });
    }
    expect((await crm().run(['connections', 'check'])).exitCode).toBe(0);
  });
};
