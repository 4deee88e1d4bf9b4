import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransactionSql } from 'postgres';
import { describe, expect, it } from 'vitest';
import { correct, withdraw } from '../store/webhook-corrections.ts';
import { echo } from '../store/webhook-echoes.ts';
import { email, inbound } from '../store/webhook-events.ts';
import { setUpRaces } from './races.ts';

const { context, tests, overlap, record, begin } = setUpRaces();

const whatsapp = (changes: Parameters<typeof inbound>[0] = {}) =>
  inbound({ channel: 'whatsapp', ...changes });

const ours = async () => {
  const { id } = context.tenant;
  const rows = await context
    .database()
    .query(
      `select id, status, content from public.messages where sub_account_id = '${id}' and sender_type = 'user'`,
    );
  return [...rows];
};

describe('an echo of our own message and the answer to its call', () => {
  /** The provider has accepted the message, and its response is on the way. */
  const send = async () => {
    const begun = context.request({ channel: 'whatsapp' });
    await context.store.beginSend(begun);
    const sent = context.sent();
    return { begun, sent };
  };
  const settleIn = (tx: TransactionSql, { begun, sent }: Awaited<ReturnType<typeof send>>) =>
    tx.unsafe(
      `select public.settle_send(jsonb_build_object(
        'message_id', $1::uuid, 'lease_id', $2::uuid, 'status', 'sent', 'at', now(), 'attempts', '[]'::jsonb,
        'sender_id', $3::uuid, 'provider', 'twilio', 'provider_message_id', $4::text))`,
      [begun.messageId, begun.leaseId, sent.senderId, sent.providerMessageId],
    );

  it.each(['Hello', 'Not as it was sent'])(
    'are one message when the echo comes before that is committed: %s',
    async (text) => {
      const sending = await send();
      const { providerMessageId } = sending.sent;
      const [outcome] = await overlap(
        (tx) => settleIn(tx, sending),
        () => tests.outcomes(echo({ providerMessageId, text })),
      );
      expect(outcome).toBe('known');
      expect(await ours()).toMatchObject([{ id: sending.begun.messageId, status: 'sent' }]);
    },
  );

  it.each(['Hello', 'Not as it was sent'])(
    'are one message when the answer comes before the echo is committed: %s',
    async (text) => {
      const sending = await send();
      const { providerMessageId } = sending.sent;
      const settled = await overlap(
        (tx) => record(tx, echo({ providerMessageId, text })),
        () => context.store.settleSend(context.settlement(sending.begun, sending.sent)),
      );
      expect(settled).toMatchObject({ status: 'sent' });
      expect(await ours()).toMatchObject([{ id: sending.begun.messageId, status: 'sent' }]);
    },
  );

  it('are one message when ten echoes come at once', async () => {
    const sending = await send();
    const event = echo({ providerMessageId: sending.sent.providerMessageId, text: 'Otherwise' });
    const settling = context.store.settleSend(context.settlement(sending.begun, sending.sent));
    await Promise.all([settling, ...Array.from({ length: 10 }, () => tests.outcomes(event))]);
    expect(await ours()).toMatchObject([{ id: sending.begun.messageId, status: 'sent' }]);
  });
});

describe('the text of an email that another address of its contact wrote', () => {
  it('does not hold the conversation while a message of the contact comes', async () => {
    const { contactId, conversationId } = context.tenant;
    const address = 'jane@work.example';
    await context.tenant.insert('contact_addresses', {
      contact_id: contactId,
      channel: 'email',
      address,
    });
    const { messageId } = await tests.recordOne(email());
    const headers = { messageId: null, threadIds: [], automatic: false, authenticated: true };
    const replyTo = { address, name: null, automatic: false };
    const completing = await begin(async (tx) => {
      // In the order in which a message of the contact takes its locks.
      await tx`select 1 from public.contacts where id = ${contactId} for no key update`;
      const completed = context.completeText(String(messageId), {
        text: 'Hello',
        email: { ...headers, replyTo },
      });
      completed.catch(() => undefined);
      await sleep(500);
      await tx`select crm_api.lock_conversation(${conversationId}, false)`;
      return { completed };
    });
    await completing.completed;
    expect(await context.rowOf(String(messageId))).toMatchObject({ content: 'Hello' });
  });
});

describe('a message that is taken back', () => {
  it('is emptied when that is heard of before the message is committed', async () => {
    const event = whatsapp({ text: '4111' });
    const [outcome] = await overlap(
      (tx) => record(tx, event),
      () => tests.outcomes(withdraw(event.providerMessageId)),
    );
    expect(outcome).toBe('stored');
    expect(await tests.received()).toMatchObject([{ content: null }]);
  });

  it('is stored empty when it comes before that is committed', async () => {
    const event = whatsapp({ text: '4111' });
    const [outcome] = await overlap(
      (tx) => record(tx, withdraw(event.providerMessageId)),
      () => tests.outcomes(event),
    );
    expect(outcome).toBe('stored');
    expect(await tests.received()).toMatchObject([{ content: null }]);
  });
});

describe('an answer to a message that changes meanwhile', () => {
  const start = async () => {
    await context.database().query(`
      update public.senders set answering_agent_id = '${context.tenant.agentId}'
      where sub_account_id = '${context.tenant.id}';
      update public.agents set reply_pause_ms = 0 where id = '${context.tenant.agentId}'`);
    const event = whatsapp({ text: 'Monday', at: Date.now() - 1_000 });
    const { reply } = await tests.recordOne(event);
    return { event, messageId: reply?.messageId ?? expect.fail('Expected a reply.') };
  };
  const leaseId = () => randomUUID();
  const claimIn = (tx: TransactionSql, messageId: string, lease: string) => {
    const limits = { lease_seconds: 90, most: 1, max_tries: 8, history_limit: 20 };
    const claim = { lease_id: lease, message_id: messageId, ...limits };
    return tx.unsafe('select public.claim_sends($1::text::jsonb)', [JSON.stringify(claim)]);
  };
  const commit = (messageId: string, lease: string) => {
    const usage = { inputTokens: 10, outputTokens: 5 };
    return context.store.commitReply({
      messageId,
      leaseId: lease,
      leaseSeconds: 90,
      content: 'Hi',
      usage,
    });
  };
  const read = async (messageId: string) => {
    const { begun } = await context.claim(messageId);
    return begun.flatMap(({ history }) => history.map(({ content }) => content));
  };

  it.each([
    ['corrected', (id: string) => correct(id, 'Tuesday'), ['Tuesday']],
    [
      'preceded by a late one',
      () => whatsapp({ text: 'Hi', at: Date.now() - 60_000 }),
      ['Hi', 'Monday'],
    ],
  ] as const)(
    'is written anew when it has been claimed but not committed as that: %s',
    async (_, change, history) => {
      const { event, messageId } = await start();
      const lease = leaseId();
      const recorded = await overlap(
        (tx) => claimIn(tx, messageId, lease),
        () => tests.recordOne(change(event.providerMessageId)),
      );
      expect(await commit(messageId, lease)).toBe('superseded');
      expect(await read(recorded.reply?.messageId ?? '')).toEqual(history);
    },
  );

  it.each([
    ['corrected', (id: string) => correct(id, 'Tuesday')],
    ['taken back', (id: string) => withdraw(id)],
  ] as const)('is not committed when its message is just %s', async (_, change) => {
    const { event, messageId } = await start();
    const lease = leaseId();
    await context.claim(messageId, { leaseId: lease });
    const outcome = await overlap(
      (tx) => record(tx, change(event.providerMessageId)),
      () => commit(messageId, lease),
    );
    expect(outcome).toBe('superseded');
  });

  it('is not said to be unneeded when its repeated call has just begun', async () => {
    const { messageId } = await start();
    const lease = leaseId();
    await context.claim(messageId, { leaseId: lease });
    await commit(messageId, lease);
    await context.database().query(`
      update public.messages set status = 'queued', due_at = now(), lease_expires_at = null where id = '${messageId}'`);
    const again = leaseId();
    await overlap(
      (tx) => claimIn(tx, messageId, again),
      () => tests.recordOne(whatsapp({ text: 'Or Tuesday?' })),
    );
    const rows = await context
      .database()
      .query(`select status, lease_id from public.messages where id = '${messageId}'`);
    expect([...rows]).toEqual([{ status: 'sending', lease_id: again }]);
  });

  it('is not committed when a person’s echo is just stored', async () => {
    const { messageId } = await start();
    const lease = leaseId();
    await context.claim(messageId, { leaseId: lease });
    const outcome = await overlap(
      (tx) => record(tx, echo()),
      () => commit(messageId, lease),
    );
    expect(outcome).toBe('superseded');
  });
});
