import { expect, it, vi } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { parseWireId } from '../../src/lib/message-id.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { errorOf, expectSent, manual, written } from '../support/api.ts';
import type { Crm, RunOptions } from './run-crm.ts';

/** `messages tail | show` */
export const describeMessages = (crm: () => Crm): void => {
  const { phone, email } = demoData.contact;
  const send = async (body: unknown): Promise<string> =>
    expectSent(await crm().api.send(body)).message_id;
  const fail = async (): Promise<string> => {
    crm().api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 400, code: 21211 });
    return errorOf(await crm().api.send(manual)).message_id ?? '';
  };
  const setStatus = (id: string, change: string) =>
    crm().database.query(`update messages set ${change} where id = '${parseWireId(id)}'`);
  /** The wanted number of messages of this age, in a conversation of their own. */
  const addMessages = (count: number, conversation: string, age: string) =>
    crm().database.query(`with c as (
      insert into conversations (sub_account_id, contact_id, external_id)
      select sub_account_id, id, '${conversation}' from contacts where name = '${demoData.contact.name}' returning *
    ) insert into messages (id, sub_account_id, conversation_id, channel, sender_type, status, content, created_at)
    select gen_random_uuid(), c.sub_account_id, c.id, 'sms', 'contact', 'received', 'n ' || n, now() - interval '${age}'
    from c, generate_series(1, ${count}) n`);

  /** Starts a tail that runs until it is ended. */
  const follow = (args: readonly string[] = [], options: RunOptions = {}) => {
    const controller = new AbortController();
    const lines: string[] = [];
    const running = crm().run(['messages', 'tail', ...args], {
      ...options,
      interrupted: controller.signal,
      onLine: (line) => lines.push(line),
    });
    return {
      lines,
      waitFor: (pattern: RegExp) =>
        vi.waitFor(() => expect(lines.join('\n')).toMatch(pattern), { timeout: 8000 }),
      end: () => {
        controller.abort();
        return running;
      },
    };
  };

  it('tail --once shows the last messages, oldest first, without a text or an address', async () => {
    const ids = [await send(manual), await fail(), await send({ ...written, channel: 'email' })];
    const ran = await crm().run(['messages', 'tail', '--once', '--lines', '3']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^\S+Z {2}out {2}sms {8}sent {8}user {5}/),
      expect.stringMatching(/^\S+Z {2}out {2}sms {8}failed {6}user .* {2}delivery_failed$/),
      expect.stringMatching(/^\S+Z {2}out {2}email {6}sent {8}agent {4}/),
    ]);
    for (const id of ids) expect(ran.stdout).toContain(id);
    for (const secret of [manual.content, phone, email]) expect(ran.stdout).not.toContain(secret);
  });

  it('tail shows the text on one line where it is asked for, and nothing that steers a terminal', async () => {
    const id = await send(manual);
    await setStatus(id, String.raw`content = E'One\n\x1b[31mtwo'`);
    const once = ['messages', 'tail', '--once', '--lines', '1'];
    expect((await crm().run([...once, '--text'])).stdout).toMatch(/ {2}One \[31mtwo\n$/);
    const { stdout } = await crm().run([...once, '--text', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      message_id: id,
      direction: 'out',
      status: 'sent',
      error: null,
      text: 'One\n\u001b[31mtwo',
    });
    expect(JSON.parse((await crm().run([...once, '--json'])).stdout)).not.toHaveProperty('text');
  });

  it('tail shows what comes and what changes, each once, until Ctrl-C', async () => {
    const before = await send(manual);
    const tail = follow(['--lines', '1']);
    await tail.waitFor(new RegExp(before));
    const id = await send(manual);
    await tail.waitFor(new RegExp(`sent .*${id}`));
    await setStatus(id, `status = 'delivered', delivered_at = '2026-01-02T03:04:05Z'`);
    await tail.waitFor(new RegExp(`2026-01-02T03:04:05.000Z .*delivered .*${id}`));
    await addMessages(1, 'crm_tail_in', '0 seconds');
    await tail.waitFor(/in {3}sms {8}received {4}contact/);
    expect(await tail.end()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(tail.lines).toHaveLength(4);
  });

  it('tail ends well on Ctrl-C before it has shown anything', async () => {
    const ran = await crm().run(['messages', 'tail'], { interrupted: AbortSignal.abort() });
    expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('tail says that the database is away, goes on, and shows what came meanwhile', async () => {
    let isAway = false;
    const around =
      (fetch: Fetch): Fetch =>
      async (url, init) => {
        if (isAway) throw new TypeError('fetch failed');
        return fetch(url, init);
      };
    const before = await send(manual);
    const tail = follow(['--lines', '1'], { around });
    await tail.waitFor(new RegExp(before));
    isAway = true;
    await tail.waitFor(/cannot be reached.*asked again/);
    const id = await send(manual);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    isAway = false;
    await tail.waitFor(new RegExp(`sent .*${id}`));
    const { exitCode, stderr } = await tail.end();
    expect(exitCode).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining('cannot be reached'),
      'The database answers again.',
    ]);
  });

  it('tail passes over none of many at once, and takes no old one for new when others are deleted', async () => {
    await addMessages(250, 'crm_old', '1 hour');
    await addMessages(150, 'crm_deleted', '1 minute');
    const tail = follow(['--lines', '1']);
    await vi.waitFor(() => expect(tail.lines).toHaveLength(1));
    await crm().database.query(`delete from conversations where external_id = 'crm_deleted'`);
    await addMessages(450, 'crm_burst', '0 seconds');
    await vi.waitFor(() => expect(tail.lines).toHaveLength(451), { timeout: 8000 });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await tail.end();
    expect(tail.lines).toHaveLength(451);
    expect(new Set(tail.lines).size).toBe(451);
  });

  it('tail shows each once when more come between two of its questions', async () => {
    let between = 0;
    const around =
      (fetch: Fetch): Fetch =>
      async (url, init) => {
        if (/[?&]offset=200&/.test(`${url}&`)) {
          between += 1;
          await addMessages(5, `crm_between_${between}`, '0 seconds');
        }
        return fetch(url, init);
      };
    await addMessages(250, 'crm_before', '1 hour');
    const tail = follow(['--lines', '1'], { around });
    await vi.waitFor(() => expect(tail.lines).toHaveLength(1));
    await addMessages(250, 'crm_many', '0 seconds');
    await vi.waitFor(() => expect(tail.lines.length).toBeGreaterThan(255), { timeout: 8000 });
    await tail.end();
    expect(between).toBe(1);
    expect(new Set(tail.lines).size).toBe(tail.lines.length);
    expect(tail.lines).toHaveLength(256);
  });

  it('tail begins with nothing that another account has', async () => {
    await crm().database.query(`insert into sub_accounts (name) values ('Quiet')`);
    try {
      const args = ['messages', 'tail', '--once', '--account', 'Quiet'];
      expect(await crm().run(args)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      const id = await send(manual);
      const shown = await crm().run(['messages', 'show', id, '--account', 'Quiet']);
      expect(shown).toMatchObject({ exitCode: 1, stdout: '' });
      expect(shown.stderr).toMatch(/no such message in Quiet/);
    } finally {
      await crm().database.query(`delete from sub_accounts where name = 'Quiet'`);
    }
  });

  it('show tells what went wrong, what the provider said and what to do', async () => {
    const id = await fail();
    const { exitCode, stdout } = await crm().run(['messages', 'show', id]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/status +failed/);
    expect(stdout).toMatch(/error +delivery_failed, retry: never/);
    expect(stdout).toMatch(/what to do +See `provider.reason`/);
    expect(stdout).toMatch(
      /attempt +1\. \S+Z twilio: refused after \d+ ms \(invalid_recipient, code 21211/,
    );
    expect(stdout).toMatch(new RegExp(`conversation +${demoData.conversationId} \\(`));
    expect(stdout).toMatch(/written by +whoever called the API/);
    expect(stdout).not.toContain(phone);
  });

  it('show takes the id of the wire or the UUID, and answers JSON', async () => {
    const id = await send(written);
    const shown = await crm().runJson(['messages', 'show', id]);
    expect(await crm().runJson(['messages', 'show', parseWireId(id) ?? ''])).toEqual(shown);
    expect(shown).toMatchObject({
      message_id: id,
      uuid: parseWireId(id),
      status: 'sent',
      who: 'agent',
      agent: { id: demoData.agentId },
      conversation: { external_id: demoData.conversationId },
      instruction: written.content,
      error: null,
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
      attempts: [
        { number: 1, provider: 'twilio', outcome: 'accepted', duration_ms: expect.any(Number) },
      ],
    });
    expect((await crm().run(['messages', 'show', id])).stdout).toMatch(
      /tokens +\d+ read, \d+ written/,
    );
  });

  it.each([
    [['messages', 'show', 'msg_nonsense'], 1, /no message id: say one as msg_/],
    [['messages', 'show', 'msg_01m837ck1ne4abwwb5vb7d9bzv'], 1, /no such message in Acme Dental/],
    [['messages', 'show'], 2, /missing required argument 'id'/],
    [['messages', 'tail', '--lines', '1001'], 2, /whole number from 0 to 1000/],
  ])('refuses %j with exit code %d', async (args, exitCode, message) => {
    const ran = await crm().run(args);
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toMatch(message);
  });
};
