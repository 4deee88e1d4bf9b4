import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { manual } from '../support/api.ts';
import type { Crm } from './run-crm.ts';

const { twilio, connectionIds, agentId } = demoData;
const listed = z.array(z.looseObject({ id: z.string(), address: z.string() }));
const created = z.object({ id: z.string() });

/** `senders add | list | edit`, in the demo's account. */
export const describeSenders = (crm: () => Crm): void => {
  const add = (
    channel: string,
    address: string,
    connection: string,
    ...more: readonly string[]
  ) => [
    ...['senders', 'add', '--channel', channel, '--address', address],
    ...['--connection', connection, ...more],
  ];
  const find = async (address: string) =>
    listed.parse(await crm().runJson(['senders', 'list'])).find((one) => one.address === address);
  const second = twilio.secondPhoneNumber;

  beforeAll(async () => {
    const args = add('sms', second, connectionIds.twilio, '--priority', '1', '--agent', agentId);
    created.parse(await crm().runJson(args));
  });

  it('senders add makes a sender that is used first when its priority is lowest', async () => {
    crm().api.reset();
    expect((await crm().api.send(manual)).status).toBe(200);
    expect(crm().api.vendors.sent()).toMatchObject([{ channel: 'sms', from: second }]);
  });

  it('senders list shows every sender with its connection', async () => {
    expect(await find(second)).toMatchObject({
      channel: 'sms',
      provider: 'twilio',
      priority: 1,
      active: true,
      answering_agent: agentId,
    });
    const { stdout } = await crm().run(['senders', 'list']);
    expect(stdout.split('\n')[0]).toMatch(/^id +channel +address +connection/);
  });

  it('senders edit changes what it is told, and nothing else', async () => {
    const before = await find(second);
    await crm().runJson(['senders', 'edit', second, '--no-agent']);
    await crm().runJson(['senders', 'edit', second, '--no-active']);
    expect(await find(second)).toEqual({ ...before, active: false, answering_agent: null });
    crm().api.reset();
    expect((await crm().api.send(manual)).status).toBe(200);
    expect(crm().api.vendors.sent()).toMatchObject([{ from: twilio.phoneNumber }]);

    await crm().runJson(['senders', 'edit', before?.id ?? '', '--active', '--priority', '200']);
    expect(await find(second)).toEqual({ ...before, priority: 200, answering_agent: null });
  });

  it('senders add takes what the vendor may know as a sender', async () => {
    for (const address of ['32665', `MG${'0a'.repeat(16)}`, 'Acme & Co']) {
      const args = add('sms', address, connectionIds.twilio, '--priority', '900');
      const { id } = created.parse(await crm().runJson(args));
      await crm().runJson(['senders', 'edit', id, '--no-active']);
    }
  });

  it('senders add takes any name before a mailbox, and it goes out as one that mail systems read', async () => {
    for (const name of ['Acme, Inc.', '"Acme: Team"', 'Acme @ Home', 'Zahnärzte "Müller"']) {
      const mailbox = `<team${name.length}@${demoData.resend.domain}>`;
      const args = add('email', `${name} ${mailbox}`, connectionIds.resend, '--priority', '-5');
      const { id } = created.parse(await crm().runJson(args));
      crm().api.reset();
      expect((await crm().api.send({ ...manual, channel: 'email' })).status).toBe(200);
      expect(crm().api.vendors.sent()[0]?.from).toMatch(/^"(?:[^"\\]|\\.)+" <team\d+@/);
      await crm().runJson(['senders', 'edit', id, '--no-active']);
    }
  });

  it('senders add and edit say of an agent that is inactive that nobody answers', async () => {
    const name = 'Asleep';
    const made = ['agents', 'add', name, '--connection', 'Demo openai', '--model', 'gpt-5-mini'];
    await crm().runJson([...made, '--instructions', 'Be brief.']);
    await crm().runJson(['agents', 'edit', name, '--no-active']);
    const silent = /Asleep is inactive, so nobody answers: .*agents edit \S{36} --active/;
    for (const options of [[], ['--json']]) {
      const ran = await crm().run(['senders', 'edit', second, '--agent', name, ...options]);
      expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(silent) });
    }
    const added = await crm().run(
      add('sms', '+15005550077', connectionIds.twilio, '--agent', name),
    );
    expect(added).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(silent) });

    await crm().runJson(['agents', 'edit', name, '--active']);
    const { stderr } = await crm().run(['senders', 'edit', second, '--agent', name]);
    expect(stderr).toBe('');
    const { stderr: ended } = await crm().run(['agents', 'edit', name, '--no-active']);
    expect(ended).toContain('Asleep answers for 2 senders: until it is active again, nobody does.');
    await crm().runJson(['senders', 'edit', second, '--no-agent']);
    await crm().runJson(['senders', 'edit', '+15005550077', '--no-agent', '--no-active']);
  });

  it('senders add stores of an address that was copied what can be seen of it', async () => {
    const number = add(
      'sms',
      '\u202a+15005550088\u202c',
      connectionIds.twilio,
      '--priority',
      '901',
    );
    const { id } = created.parse(await crm().runJson(number));
    expect(await find('+15005550088')).toMatchObject({ id });
    const mail = add(
      'email',
      'Ça va <team\u200b@acme-dental．example>',
      connectionIds.resend,
      '--priority',
      '901',
    );
    created.parse(await crm().runJson(mail));
    expect(await find('Ça va <team@acme-dental.example>')).toBeDefined();
    for (const address of ['\u200b+15005550088', 'Ça va <team@acme-dental.example>\ufeff']) {
      await crm().runJson(['senders', 'edit', address, '--no-active']);
    }
  });

  it('senders edit shows the addresses that there are, and not the one that it was given', async () => {
    const { stderr } = await crm().run(['senders', 'edit', '+15005559999', '--active']);
    expect(stderr).toMatch(/no such sender/);
    for (const address of [twilio.phoneNumber, second]) {
      expect(stderr).toMatch(new RegExp(`^  \\S{36}  sms  \\${address}$`, 'm'));
    }
    expect(stderr).not.toContain('+15005559999');
  });

  it.each([
    [add('sms', second, connectionIds.twilio), 1, /has a sender with this address/],
    [add('email', 'a@example.com', connectionIds.twilio), 1, /twilio does not serve email/],
    [add('sms', '555000600', connectionIds.twilio), 1, /a number such as/],
    [add('sms', 'Twelve chars', connectionIds.twilio), 1, /at most 11 letters/],
    [add('whatsapp', '+15005550006', connectionIds.meta), 1, /the phone number id/],
    [add('email', 'Acme', connectionIds.resend), 1, /an email address/],
    [add('email', 'a@acme.example, b@acme.example', connectionIds.resend), 1, /an email address/],
    [add('email', 'Acme <a@b.example> <c@d.example>', connectionIds.resend), 1, /an email address/],
    [add('email', 'a..b@acme.example', connectionIds.resend), 1, /an email address/],
    [add('email', 'Acme <hello@acme.example,>', connectionIds.resend), 1, /an email address/],
    [add('email', 'Acme <hello@-acme.example>', connectionIds.resend), 1, /an email address/],
    [add('email', 'Acme <zahnärzte@acme.example>', connectionIds.resend), 1, /an email address/],
    [add('sms', '+15005550019', 'Demo openai'), 1, /writes texts and carries none/],
    [add('sms', '+15005550019', 'nowhere'), 1, /no such connection/],
    [add('email', 'teаm@acme-dental.example', connectionIds.resend), 1, /has U\+0430 in it/],
    [add('fax', '+15005550019', connectionIds.twilio), 2, /Allowed choices are sms, email/],
    [['senders', 'add', '--channel', 'sms'], 2, /required option '--address/],
    [['senders', 'edit', 'nobody', '--active'], 1, /no such sender/],
    [['senders', 'edit', second], 2, /Nothing to change/],
  ])('refuses %j', async (args, exitCode, message) => {
    const before = await crm().run(['senders', 'list', '--json']);
    const ran = await crm().run(args);
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(await crm().run(['senders', 'list', '--json'])).toEqual(before);
  });
};
