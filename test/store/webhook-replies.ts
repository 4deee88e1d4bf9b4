import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/ports/store.ts';
import { ago, hour, type StoreContext } from './context.ts';
import { email, inbound, type WebhookTests } from './webhook-events.ts';

const fetchedMail = { messageId: null, threadIds: [], automatic: false, authenticated: null };
const fetchedText = { text: 'Can we move it?', email: fetchedMail };

export const describeReplies = (context: StoreContext, tests: WebhookTests) => {
  const change = (table: string, assignment: string, where: string) =>
    context.database().query(
      `update public.${table} set ${assignment}
       where sub_account_id = '${context.tenant.id}' and ${where}`,
    );

  const answerEverything = async () => {
    await change('senders', `answering_agent_id = '${context.tenant.agentId}'`, 'true');
    await change('agents', 'reply_pause_ms = 0', 'true');
  };

  const answerIdOf = ({ reply }: Pick<RecordedEvent, 'reply'>): string =>
    reply?.messageId ?? expect.fail('Expected a reply.');

  const claim = async (messageId: string) => {
    const leaseId = randomUUID();
    const { begun } = await context.claim(messageId, { leaseId });
    return begun[0];
  };

  const addAddress = (channel: string, address: string, lastInboundAt: string | null) =>
    context.tenant.insert('contact_addresses', {
      contact_id: context.tenant.contactId,
      channel,
      address,
      last_inbound_at: lastInboundAt,
    });

  const sendersOf = async (messageId: string) =>
    (await claim(messageId))?.senders.map(({ address }) => address);

  describe('an automatic answer', () => {
    const writeToBrandB = async () => {
      await tests.addSender('sms', 'brand-b');
      await change('senders', 'priority = 900', `address = 'brand-b'`);
      await answerEverything();
      return answerIdOf(await tests.recordOne(inbound({ accounts: ['brand-b'] })));
    };

    it('comes from the sender that the contact wrote to, and from others only after it', async () => {
      const answerId = await writeToBrandB();
      expect(await sendersOf(answerId)).toEqual(['brand-b', 'from-sms']);
    });

    it('comes from it also while it rests', async () => {
      const answerId = await writeToBrandB();
      await change('senders', `rests_until = now() + interval '1 hour'`, `address = 'brand-b'`);
      expect(await sendersOf(answerId)).toEqual(['brand-b', 'from-sms']);
    });

    it('comes from another once that one is out of use', async () => {
      const answerId = await writeToBrandB();
      await change('senders', 'active = false', `address = 'brand-b'`);
      expect(await sendersOf(answerId)).toEqual(['from-sms']);
    });

    it('keeps its instruction and the rules of its channel until it is claimed', async () => {
      await answerEverything();
      const settings = {
        prompt: 'Say what you know.',
        policy: { providers: ['twilio'], repeatable: { resend: 60 }, replyWindowHours: 7 },
      };
      const answerId = answerIdOf(await tests.recordOne(inbound({ reply: settings })));
      expect(await context.rowOf(answerId)).toMatchObject({
        prompt: settings.prompt,
        policy: { providers: ['twilio'], repeatable: { resend: 60 }, reply_window_hours: 7 },
      });
      expect(await claim(answerId)).toMatchObject({ content: null, prompt: settings.prompt });
    });

    const writeFromNumber = async () => {
      await answerEverything();
      return answerIdOf(await tests.recordOne(inbound({ channel: 'whatsapp' })));
    };

    it('goes to the address that the contact wrote from, not to one that wrote later', async () => {
      const answerId = await writeFromNumber();
      await addAddress('whatsapp', 'US.1349', ago(-hour));
      expect((await claim(answerId))?.recipient.address).toBe('+15005550101');
    });

    it('goes nowhere else when that address opts out or its window closes', async () => {
      for (const [assignment, code] of [
        ['opted_out_at = now()', 'recipient_opted_out'],
        [`opted_out_at = null, last_inbound_at = '${ago(25 * hour)}'`, 'messaging_window_closed'],
      ] as const) {
        const answerId = await writeFromNumber();
        await addAddress('whatsapp', `US.${code}`, ago(hour));
        await change('contact_addresses', assignment, `address = '+15005550101'`);
        expect(await claim(answerId)).toBeUndefined();
        expect(await context.rowOf(answerId)).toMatchObject({ status: 'failed', error: { code } });
        await change('contact_addresses', 'opted_out_at = null', 'true');
      }
    });

    it('goes to the contact’s other address when that one is not the contact’s any more', async () => {
      const answerId = await writeFromNumber();
      await addAddress('whatsapp', 'US.1349', ago(hour));
      const other = randomUUID();
      await context.tenant.insert('contacts', { id: other, name: 'Ann' });
      const moved = `channel = 'whatsapp' and address = '+15005550101'`;
      await change('contact_addresses', `contact_id = '${other}'`, moved);
      expect((await claim(answerId))?.recipient.address).toBe('US.1349');
    });
  });

  describe('automatic mail', () => {
    const lastInboundAt = async (address: string) =>
      (await tests.addressOf('email', address))?.last_inbound_at;
    const automatic = { ...fetchedMail, automatic: true, authenticated: null };

    it('draws no later mail to where it came from, whether it tells at once or with its text', async () => {
      await addAddress('email', 'jane@work.example', null);
      const from = 'jane@work.example';
      await tests.record(email({ from, email: automatic }));
      const { messageId } = await tests.recordOne(email({ from }));
      await context.completeText(String(messageId), { ...fetchedText, email: automatic });
      expect(await lastInboundAt(from)).toBeNull();
    });

    it('is told from mail of a person, which draws it', async () => {
      const { messageId } = await tests.recordOne(email());
      expect(await lastInboundAt('jane@example.com')).toBeNull();
      await context.completeText(String(messageId), fetchedText);
      expect(await lastInboundAt('jane@example.com')).not.toBeNull();
      await addAddress('email', 'jane@work.example', null);
      await tests.record(email({ from: 'jane@work.example', text: 'Hi', textIsElsewhere: false }));
      expect(await lastInboundAt('jane@work.example')).not.toBeNull();
    });
  });
};
