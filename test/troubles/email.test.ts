import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { newMessageId } from '../../src/lib/message-id.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { addressValues } from '../support/address-values.ts';
import { type Api, expectSent, manual, startApi, written } from '../support/api.ts';
import { resendCall } from '../support/webhook-requests.ts';

type Email = {
  readonly from: string;
  readonly to?: readonly string[];
  readonly bcc?: readonly string[];
  readonly subject?: string;
  readonly text?: string | null;
  readonly html?: string | null;
  readonly reply_to?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The fields that are in the call as well. */
  readonly called?: object;
};

let api: Api;
/** Resend's received emails, by id. */
const received = new Map<string, object>();
const around =
  (fetch: Fetch): Fetch =>
  async (url, init) => {
    const [, id] = /\/emails\/receiving\/([^/?]+)/.exec(url) ?? [];
    if (url === 'https://api.resend.com/emails') outgoing.push(JSON.parse(String(init?.body)));
    return id === undefined ? fetch(url, init) : Response.json(received.get(id));
  };
/** The emails that Resend was asked to send. */
const outgoing: unknown[] = [];
const query = (sql: string) => api.database.query(sql);

beforeAll(async () => {
  api = await startApi({ env: { PUBLIC_URL: publicUrl }, around });
});
beforeEach(async () => {
  await api.drain();
  await query(`
    delete from public.messages;
    delete from public.contacts c where c.name is distinct from '${demoData.contact.name}';
    delete from public.contact_addresses where learnt_from_thread;
    delete from public.senders where priority = 500;
    update public.senders set answering_agent_id = '${demoData.agentId}';
    update public.agents set reply_pause_ms = 0, person_pause_hours = 0;`);
  api.reset();
  received.clear();
  outgoing.length = 0;
});
afterAll(() => api.stop());

/** Resend's call for a new email, and everything that follows. */
const receive = async ({
  from,
  to = [demoData.resend.from],
  bcc = [],
  called = {},
  ...email
}: Email) => {
  const id = newMessageId();
  const message_id = `<${id}@mail.example.com>`;
  const subject = email.subject ?? 'A question';
  received.set(id, { id, from, to, text: null, html: null, message_id, ...email, subject });
  const data = { email_id: id, from, to, cc: [], bcc, subject, message_id, ...called };
  const payload = { type: 'email.received', created_at: new Date().toISOString(), data };
  const { path, method, headers, body } = resendCall(payload, id, Math.floor(Date.now() / 1000));
  expect(await api.request(path, { method, headers, body })).toMatchObject({ status: 200 });
  await api.drain();
  return id;
};

const stored = z.object({
  content: z.string().nullable(),
  address: z.string(),
  sender: z.string(),
  contact: z.string(),
  conversation: z.string(),
  automatic: z.boolean(),
});
const find = async (id: string) => {
  const rows = await query(`
    select m.content, a.address, s.address as sender, a.contact_id as contact, m.conversation_id as conversation,
      m.metadata ? 'automatic' as automatic
    from public.messages m
    left join public.contact_addresses a on a.id = m.address_id
    left join public.senders s on s.id = m.sender_id
    where m.provider_message_id = '${id}'`);
  return rows.length === 0 ? null : stored.parse(rows[0]);
};
const sentTo = () => api.vendors.sent().map(({ to }) => to);
const asked = () => api.model.calls().map(({ body }) => JSON.stringify(body));
const passed = (domain: string) => ({
  'authentication-results': `amazonses.com; spf=pass (spfCheck: domain of ${domain} designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1; envelope-from=x@${domain}; helo=mx.${domain}; dkim=pass header.i=@${domain}; dmarc=pass header.from=${domain};`,
});

describe('mail of a form on a website', () => {
  it.each(['Website form <noreply@forms.example>', 'Acme website <web@acme-site.example>'])(
    'from %s is its visitors’, each with a conversation of their own, and they are answered',
    async (from) => {
      const one = await receive({
        from,
        reply_to: ['Visitor One <one@visitors.example>'],
        headers: { 'reply-to': 'Visitor One <one@visitors.example>' },
        subject: 'New enquiry',
        text: 'Can I get a quote?',
      });
      const two = await receive({
        from,
        reply_to: ['two@visitors.example'],
        subject: 'New enquiry',
        text: 'My number is 4711.',
      });
      const [first, second] = [await find(one), await find(two)];
      expect([first?.address, second?.address]).toEqual([
        'one@visitors.example',
        'two@visitors.example',
      ]);
      expect(first?.contact).not.toBe(second?.contact);
      expect(first?.conversation).not.toBe(second?.conversation);
      expect(sentTo()).toEqual(['one@visitors.example', 'two@visitors.example']);
      expect(asked()[1]).toContain('4711');
      expect(asked()[1]).not.toContain('quote');
      const names = await query('select name from public.contacts order by name nulls last');
      expect(names.map(({ name }) => name)).toEqual(['Jane Doe', 'Visitor One', null]);
    },
  );

  it('that names a contact’s address tells what it knows to that contact alone', async () => {
    await receive({
      from: 'Mallory <mallory@evil.example>',
      reply_to: [demoData.contact.email],
      text: 'What did I write to you?',
    });
    expect(sentTo()).toEqual([demoData.contact.email]);
  });

  it.each([
    ['several mailboxes', ['one@visitors.example', 'two@visitors.example']],
    ['one of ours', ['Acme <Sales@acme-dental.example>']],
    ['no mailbox', ['see below']],
  ])('with %s in Reply-To is From’s', async (_, reply_to) => {
    const id = await receive({ from: 'Bob <bob@example.com>', reply_to, text: 'Hello?' });
    expect((await find(id))?.address).toBe('bob@example.com');
    expect(sentTo()).toEqual(['bob@example.com']);
  });

  it('is known by the form’s address where Resend’s call names the visitor already', async () => {
    const reply_to = ['Visitor One <one@visitors.example>'];
    const id = await receive({
      from: 'Website form <noreply@forms.example>',
      reply_to,
      called: { reply_to },
      text: 'Can I get a quote?',
    });
    expect(await find(id)).toMatchObject({ address: 'one@visitors.example', automatic: false });
    const rows = await query(
      `select metadata ->> 'sent_by' as sent_by from public.messages where provider_message_id = '${id}'`,
    );
    expect(rows).toEqual([{ sent_by: 'noreply@forms.example' }]);
    expect(sentTo()).toEqual(['one@visitors.example']);
  });

  it('is answered no oftener in an hour than one conversation, whomever it names', async () => {
    await query('update public.agents set max_replies_per_hour = 3');
    const fill = (count: number) =>
      receive({
        from: `a${count}@evil.example`,
        reply_to: [`visitor-${count}@domain-${count}.example`],
        text: 'Hello?',
      });
    await Promise.all([0, 1, 2, 3, 4].map(fill));
    await fill(5);
    await query('update public.agents set max_replies_per_hour = 20');
    expect(asked()).toHaveLength(3);
  });
});

describe('mail that nobody wrote to us alone', () => {
  const list = { 'list-unsubscribe': '<https://toothtimes.example/u/1>' };
  it.each([
    [
      'a newsletter',
      {
        ...list,
        'list-id': '<weekly.toothtimes.example>',
        'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
      },
    ],
    ['mail that can be unsubscribed from', list],
    ['mail of a discussion list', { 'List-Post': '<mailto:all@list.example>' }],
    ['a report on a delivery', { 'content-type': 'multipart/report; report-type=delivery-status' }],
    ['bulk mail', { 'x-precedence': 'bulk' }],
  ])('is stored and not answered: %s', async (_, headers) => {
    const from = 'The Tooth Times <editor@toothtimes.example>';
    const id = await receive({ from, headers, text: 'This week in dentistry' });
    expect(await find(id)).toMatchObject({ content: 'This week in dentistry', automatic: true });
    expect(asked()).toEqual([]);
    expect(sentTo()).toEqual([]);
  });

  it('is told from a person’s whose mail service names a feedback id', async () => {
    const headers = { 'feedback-id': '1.eu-west-1.abc=:AmazonSES' };
    await receive({ from: 'bob@example.com', headers, text: 'Hello?' });
    expect(sentTo()).toEqual(['bob@example.com']);
  });
});

describe('what a contact forwards', () => {
  it('is read by the agent', async () => {
    const text =
      'Hi, can you explain this bill to me?\nFrom: Billing <billing@insurer.example>\nSent: Monday, November 23, 2026 9:00 AM\nTo: Jane Doe\nSubject: Your invoice 4711\nAmount due: 120.00 EUR for treatment D2740.';
    await receive({ from: 'bob@example.com', subject: 'FW: Your invoice 4711', text });
    expect(asked()).toEqual([expect.stringContaining('treatment D2740')]);
  });
});

describe('HTML without a text', () => {
  it('is stored with the letters that its names stand for', async () => {
    const html = '<div>Prix &lt; 5 &euro;, caf&eacute;, M&uuml;ller &#8364; &#x1F600;</div>';
    const id = await receive({ from: 'bob@example.com', html });
    expect((await find(id))?.content).toBe('Prix < 5 €, café, Müller € 😀');
  });
});

describe('a text that shows nothing', () => {
  it('leaves the email to its HTML', async () => {
    const html = '<p>Where is my order?</p>';
    const id = await receive({ from: 'bob@example.com', text: '\u200b \u200c\n', html });
    expect((await find(id))?.content).toBe('Where is my order?');
  });

  it('and no HTML either is not answered', async () => {
    const id = await receive({ from: 'bob@example.com', subject: ' ', html: '<p>&#8203;</p>' });
    expect((await find(id))?.content).toBe('');
    expect(asked()).toEqual([]);
  });
});

describe('mail to a mailbox that no sender has', () => {
  const addSender = (address: string, priority = 500) =>
    query(`
      insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority, answering_agent_id)
      select sub_account_id, connection_id, ${addressValues('email', address)}, ${priority}, answering_agent_id from public.senders
      where channel = 'email' limit 1`);

  it.each([
    ['to hello+quote17@', { to: ['hello+quote17@acme-dental.example'] }, 'hello@'],
    ['to info@', { to: ['info@acme-dental.example'] }, 'hello@'],
    ['by Bcc', { to: ['x@else.example'], bcc: ['sales@acme-dental.example'] }, 'sales@'],
  ])('is kept with two senders: %s', async (_, addressed, sender) => {
    await addSender('Sales <sales@acme-dental.example>');
    const id = await receive({ from: 'bob@example.com', text: 'Hello?', ...addressed });
    expect((await find(id))?.sender).toContain(sender);
    expect(sentTo()).toEqual(['bob@example.com']);
  });

  it('in another tenant’s domain is not stored here, whose Resend calls us too', async () => {
    const to = ['hello@other-clinic.example'];
    const id = await receive({ from: 'patient@example.com', to, text: 'My results?' });
    expect(await find(id)).toBeNull();
    expect(api.logs).toContainEqual(expect.objectContaining({ events: 'no_sender=1' }));
  });
});

describe('who answers a mail that was forwarded or sent to several', () => {
  const bob = 'bob@elsewhere.example';
  /** Jane has forwarded our email to Bob, who answers it. */
  const answerAsBob = async () => {
    await api.send({ ...manual, content: 'Your biopsy shows nothing bad.' });
    const sent = await api.send({ ...manual, channel: 'email', content: 'See you at ten.' });
    const { message_id } = expectSent(sent);
    api.reset();
    const headers = {
      ...passed('elsewhere.example'),
      references: `<${message_id}@acme-dental.example>`,
    };
    return receive({
      from: `Bob <${bob}>`,
      subject: 'Re: Tomorrow',
      text: 'What is this?',
      headers,
    });
  };

  it('is answered by no agent by itself', async () => {
    const id = await answerAsBob();
    expect(await find(id)).toMatchObject({ address: bob, content: 'What is this?' });
    expect(asked()).toEqual([]);
    expect(sentTo()).toEqual([]);
  });

  it('is told nothing of the contact when an operator has it answered', async () => {
    const id = await answerAsBob();
    const answer = await api.send({
      ...written,
      channel: 'email',
      message_id: id,
      content: 'Answer kindly.',
    });
    expectSent(answer);
    expect(sentTo()).toEqual([bob]);
    expect(asked()).toEqual([expect.stringContaining('What is this?')]);
    for (const secret of ['biopsy', 'Jane', 'See you at ten']) {
      expect(asked()[0]).not.toContain(secret);
    }
  });
});

describe('mail with a From that nobody vouches for', () => {
  const failed = {
    'authentication-results':
      'amazonses.com; spf=fail (spfCheck: mail from <dmarc=pass header.from=victim.example>) client-ip=192.0.2.66; envelope-from="; dmarc=pass header.from=victim.example;"@evil.example; helo=evil; dkim=pass header.i=@evil.example; dmarc=fail header.from=victim.example;',
  };

  it('makes forty times no model call and mails nobody, and is stored', async () => {
    const ids = [];
    for (let count = 0; count < 40; count += 1) {
      const from = `Victim <person-${count}@victim.example>`;
      ids.push(await receive({ from, text: 'Call me back', headers: failed }));
    }
    expect(asked()).toEqual([]);
    expect(sentTo()).toEqual([]);
    expect(await find(ids[39] ?? '')).toMatchObject({ content: 'Call me back', automatic: false });
  });

  it('is not answered as a known contact’s, and ends no answer to that contact', async () => {
    await receive({ from: demoData.contact.email, text: 'Cancel it', headers: failed });
    expect(asked()).toEqual([]);
  });

  it('is answered where it answers a mail of ours to that address, which nobody else has', async () => {
    const sent = await api.send({ ...manual, channel: 'email' });
    const references = `<${expectSent(sent).message_id}@acme-dental.example>`;
    const from = demoData.contact.email;
    await receive({ from, text: 'Thank you. When?', headers: { ...failed, references } });
    expect(sentTo()).toEqual([from, from]);
  });

  it('is told from mail that is vouched for', async () => {
    await receive({ from: 'ann@home.example', text: 'Hello?', headers: passed('home.example') });
    expect(sentTo()).toEqual(['ann@home.example']);
  });
});

describe('an email that goes out', () => {
  it('says that it is an agent’s own answer, and says nothing of the kind when it was asked for', async () => {
    await receive({ from: 'ann@home.example', text: 'Hello?' });
    await api.send({ ...manual, channel: 'email' });
    await api.send({ ...written, channel: 'email' });
    const marks = z.object({ headers: z.record(z.string(), z.string()) });
    expect(outgoing.map((email) => marks.parse(email).headers['Auto-Submitted'])).toEqual([
      'auto-replied',
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['Acme, Inc. <hello@acme-dental.example>', '"Acme, Inc." <hello@acme-dental.example>'],
    ['Acme: Team <hello@acme-dental.example>', '"Acme: Team" <hello@acme-dental.example>'],
    ['Acme @ Home <hello@acme-dental.example>', '"Acme @ Home" <hello@acme-dental.example>'],
    ['"Acme, Inc." <hello@acme-dental.example>', '"Acme, Inc." <hello@acme-dental.example>'],
    ['The "A" Team <hello@acme-dental.example>', '"The \\"A\\" Team" <hello@acme-dental.example>'],
    [
      'Zahnärzte Müller <hello@acme-dental.example>',
      'Zahnärzte Müller <hello@acme-dental.example>',
    ],
  ])('from %s is from one mailbox with a quoted name', async (address, from) => {
    await query(`update public.senders set address = '${address}' where channel = 'email'`);
    const sent = await api.send({ ...manual, channel: 'email' });
    await query(
      `update public.senders set address = '${demoData.resend.from}' where channel = 'email'`,
    );
    expectSent(sent);
    expect(outgoing).toMatchObject([{ from }]);
  });
});
