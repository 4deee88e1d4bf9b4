import { expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { fewRows } from './few-rows.ts';
import { readAllRows } from './find-secret.ts';
import type { Crm } from './run-crm.ts';

const created = z.object({ id: z.uuid(), name: z.string() });
const listed = z.array(z.looseObject({ id: z.string(), name: z.string() }));

/** `accounts add | edit | list`, and how an account is chosen. */
export const describeAccounts = (crm: () => Crm): void => {
  const add = async (name: string) =>
    created.parse(await crm().runJson(['accounts', 'add', name])).id;

  it('accounts add makes an account that accounts list shows, empty', async () => {
    const id = await add('Second Dental');
    const accounts = listed.parse(await crm().runJson(['accounts', 'list']));
    expect(accounts.find((account) => account.id === id)).toMatchObject({
      name: 'Second Dental',
      ...{ keys: 0, connections: 0, senders: 0, agents: 0 },
    });
    expect(accounts.find(({ name }) => name === 'Acme Dental')).toMatchObject({
      connections: 6,
      agents: 2,
    });
  });

  it('accounts edit sets the zone in which agents are told the time', async () => {
    const account = await add('Zoned Dental');
    const zoneOf = async () =>
      listed.parse(await crm().runJson(['accounts', 'list'])).find(({ id }) => id === account);
    expect(await zoneOf()).toMatchObject({ time_zone: 'UTC' });
    for (const zone of [
      'Europe/Berlin',
      'europe/berlin',
      'America/Argentina/Buenos_Aires',
      'UTC',
    ]) {
      const edited = await crm().runJson(['accounts', 'edit', '--timezone', zone], { account });
      expect(edited).toMatchObject({ name: 'Zoned Dental' });
      expect(String((await zoneOf())?.time_zone).toLowerCase()).toBe(zone.toLowerCase());
    }
    for (const zone of ['Mars/Olympus', 'Berlin', '', '+02:00', "UTC'; --"]) {
      const ran = await crm().run(['accounts', 'edit', '--timezone', zone], { account });
      expect(ran, zone).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toContain('such as Europe/Berlin');
    }
    expect(await zoneOf()).toMatchObject({ time_zone: 'UTC' });
    await crm().database.query(`delete from public.sub_accounts where id = '${account}'`);
  });

  it.each(['Acme Dental', ' acme dental '])(
    'accounts add makes no second account called %j, and says how to go on',
    async (name) => {
      const before = await crm().runJson(['accounts', 'list']);
      const ran = await crm().run(['accounts', 'add', name]);
      expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
      expect(ran.stderr).toMatch(/called Acme Dental already: take another name.*--account \S{36}/);
      expect(await crm().runJson(['accounts', 'list'])).toEqual(before);
    },
  );

  it('shows nothing that steers a terminal', async () => {
    const { database } = crm();
    await database.query(
      `insert into public.sub_accounts (name) values (E'Bell\\u0007 \\u001b[2J')`,
    );
    const { stdout } = await crm().run(['accounts', 'list']);
    expect(stdout).toContain('Bell [2J');
    await database.query(`delete from public.sub_accounts where name like 'Bell%'`);
  });

  it('asks which account is meant as soon as there are several', async () => {
    const id = await add('Third Dental');
    const { exitCode, stdout, stderr } = await crm().run(['keys', 'list'], { account: null });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`${id}  Third Dental`);
    const named = await crm().run(['keys', 'list', '--account', 'Third Dental'], { account: null });
    expect(named).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('no key yet') });
  });

  it('accounts and connections are found and listed where the project answers few rows at once', async () => {
    const id = await add('Zahnarzt “Fünf, Sechs”');
    for (const args of [
      ['accounts', 'list'],
      ['connections', 'list'],
    ]) {
      const whole = await crm().runJson(args);
      expect(await crm().runJson(args, { around: fewRows })).toEqual(whole);
    }
    for (const account of [id, 'Zahnarzt “Fünf, Sechs”']) {
      expect(await crm().runJson(['senders', 'list'], { account, around: fewRows })).toEqual([]);
    }
    const check = ['connections', 'check', 'Demo anthropic'];
    expect(await crm().runJson(check, { around: fewRows })).toHaveLength(1);
  });

  it('does not wait as long as a database asks for', async () => {
    const around = () => async () =>
      Response.json({ message: 'busy' }, { status: 503, headers: { 'retry-after': '3600' } });
    const { exitCode, stderr } = await crm().run(['accounts', 'list'], { around });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^The database answers HTTP 503: busy\. See .* try again in a minute\.\n$/,
    );
  });

  it('does not take a missing grant for a wrong key', async () => {
    const refuse = (status: number) => () => async () =>
      Response.json({ code: '42501', message: 'permission denied for table x' }, { status });
    const lacking = await crm().run(['accounts', 'list'], { around: refuse(403) });
    expect(lacking.stderr).toMatch(/permission denied for table x\. Have `npm run crm -- doctor`/);
    const keyless = await crm().run(['accounts', 'list'], { around: refuse(401) });
    expect(keyless.stderr).toMatch(/does not take SUPABASE_SECRET_KEY/);
  });

  it('shows some of many accounts to choose from', async () => {
    const many = `insert into public.sub_accounts (name) select 'Many' from generate_series(1, 100)`;
    await crm().database.query(many);
    for (const account of [null, 'nobody', 'Many']) {
      const { exitCode, stderr } = await crm().run(['keys', 'list'], { account });
      expect(exitCode).toBe(1);
      expect(stderr.split('\n').length).toBeLessThan(30);
      expect(stderr).toContain('`npm run crm -- accounts list` shows all');
    }
    await crm().database.query(`delete from public.sub_accounts where name = 'Many'`);
  });

  it('shows and changes nothing of another account', async () => {
    const other = { account: await add('Fourth Dental') };
    for (const list of ['keys', 'connections', 'senders', 'agents']) {
      expect(await crm().runJson([list, 'list'], other), list).toEqual([]);
    }
    for (const args of [
      ['agents', 'edit', demoData.agentId, '--no-active'],
      ['agents', 'edit', 'Front desk', '--no-active'],
      ['senders', 'edit', demoData.twilio.phoneNumber, '--no-active'],
      ['connections', 'check', demoData.connectionIds.twilio],
      ['connections', 'remove', demoData.connectionIds.twilio, '--yes'],
      [
        ...['senders', 'add', '--channel', 'sms', '--address', '+15005550019'],
        ...['--connection', demoData.connectionIds.twilio],
      ],
    ]) {
      const before = await readAllRows(crm().database);
      const { exitCode, stdout, stderr } = await crm().run(args, other);
      expect({ exitCode, stdout }, args.join(' ')).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^There is no (agent|sender|connection) in this sub-account yet\.\n$/);
      expect(await readAllRows(crm().database)).toBe(before);
    }
  });
};
