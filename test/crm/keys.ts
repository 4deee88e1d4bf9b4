import { expect, it } from 'vitest';
import { z } from 'zod';
import { manual } from '../support/api.ts';
import type { Crm } from './run-crm.ts';

const created = z.object({ key: z.string().regex(/^cfy_[0-9A-Za-z]{40}$/) });
const rerolled = created.extend({ old_key_ends_at: z.string(), expires_at: z.string().nullable() });
const listed = z.array(z.looseObject({ id: z.string(), begins_with: z.string() }));

/** `keys create | list | reroll | revoke`, on any database behind Supabase's API. */
export const describeKeys = (crm: () => Crm): void => {
  const make = async (name: string, ...options: readonly string[]): Promise<string> =>
    created.parse(await crm().runJson(['keys', 'create', name, ...options])).key;
  const find = async (key: string) => {
    const keys = listed.parse(await crm().runJson(['keys', 'list']));
    return keys.find(({ begins_with }) => begins_with === key.slice(0, 8));
  };
  const expire = (key: string, after: string) =>
    crm().database.query(`
      update public.api_keys
      set created_at = created_at - interval '${after}', expires_at = expires_at - interval '${after}'
      where display_prefix = '${key.slice(0, 8)}'`);
  const statusWith = async (key: string): Promise<number> =>
    (await crm().api.send(manual, { 'x-api-key': key })).status;

  it('keys create makes a key that sends, and shows it once', async () => {
    const { exitCode, stdout } = await crm().run(['keys', 'create', 'n8n']);
    expect(exitCode).toBe(0);
    const [key = ''] = /cfy_\w{40}/.exec(stdout) ?? [];
    expect(await statusWith(key)).toBe(200);
    const { stdout: list } = await crm().run(['keys', 'list']);
    expect(list).toContain('n8n');
    expect(list).not.toContain(key);
  });

  it('keys create takes a rate and an end', async () => {
    const key = await make('brief', '--rate', '1', '--expires', '1m');
    expect(await find(key)).toMatchObject({ name: 'brief', state: 'active', requests_a_minute: 1 });
    await expire(key, '1 minute');
    expect(await find(key)).toMatchObject({ state: 'expired' });
    expect(await statusWith(key)).toBe(401);
  });

  it('keys reroll makes a new key, and leaves the old one the grace period', async () => {
    const old = await make('rolled');
    const id = (await find(old))?.id ?? '';
    const next = created.parse(await crm().runJson(['keys', 'reroll', id, '--grace', '1h']));
    expect([await statusWith(old), await statusWith(next.key)]).toEqual([200, 200]);

    const again = created.parse(await crm().runJson(['keys', 'reroll', id, '--grace', '0m']));
    expect([await statusWith(old), await statusWith(again.key)]).toEqual([401, 200]);
  });

  it('keys reroll gives the old key no more time than it had, and the new one as much as the old was made with', async () => {
    const old = await make('ending', '--expires', '1h');
    const before = await find(old);
    const made = rerolled.parse(
      await crm().runJson(['keys', 'reroll', before?.id ?? '', '--grace', '24h']),
    );
    expect(await find(old)).toEqual(before);
    expect(Date.parse(made.old_key_ends_at)).toBe(Date.parse(String(before?.expires_at)));
    const life = Date.parse(made.expires_at ?? '') - Date.now();
    expect(Math.abs(life - 3_600_000)).toBeLessThan(60_000);
  });

  it('keys reroll puts a key that works in the place of one that has expired', async () => {
    const old = await make('expired', '--expires', '1h');
    await expire(old, '2 hours');
    expect(await statusWith(old)).toBe(401);
    const id = (await find(old))?.id ?? '';
    const { key } = rerolled.parse(await crm().runJson(['keys', 'reroll', id]));
    expect([await statusWith(old), await statusWith(key)]).toEqual([401, 200]);
    const longer = await crm().runJson(['keys', 'reroll', id, '--expires', '90d']);
    const { expires_at } = rerolled.parse(longer);
    expect(Date.parse(expires_at ?? '')).toBeGreaterThan(Date.now() + 89 * 86_400_000);
  });

  it('keys revoke ends a key at once', async () => {
    const key = await make('revoked');
    expect((await crm().run(['keys', 'revoke', key.slice(0, 8)])).exitCode).toBe(0);
    expect(await statusWith(key)).toBe(401);
    expect(await find(key)).toMatchObject({ state: 'revoked' });
  });

  it('keys revoke says how many messages it keeps from being sent', async () => {
    const key = await make('queueing');
    crm().api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503 });
    await crm().api.send(manual, { 'x-api-key': key, prefer: 'respond-async' });
    await crm().api.drain();
    const revoked = await crm().runJson(['keys', 'revoke', key.slice(0, 8)]);
    expect(revoked).toMatchObject({ name: 'queueing', canceled: 1 });
    const { stdout } = await crm().run(['keys', 'revoke', key.slice(0, 8)]);
    expect(stdout).toContain('works no longer');
  });

  it('keys revoke keeps from being sent however much the key has queued, more than one call can end', async () => {
    const key = await make('flooding');
    const { id } = z.object({ id: z.string() }).parse(await find(key));
    await crm().database.query(`
      insert into public.messages
        (id, sub_account_id, conversation_id, channel, sender_type, status, content, api_key_id, due_at, retry_until)
      select gen_random_uuid(), c.sub_account_id, c.id, 'sms', 'user', 'queued', 'Buy', '${id}',
        now() + interval '1 hour', now() + interval '1 day'
      from (select * from public.conversations where external_id = 'conv_abc123') c, generate_series(1, 10001)`);
    const revoked = await crm().runJson(['keys', 'revoke', id]);
    expect(revoked).toMatchObject({ name: 'flooding', canceled: 10_001 });
    await crm().database.query(`delete from public.messages where api_key_id = '${id}'`);
  });

  it('messages tail --key shows what that key sent, and nothing else', async () => {
    const key = await make('watched');
    const { body } = await crm().api.send(manual, { 'x-api-key': key });
    await crm().api.send(manual);
    const tail = ['messages', 'tail', '--once', '--key', key.slice(0, 8)];
    const { stdout } = await crm().run(tail);
    const { message_id } = z.object({ message_id: z.string() }).parse(body);
    expect(stdout.trimEnd().split('\n')).toEqual([expect.stringContaining(message_id)]);
  });

  it('keys reroll and revoke take a name, the start of a key or of an id, and a whole key', async () => {
    const [first, second, third, fourth] = [
      await make('by name'),
      await make('by its start'),
      await make('by its id'),
      await make('by all of it'),
    ];
    const id = (await find(third))?.id ?? '';
    for (const wanted of ['by name', second.slice(0, 7), id.slice(0, 13), `${fourth}\u200b`]) {
      expect(await crm().run(['keys', 'revoke', wanted])).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
    }
    for (const key of [first, second, third, fourth]) {
      expect(await find(key)).toMatchObject({ state: 'revoked' });
    }
  });

  it('keys revoke shows the keys that may be meant, and ends none of them', async () => {
    const old = await make('twice');
    const { key } = rerolled.parse(await crm().runJson(['keys', 'reroll', 'twice']));
    const { exitCode, stderr } = await crm().run(['keys', 'revoke', 'twice']);
    expect(exitCode).toBe(1);
    for (const each of [old, key]) {
      expect(stderr).toMatch(new RegExp(`${each.slice(0, 8)}  active  twice`));
    }
    expect([await statusWith(old), await statusWith(key)]).toEqual([200, 200]);

    await crm().run(['keys', 'revoke', (await find(old))?.id ?? '']);
    expect((await crm().run(['keys', 'revoke', 'twice'])).exitCode).toBe(0);
    expect([await statusWith(old), await statusWith(key)]).toEqual([401, 401]);
  });

  it.each([
    [['keys', 'revoke', ' '], 1, /no such key/],
    [['keys', 'revoke', 'cfy_'], 1, /no such key/],
    [['keys', 'revoke', `cfy_${'0'.repeat(40)}`], 1, /no such key/],
    [['keys', 'revoke', 'cfy_0000'], 1, /no such key/],
    [['keys', 'create'], 2, /missing required argument 'name'/],
    [['keys', 'create', ' '], 2, /name of 1 to 200 characters/],
    [['keys', 'create', 'a\nb'], 2, /on one line/],
    [['keys', 'create', 'x', '--rate', '0'], 2, /whole number from 1/],
    [['keys', 'create', 'x', '--expires', 'soon'], 2, /such as 30m, 24h or 90d/],
    [['keys', 'create', 'x', '--expires', '0d'], 2, /more than zero/],
    [['keys', 'reroll', 'cfy_0000', '--expires', '0m'], 2, /more than zero/],
    [['keys', 'create', 'x', '--expires', '3654d'], 2, /at most ten years/],
    [['keys', 'create', 'x', '--expires', '99999999999d'], 2, /at most ten years/],
    [['keys', 'reroll', 'cfy_0000', '--grace', '99999d'], 2, /at most ten years/],
    [['keys', 'create', 'x', '--account', 'nobody'], 1, /no such sub-account; there are:/],
  ])('refuses %j with exit code %d', async (args, exitCode, message) => {
    const before = await crm().run(['keys', 'list', '--json']);
    const ran = await crm().run(args);
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(await crm().run(['keys', 'list', '--json'])).toEqual(before);
  });
};
