import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { addressValues } from '../support/address-values.ts';
import type { Crm } from './run-crm.ts';

const report = z.object({
  dry_run: z.boolean(),
  addresses: z.number(),
  rekeyed: z.number(),
  merged: z.number(),
  conflicts: z.array(z.object({ channel: z.string(), contacts: z.array(z.string()) })),
  senders: z.number(),
  senders_rekeyed: z.number(),
  sender_conflicts: z.array(z.array(z.string())),
});

/** `contacts rekey`, in accounts of its own; an older rule is one that has made other keys. */
export const describeRekey = (crm: () => Crm): void => {
  const query = (sql: string) => crm().database.query(sql);

  const addAccount = async (): Promise<{ readonly id: string; readonly account: string }> => {
    const account = `Rekey ${randomUUID()}`;
    const added = await crm().runJson(['accounts', 'add', account]);
    return { id: z.object({ id: z.string() }).parse(added).id, account };
  };
  /** A new contact with these addresses; the second of each pair is the key that an older rule made. */
  const addContact = async (accountId: string, ...addresses: readonly [string, string][]) => {
    const id = randomUUID();
    const rows = addresses.map(
      ([address, key]) => `('${accountId}', '${id}', 'sms', '${address}', '${key}')`,
    );
    await query(`insert into public.contacts (id, sub_account_id) values ('${id}', '${accountId}');
      insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
      values ${rows.join(', ')}`);
    return id;
  };
  const keysOf = async (accountId: string) => {
    const rows = await query(`select address, address_key from public.contact_addresses
      where sub_account_id = '${accountId}' order by address`);
    return Object.fromEntries(rows.map(({ address, address_key }) => [address, address_key]));
  };
  const rekey = async (account: string | null, args: readonly string[] = []) => {
    const ran = await crm().run(['contacts', 'rekey', '--json', ...args], { account });
    return { ...ran, report: report.parse(JSON.parse(ran.stdout)) };
  };

  it('gives the addresses of the account that is named their keys, once', async () => {
    const [first, other] = [await addAccount(), await addAccount()];
    await addContact(first.id, ['+5511987654321', 'old-1'], ['+15005550101', '+15005550101']);
    await addContact(other.id, ['+5511987654321', 'old-1']);
    const { exitCode, report: done } = await rekey(first.account);
    expect(exitCode).toBe(0);
    expect(done).toMatchObject({ addresses: 2, rekeyed: 1, merged: 0, conflicts: [] });
    expect(await keysOf(first.id)).toEqual({
      '+5511987654321': '+551187654321',
      '+15005550101': '+15005550101',
    });
    expect(await keysOf(other.id)).toEqual({ '+5511987654321': 'old-1' });
    expect((await rekey(first.account)).report).toMatchObject({ rekeyed: 0, merged: 0 });
    await rekey(null);
    expect(await keysOf(other.id)).toEqual({ '+5511987654321': '+551187654321' });
  });

  it('changes nothing with --dry-run, and says the same', async () => {
    const { id, account } = await addAccount();
    await addContact(id, ['+5511987654321', 'old-1'], ['+551187654321', '+551187654321']);
    const before = await keysOf(id);
    const said = { addresses: 2, rekeyed: 0, merged: 1, conflicts: [] };
    expect((await rekey(account, ['--dry-run'])).report).toMatchObject({ ...said, dry_run: true });
    expect(await keysOf(id)).toEqual(before);
    expect((await rekey(account)).report).toMatchObject({ ...said, dry_run: false });
  });

  it('makes one of two spellings that one contact has, which stays opted out', async () => {
    const { id, account } = await addAccount();
    await addContact(id, ['+5511987654321', 'old-1'], ['+551187654321', 'old-2']);
    await query(`update public.contact_addresses set opted_out_at = now(), preference_at = now()
      where sub_account_id = '${id}' and address_key = 'old-1'`);
    const { exitCode, report: done } = await rekey(account);
    expect(exitCode).toBe(0);
    expect(done).toMatchObject({ rekeyed: 1, merged: 1, conflicts: [] });
    const rows = await query(`select address_key, opted_out_at is not null as out
      from public.contact_addresses where sub_account_id = '${id}'`);
    expect(rows).toEqual([{ address_key: '+551187654321', out: true }]);
  });

  it('names two contacts that have one address, changes nothing of them, and exits 1', async () => {
    const { id, account } = await addAccount();
    const contacts = [
      await addContact(id, ['+5511987654321', 'old-1']),
      await addContact(id, ['+551187654321', 'old-2']),
    ];
    const holder = await addContact(id, ['+15005550101', '+15005550101']);
    const late = await addContact(id, ['1-500-555-0101', 'old-3']);
    const sound = await addContact(id, ['+5511987650000', 'old-4']);
    expect(sound).not.toBe(late);
    const { exitCode, report: done, stderr } = await rekey(account);
    expect(exitCode).toBe(1);
    expect(done.rekeyed).toBe(1);
    const named = done.conflicts.map((each) => each.contacts.toSorted());
    expect(named.toSorted()).toEqual([contacts.toSorted(), [holder, late].toSorted()].toSorted());
    expect(stderr).toContain(late);
    expect(stderr).not.toContain('5550101');
    expect(await keysOf(id)).toEqual({
      '+5511987654321': 'old-1',
      '+551187654321': 'old-2',
      '+15005550101': '+15005550101',
      '1-500-555-0101': 'old-3',
      '+5511987650000': '+551187650000',
    });
  });

  it('gives a key that another address had before it had its own', async () => {
    const { id, account } = await addAccount();
    await addContact(id, ['+15005550101', '+15005550102']);
    await addContact(id, ['+15005550102', 'old-1']);
    const { exitCode, report: done } = await rekey(account);
    expect([exitCode, done.rekeyed]).toEqual([0, 2]);
    const keys = await keysOf(id);
    expect(Object.values(keys)).toEqual(Object.keys(keys));
  });

  it('keeps an address whose key another address of the same contact had before', async () => {
    const { id, account } = await addAccount();
    const numbers = Array.from({ length: 7 }, (_, index) => `+1500555010${index}`);
    await addContact(
      id,
      ...numbers.map((number, index): [string, string] => [number, numbers[index + 1] ?? 'old-1']),
    );
    const { exitCode, report: done } = await rekey(account);
    expect([exitCode, done.rekeyed, done.merged]).toEqual([0, 7, 0]);
    expect(await keysOf(id)).toEqual(Object.fromEntries(numbers.map((number) => [number, number])));
  });

  it('gives senders their keys too, and names two that are one', async () => {
    const { id, account } = await addAccount();
    const { accountSid, authToken } = demoData.twilio;
    const environment = { CREDENTIALS: JSON.stringify({ accountSid, authToken }) };
    await crm().runJson(['connections', 'add', 'twilio'], { account, environment });
    const addSender = (values: string) =>
      query(`insert into public.senders (sub_account_id, connection_id, channel, address, address_key)
        select sub_account_id, id, ${values} from public.connections where sub_account_id = '${id}'`);
    await addSender(`'sms', '+15005550101', 'old-1'`);
    expect((await rekey(account)).report).toMatchObject({ senders: 1, senders_rekeyed: 1 });
    await addSender(`'sms', '1 500 555 0101', 'old-2'`);
    await addSender(addressValues('sms', '+15005550102'));
    const { exitCode, report: done } = await rekey(account);
    expect(exitCode).toBe(1);
    expect(done).toMatchObject({ senders: 3, senders_rekeyed: 0 });
    expect(done.sender_conflicts[0]).toHaveLength(2);
  });
};
