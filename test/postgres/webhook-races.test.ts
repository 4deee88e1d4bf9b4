import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { email, inbound } from '../store/webhook-events.ts';
import { setUpRaces } from './races.ts';

const { context, tests, overlap, record } = setUpRaces();

const number = '+15005550188';
const userId = 'US.13491208655302741918';
const mobile = '+15005550999';

const receivedIds = async () =>
  (await tests.received()).map(({ provider_message_id }) => provider_message_id);

describe('two visitors of one form whose texts come at once', () => {
  it('are two contacts, and the form is none, while a third one writes', async () => {
    const form = 'noreply@forms.example';
    const write = () => tests.recordOne(email({ from: form, name: 'Website form' }));
    const [one, two] = [await write(), await write()];
    const complete = (recorded: typeof one, visitor: string) =>
      context.completeText(recorded.messageId ?? '', {
        text: 'Can I get a quote?',
        email: {
          messageId: null,
          threadIds: [],
          automatic: true,
          authenticated: null,
          replyTo: { address: `${visitor}@visitors.example`, name: visitor, automatic: false },
        },
      });
    const [, , third] = await Promise.all([complete(one, 'One'), complete(two, 'Two'), write()]);
    await complete(third, 'Three');
    expect((await tests.contacts()).map(({ name }) => name).toSorted()).toEqual([
      'Jane Doe',
      'One',
      'Three',
      'Two',
    ]);
    expect(await tests.conversations()).toHaveLength(4);
    expect(await tests.addressOf('email', form)).toBeUndefined();
    const threads = (await tests.received()).map(({ conversation_id }) => conversation_id);
    expect(new Set(threads).size).toBe(3);
  });
});

describe('twelve visitors of one form at once', () => {
  it('get no more answers than the agent gives in an hour', async () => {
    await context.database().query(`
      update public.senders set answering_agent_id = '${context.tenant.agentId}'
      where sub_account_id = '${context.tenant.id}';
      update public.agents set max_replies_per_hour = 3 where id = '${context.tenant.agentId}'`);
    const visitors = Array.from({ length: 12 }, (_, index) => `visitor-${index}@visitors.example`);
    const ids = await Promise.all(
      visitors.map(async (_, index) => tests.recordOne(email({ from: `a${index}@evil.example` }))),
    );
    const answers = await Promise.all(
      ids.map(({ messageId }, index) =>
        context.completeText(messageId ?? '', {
          text: 'Hello?',
          email: {
            messageId: null,
            threadIds: [],
            automatic: false,
            authenticated: true,
            replyTo: { address: visitors[index] ?? '', name: null, automatic: false },
          },
        }),
      ),
    );
    expect(answers.filter((answer) => answer !== null)).toHaveLength(3);
  });
});

describe('a message of a contact that becomes part of another', () => {
  /** Known by mobile number and WhatsApp id; another contact has written from the WhatsApp number. */
  const start = async () => {
    const id = randomUUID();
    await context.tenant.insert('contacts', { id, name: 'Imported' });
    await context.tenant.insert('contact_addresses', {
      contact_id: id,
      channel: 'sms',
      address: mobile,
    });
    await context.tenant.insert('contact_addresses', {
      contact_id: id,
      channel: 'whatsapp',
      address: userId,
    });
    await tests.record(inbound({ channel: 'whatsapp', from: number }));
  };
  const merging = () => inbound({ channel: 'whatsapp', from: number, otherAddress: userId });
  const sms = () => inbound({ from: mobile, providerMessageId: 'sms-1' });

  it('is stored when it comes during that', async () => {
    await start();
    const stored = await overlap(
      (tx) => record(tx, merging()),
      () => tests.recordOne(sms()),
    );
    expect(stored.outcome).toBe('stored');
    expect(await receivedIds()).toContain('sms-1');
  });

  it('stays when that comes before it is committed', async () => {
    await start();
    const merged = await overlap(
      (tx) => record(tx, sms()),
      () => tests.recordOne(merging()),
    );
    expect(merged.outcome).toBe('stored');
    expect(await receivedIds()).toContain('sms-1');
    expect(await tests.contacts()).toHaveLength(2);
  });

  it('is stored when it is an email after one that is just moved into its thread', async () => {
    const ours = await tests.keepSent('email');
    const first = await tests.recordOne(email({ from: 'jane@home.example' }));
    const thread = { our_ids: [ours.id], thread_ids: [] };
    const text = { message_id: first.messageId, text: 'Yes', metadata: {}, thread };
    const stored = await overlap(
      (tx) => tx.unsafe('select public.complete_text($1::text::jsonb)', [JSON.stringify(text)]),
      () => tests.recordOne(email({ from: 'jane@home.example', providerMessageId: 'second-mail' })),
    );
    expect(stored.outcome).toBe('stored');
    expect(await receivedIds()).toContain('second-mail');
    const threads = (await tests.received()).map(({ conversation_id }) => conversation_id);
    expect(new Set(threads)).toEqual(new Set([context.tenant.conversationId]));
  });
});
