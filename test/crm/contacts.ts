import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { addressValues } from '../support/address-values.ts';
import { manual } from '../support/api.ts';
import { createContactsSetup, phoneOf } from './contacts-setup.ts';
import type { Crm } from './run-crm.ts';

/** `contacts import`: the outcome of each line. */
export const describeContacts = (crm: () => Crm): void => {
  const { runImport, importCsv, readAll, findByAddress } = createContactsSetup(crm);

  it('stores people who can be sent to by their conversation id', async () => {
    const csv = `name,phone,email,conversation_id\nAda,${phoneOf(1)},ada@example.com,crm_ada\n`;
    const ran = await runImport(csv, ['--whatsapp']);
    expect(ran).toEqual({
      exitCode: 0,
      stdout: '1 imported, 0 updated, 0 unchanged, 0 skipped.\n',
      stderr: '',
    });
    for (const channel of ['sms', 'whatsapp', 'email']) {
      const answer = await crm().api.send({ ...manual, conversation_id: 'crm_ada', channel });
      expect(answer, channel).toMatchObject({ status: 200 });
    }
  });

  it('reads a file by its path', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'crm-')), 'people.csv');
    await writeFile(path, `phone\n${phoneOf(2)}\n`);
    expect(await crm().runJson(['contacts', 'import', path])).toMatchObject({ imported: 1 });
    expect(await findByAddress(phoneOf(2))).toEqual([
      { name: null, addresses: [`sms ${phoneOf(2)}`], conversations: [null] },
    ]);
  });

  it.each([
    ['Telefon', 'E-mail address'],
    ['Telephone', 'E-Mail'],
    ['Mobile number', 'EMAIL_ADDRESS'],
    ['Cell', 'email'],
  ])('reads the columns %s and %s, and says in its help that it does', async (phone, email) => {
    const number = phoneOf(60 + phone.length);
    const mailbox = `${phone.replace(' ', '-')}@example.com`.toLowerCase();
    const csv = `${phone},${email},Wohnort\n${number},${mailbox},Ada`;
    const { report } = await importCsv(csv);
    expect(report).toMatchObject({ imported: 1, ignored_columns: ['Wohnort'] });
    expect(await findByAddress(number)).toEqual([
      { name: null, addresses: [`email ${mailbox}`, `sms ${number}`], conversations: [null] },
    ]);
    const { stdout } = await crm().run(['contacts', 'import', '--help']);
    expect(stdout).toContain(phone.toLowerCase());
  });

  it('changes no row when it is run again, and says so', async () => {
    const csv = `name,phone,email,conversation_id
Bo,${phoneOf(3)},bo@example.com,crm_bo
Cy,${phoneOf(4)},,
,,dee@example.com,`;
    expect((await importCsv(csv, ['--whatsapp'])).report).toMatchObject({ imported: 3 });
    const before = await readAll();
    const again = await runImport(csv, ['--whatsapp']);
    expect(again.stdout).toContain('3 unchanged, 0 skipped: nothing changed');
    expect(await readAll()).toBe(before);
  });

  it('adds what is missing of a contact, and overwrites nothing', async () => {
    await importCsv(`phone,conversation_id\n${phoneOf(5)},crm_eve`);
    const csv = `name,phone,email,conversation_id
Eve,${phoneOf(5)},,
Not Eve,,eve@example.com,crm_eve
,,EVE@example.com,crm_eve_2`;
    const { report } = await importCsv(csv);
    expect(report).toMatchObject({ imported: 0, updated: 3, unchanged: 0 });
    expect(await findByAddress(phoneOf(5))).toEqual([
      {
        name: 'Eve',
        addresses: ['email eve@example.com', `sms ${phoneOf(5)}`],
        conversations: ['crm_eve', 'crm_eve_2'],
      },
    ]);
  });

  it('knows a contact who wrote first, however the provider spells the number, and names that conversation', async () => {
    await crm().database.query(`with c as (
      insert into contacts (sub_account_id) select id from sub_accounts where name = 'Acme Dental' returning id, sub_account_id
    ), v as (insert into conversations (sub_account_id, contact_id) select sub_account_id, id from c)
    insert into contact_addresses (sub_account_id, contact_id, channel, address, address_key)
    select sub_account_id, id, ${addressValues('whatsapp', phoneOf(6).slice(1))} from c`);
    const csv = `phone,conversation_id\n${phoneOf(6)},crm_flo`;
    expect((await importCsv(csv, ['--whatsapp'])).report).toMatchObject({ updated: 1 });
    expect(await findByAddress(`%${phoneOf(6).slice(1)}`)).toEqual([
      {
        name: null,
        addresses: [`sms ${phoneOf(6)}`, `whatsapp ${phoneOf(6).slice(1)}`],
        conversations: ['crm_flo'],
      },
    ]);
  });

  it('takes no address or conversation from another contact', async () => {
    await importCsv(`phone,email,conversation_id
${phoneOf(7)},gil@example.com,crm_gil
${phoneOf(8)},hal@example.com,crm_hal`);
    const before = await readAll();
    const { exitCode, report } = await importCsv(`name,phone,email,conversation_id
Gil,${phoneOf(7)},Hal@example.com,
Gil,${phoneOf(7)},,crm_hal
Gil,${phoneOf(7)},,crm_new_of_gil
`);
    expect({ exitCode, report }).toMatchObject({
      exitCode: 1,
      report: { updated: 1, skipped_count: 2 },
    });
    expect(report.skipped).toEqual(
      [2, 3].map((line) => ({ line, reason: expect.stringContaining('several contacts') })),
    );
    expect(await findByAddress(phoneOf(8))).toMatchObject([{ conversations: ['crm_hal'] }]);
    expect(before).not.toContain('crm_new_of_gil');
  });

  it('shows, line by line, the id to send to where the file names none, also when it is run again', async () => {
    const csv = `phone,conversation_id\n${phoneOf(80)},\n${phoneOf(81)},crm_named\n${phoneOf(82)},`;
    const { report } = await importCsv(csv);
    expect(report.conversations.map(({ line }) => line)).toEqual([2, 4]);
    for (const { conversation_id } of report.conversations) {
      expect(await crm().api.send({ ...manual, conversation_id })).toMatchObject({ status: 200 });
    }
    expect(
      crm()
        .api.vendors.sent()
        .map(({ to }) => to),
    ).toEqual(expect.arrayContaining([phoneOf(80), phoneOf(82)]));
    const again = await importCsv(csv);
    expect(again.report.conversations).toEqual(report.conversations);
    const { stdout } = await runImport(csv);
    for (const { line, conversation_id } of report.conversations) {
      expect(stdout).toContain(`line ${line}: ${conversation_id}`);
    }
    expect(stdout).not.toMatch(/crm_named|4915/);
    expect((await importCsv(csv, ['--dry-run'])).report.conversations).toEqual([]);
  });

  it('writes the ids of many lines into a new file alone, and nowhere else', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'crm-')), 'conversations.csv');
    const lines = Array.from({ length: 230 }, (_, n) => `list-${n}@example.com`);
    const csv = ['email', ...lines].join('\n');
    const { stdout } = await runImport(csv, ['--conversations', path]);
    expect(stdout).not.toMatch(/[0-9a-f]{8}-|list-/);
    const [header, ...written] = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(header).toBe('line,conversation_id');
    const { report } = await importCsv(csv);
    expect(written).toEqual(
      report.conversations.map(({ line, conversation_id: id }) => `${line},${id}`),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);

    const twice = await runImport(csv, ['--conversations', path]);
    expect(twice).toMatchObject({ exitCode: 1, stdout: '' });
    expect(twice.stderr).toContain('cannot be made: name a file that is not there yet');
    const plain = await runImport(csv);
    expect(plain.stdout).toContain(
      '230 lines name no conversation: import again with --conversations',
    );
    expect(plain.stdout).not.toMatch(/[0-9a-f]{8}-/);
  });

  it('makes one contact of lines that name the same one, in one batch or two', async () => {
    const others = Array.from({ length: 250 }, (_, n) => `,many-${n}@example.com`);
    const same = [`${phoneOf(9)},ida@example.com`, `${phoneOf(9)},`, `,IDA@example.com`];
    const csv = ['phone,email', ...same, ...others, ...same].join('\r\n');
    const { report, stderr } = await importCsv(csv);
    expect(report).toMatchObject({ imported: 251, unchanged: 5, last_line: 257 });
    expect(stderr).toBe('up to line 201: 198 imported, 0 updated, 2 unchanged, 0 skipped\n');
    expect(await findByAddress(phoneOf(9))).toHaveLength(1);
  });

  it('makes each contact once when two imports run at once', async () => {
    const lines = Array.from({ length: 300 }, (_, n) => `${phoneOf(1000 + n)},crm_twice_${n}`);
    const runs = await Promise.all([
      importCsv(['phone,conversation_id', ...lines].join('\n')),
      importCsv(['phone,conversation_id', ...lines.toReversed()].join('\n')),
    ]);
    const [one, other] = runs.map(({ report }) => report);
    expect([one?.skipped, other?.skipped]).toEqual([[], []]);
    expect((one?.imported ?? 0) + (other?.imported ?? 0)).toBe(300);
    expect((one?.unchanged ?? 0) + (other?.unchanged ?? 0)).toBe(300);
  });

  it('stores nothing with --dry-run, and says what it would do', async () => {
    await importCsv(`phone\n${phoneOf(10)}`);
    const before = await readAll();
    const csv = `name,phone,email\nJo,${phoneOf(10)},\n,${phoneOf(11)},kim@example.com\n,12,`;
    const { exitCode, report } = await importCsv(csv, ['--dry-run', '--country', 'de']);
    expect({ exitCode, report }).toMatchObject({
      exitCode: 1,
      report: { dry_run: true, imported: 1, updated: 1, skipped_count: 1 },
    });
    expect((await runImport(csv, ['--dry-run'])).stdout).toContain('Nothing is stored');
    expect(await readAll()).toBe(before);
  });

  it('keeps to the account, where another one has the same people', async () => {
    await crm().database.query(`insert into sub_accounts (name) values ('Other')`);
    try {
      const csv = `phone,email,conversation_id\n${phoneOf(12)},lea@example.com,crm_lea`;
      for (const account of ['Acme Dental', 'Other']) {
        const { report } = await importCsv(csv, ['--account', account]);
        expect(report).toMatchObject({ imported: 1 });
      }
      expect(await findByAddress(phoneOf(12))).toHaveLength(2);
    } finally {
      await crm().database.query(`delete from sub_accounts where name = 'Other'`);
    }
  });
};
