import { expect, it } from 'vitest';
import { addressValues } from '../support/address-values.ts';
import { expectSent, manual } from '../support/api.ts';
import { createContactsSetup, phoneOf } from './contacts-setup.ts';
import type { Crm } from './run-crm.ts';

/** `contacts import` does not merge people who share an address or a conversation. */
export const describeSharedAddresses = (crm: () => Crm): void => {
  const { runImport, importCsv, readAll, findByAddress } = createContactsSetup(crm);
  const header = 'name,phone,email,conversation_id';

  const receiverOf = async (conversationId: string, channel: string): Promise<unknown> => {
    crm().api.reset();
    expectSent(await crm().api.send({ ...manual, conversation_id: conversationId, channel }));
    return crm().api.vendors.sent()[0]?.to;
  };

  /** In one batch, or in two from two commands. */
  const importBoth = async (lines: readonly [string, string], batches: number) => {
    if (batches === 1) return (await importCsv([header, ...lines].join('\n'))).report;
    await importCsv(`${header}\n${lines[0]}`);
    const { report } = await importCsv(`${header}\n\n${lines[1]}`);
    return { ...report, imported: report.imported + 1 };
  };

  const cases = [
    { first: 'john', second: 'jane', batches: 1, phones: [30, 31] },
    { first: 'jane', second: 'john', batches: 1, phones: [32, 33] },
    { first: 'john', second: 'jane', batches: 2, phones: [34, 35] },
    { first: 'jane', second: 'john', batches: 2, phones: [36, 37] },
  ] as const;

  it.each(cases)(
    'sends to the number of whom it is for when $first and $second share a mailbox, in $batches batch(es)',
    async ({ first, second, batches, phones }) => {
      const home = `home-${phones[0]}@example.com`;
      const [one, other] = [`${first}_${phones[0]}`, `${second}_${phones[1]}`];
      const lines = [
        `${first},${phoneOf(phones[0])},${home},${one}`,
        `${second},${phoneOf(phones[1])},${home.toUpperCase()},${other}`,
      ] as const;
      const report = await importBoth(lines, batches);
      expect(report).toMatchObject({ imported: 1, updated: 0, skipped_count: 1 });
      expect(report.skipped).toEqual([
        { line: 3, reason: expect.stringMatching(/has another.*: .*leave out what they share/) },
      ]);
      expect(await findByAddress(home)).toMatchObject([{ conversations: [one] }]);
      expect(await receiverOf(one, 'sms')).toBe(phoneOf(phones[0]));
      const refused = await crm().api.send({ ...manual, conversation_id: other });
      expect(refused).toMatchObject({ status: 404 });

      const alone = `${header}\n${second},${phoneOf(phones[1])},,${other}`;
      expect((await importCsv(alone)).report).toMatchObject({ imported: 1 });
      expect(await receiverOf(other, 'sms')).toBe(phoneOf(phones[1]));
      expect(await receiverOf(one, 'sms')).toBe(phoneOf(phones[0]));
    },
  );

  it('gives nobody a second address on any channel, whatever it is known by', async () => {
    const known = `${phoneOf(40)},may@example.com,crm_may`;
    await importCsv(`${header}\nMay,${known}`, ['--whatsapp']);
    const before = await readAll();
    const { report, stdout, stderr } = await importCsv(
      `${header}
May,${phoneOf(41)},,crm_may
May,${phoneOf(41)},MAY@example.com,crm_may_2
May,${phoneOf(40)},new-of-may@example.com,
May,,new-of-may@example.com,crm_may`,
      ['--whatsapp'],
    );
    expect(report).toMatchObject({ imported: 0, updated: 0, unchanged: 0, skipped_count: 4 });
    expect(stdout + stderr).not.toMatch(/may|4915/i);
    expect(await readAll()).toBe(before);
    expect(await receiverOf('crm_may', 'whatsapp')).toMatch(phoneOf(40).slice(1));
  });

  it('gives no second number to a contact who is on WhatsApp alone', async () => {
    await crm().database.query(`with c as (
      insert into contacts (sub_account_id) select id from sub_accounts where name = 'Acme Dental' returning id, sub_account_id
    ), v as (insert into conversations (sub_account_id, contact_id, external_id) select sub_account_id, id, 'crm_ned' from c)
    insert into contact_addresses (sub_account_id, contact_id, channel, address, address_key)
    select sub_account_id, id, ${addressValues('whatsapp', phoneOf(42).slice(1))} from c`);
    const before = await readAll();
    const csv = `phone,conversation_id\n${phoneOf(43)},crm_ned`;
    expect((await importCsv(csv, ['--whatsapp'])).report).toMatchObject({ skipped_count: 1 });
    expect(await readAll()).toBe(before);
  });

  it('adds the phone or the mailbox that a known contact does not have yet', async () => {
    const steps = [
      ['', 'oli@example.com', 'crm_oli', 'imported'],
      [phoneOf(44), '', 'crm_oli', 'updated'],
      [phoneOf(44), 'Oli@example.com', 'crm_oli', 'unchanged'],
    ] as const;
    for (const [phone, email, id, outcome] of steps) {
      const { report } = await importCsv(`${header}\nOli,${phone},${email},${id}`);
      expect(report).toMatchObject({ [outcome]: 1, skipped_count: 0 });
    }
    expect(await receiverOf('crm_oli', 'sms')).toBe(phoneOf(44));
  });

  it('knows a contact by one of several addresses on a channel', async () => {
    await importCsv(`phone,conversation_id\n${phoneOf(45)},crm_pam`);
    await crm().database.query(`insert into contact_addresses (sub_account_id, contact_id, channel, address, address_key)
      select sub_account_id, contact_id, ${addressValues('sms', phoneOf(46))} from contact_addresses where address = '${phoneOf(45)}'`);
    for (const phone of [phoneOf(45), phoneOf(46)]) {
      const { report } = await importCsv(`phone,conversation_id\n${phone},crm_pam`);
      expect(report).toMatchObject({ unchanged: 1 });
    }
  });

  it('takes an address that is only learnt from a thread for nobody’s, and says whose it is', async () => {
    await importCsv(`email,conversation_id\nquin@example.com,crm_quin`);
    await crm().database.query(`insert into contact_addresses (sub_account_id, contact_id, channel, address, address_key, learnt_from_thread)
      select c.sub_account_id, c.contact_id, a.*, true
      from contact_addresses c, (values (${addressValues('email', 'rob@example.com')}), (${addressValues('email', 'quin@home.example')})) a
      where c.address = 'quin@example.com'`);
    const { report } = await importCsv(`name,email\nRob,Rob@example.com`);
    expect(report).toMatchObject({ imported: 1 });
    const rob = { name: 'Rob', addresses: ['email rob@example.com'] };
    expect(await findByAddress('rob@example.com')).toMatchObject([rob]);

    await crm().database.query(`delete from contact_addresses where address = 'quin@example.com'`);
    const known = `email,conversation_id\nquin@home.example,crm_quin`;
    expect((await importCsv(known)).report).toMatchObject({ updated: 1 });
    expect((await importCsv(known)).report).toMatchObject({ unchanged: 1 });
    expect(await receiverOf('crm_quin', 'email')).toBe('quin@home.example');
  });

  it('says in its help whom it takes for the same contact', async () => {
    const { stdout } = await crm().run(['contacts', 'import', '--help']);
    expect(stdout).toMatch(/never given a second/);
    expect((await runImport('phone\n')).exitCode).toBe(0);
  });
};
