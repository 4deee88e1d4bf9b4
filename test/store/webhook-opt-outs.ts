import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { metaWebhook } from '../../src/channels/meta-webhook.ts';
import type { BeginSend } from '../../src/ports/begin-send.ts';
import { addressAssignment } from '../support/address-values.ts';
import { refusalOf, type StoreContext } from './context.ts';
import { inbound, type WebhookTests } from './webhook-events.ts';

const number = '+15005550188';
const userId = 'US.13491208655302741918';
const usage = { inputTokens: 10, outputTokens: 5 };

export const describeOptOuts = (context: StoreContext, tests: WebhookTests) => {
  const commit = (message: Pick<BeginSend, 'messageId' | 'leaseId'>) =>
    context.store.commitReply({ ...message, leaseSeconds: 90, content: 'Hi', usage });

  const whatsapp = (from: string, changes: Parameters<typeof inbound>[0] = {}) =>
    inbound({ channel: 'whatsapp', from, ...changes });

  const hasOptedOut = async (channel: string, address: string) => {
    const found = await tests.addressOf(channel, address);
    return found !== undefined && found.opted_out_at !== null;
  };

  const answerEverything = () =>
    context.database().query(`
      update public.senders set answering_agent_id = '${context.tenant.agentId}'
      where sub_account_id = '${context.tenant.id}';
      update public.agents set reply_pause_ms = 0 where id = '${context.tenant.agentId}';`);

  it('does not let a START of before undo what was put into the table by hand', async () => {
    const start = (at: number) =>
      tests.record(inbound({ from: number, text: 'START', preference: 'opted_in', at }));
    await start(Date.now() - 120_000);
    await context.database().query(`
      update public.contact_addresses set opted_out_at = now() - interval '1 minute', preference_at = null
      where sub_account_id = '${context.tenant.id}' and address = '${number}'`);
    await start(Date.now() - 90_000);
    expect(await hasOptedOut('sms', number)).toBe(true);
    await start(Date.now());
    expect(await hasOptedOut('sms', number)).toBe(false);
  });

  describe('a STOP while an agent is writing', () => {
    it('keeps what the API asked for from being sent, however often it is committed', async () => {
      const asked = context.aiRequest();
      await context.store.beginSend(asked);
      await tests.record(inbound({ text: 'STOP', preference: 'opted_out' }));
      expect(await commit(asked)).toBe('opted_out');
      expect(await commit(asked)).toBe('opted_out');
      expect(await context.rowOf(asked.messageId)).toMatchObject({ content: null });
    });

    it('says lost to a worker that has lost the lease', async () => {
      const asked = context.aiRequest();
      await context.store.beginSend(asked);
      await tests.record(inbound({ text: 'STOP', preference: 'opted_out' }));
      expect(await commit({ ...asked, leaseId: randomUUID() })).toBe('lost');
    });

    it('keeps an automatic answer from being sent, also where the STOP is no message', async () => {
      await answerEverything();
      const { reply } = await tests.recordOne(whatsapp('+15005550101'));
      const messageId = reply?.messageId ?? expect.fail('Expected a reply.');
      const leaseId = randomUUID();
      expect((await context.claim(messageId, { leaseId })).begun).toHaveLength(1);
      await tests.record({
        type: 'preference',
        scope: 'all',
        channel: 'whatsapp',
        accounts: ['from-whatsapp'],
        address: '+15005550101',
        preference: 'opted_out',
        at: Date.now(),
      });
      expect(await commit({ messageId, leaseId })).toBe('opted_out');
    });
  });

  describe('a STOP of a person on WhatsApp with two ids', () => {
    it('counts for both as soon as they are known to be one person’s', async () => {
      await tests.record(
        whatsapp(userId),
        whatsapp(number, { text: 'STOP', preference: 'opted_out' }),
        whatsapp(number, { otherAddress: userId }),
      );
      expect(await hasOptedOut('whatsapp', userId)).toBe(true);
      await answerEverything();
      expect((await tests.recordOne(whatsapp(userId))).reply).toBeNull();
    });

    it('is undone for both by a later START at either', async () => {
      await tests.record(
        whatsapp(number, { text: 'STOP', preference: 'opted_out', at: Date.now() - 2_000 }),
        whatsapp(userId, { text: 'START', preference: 'opted_in', at: Date.now() - 1_000 }),
        whatsapp(number, { otherAddress: userId }),
      );
      expect(await hasOptedOut('whatsapp', number)).toBe(false);
      expect(await hasOptedOut('whatsapp', userId)).toBe(false);
    });

    it('counts for both, of promotions, where Meta tells it as a preference', async () => {
      await tests.record(whatsapp(number, { otherAddress: userId }));
      const timestamp = `${Math.floor(Date.now() / 1000) + 1}`;
      const value = {
        metadata: { phone_number_id: 'from-whatsapp' },
        user_preferences: [
          {
            wa_id: number.slice(1),
            user_id: userId,
            value: 'stop',
            category: 'marketing_messages',
            timestamp,
          },
        ],
      };
      const entry = [{ id: '1', changes: [{ field: 'user_preferences', value }] }];
      const body = new TextEncoder().encode(
        JSON.stringify({ object: 'whatsapp_business_account', entry }),
      );
      const call = { url: '', headers: new Headers(), body, receivedAt: Date.now() };
      const events = metaWebhook.parse(call) ?? [];
      await tests.record(...events.flatMap((each) => (each.type === 'preference' ? [each] : [])));
      for (const address of [number, userId]) {
        const row = await tests.addressOf('whatsapp', address);
        expect(row?.marketing_opted_out_at, address).toEqual(expect.any(String));
        expect(row?.opted_out_at, address).toBeNull();
      }
    });
  });

  describe('a STOP of somebody whose WhatsApp id is not the number that is dialled', () => {
    it.each([
      ['Brazil, kept with the ninth digit', '+5511987654321', '+551187654321'],
      ['Brazil, kept without it', '+551187654321', '+5511987654321'],
      ['Mexico, kept as it is dialled', '+525512345678', '+5215512345678'],
      ['Mexico, kept as it was dialled', '+52 1 55 1234 5678', '+525512345678'],
    ])('is heeded: %s', async (_, kept, from) => {
      await context.setAddress('whatsapp', addressAssignment('whatsapp', kept));
      await tests.record(whatsapp(from, { text: 'STOP', preference: 'opted_out' }));
      const begun = await context.store.beginSend(context.request({ channel: 'whatsapp' }));
      expect(refusalOf(begun)).toBe('recipient_opted_out');
    });

    it.each([
      ['a landline in Brazil', 'whatsapp', '+551134567890', '+5511934567890'],
      ['another number in Mexico', 'whatsapp', '+525512345678', '+5215512345679'],
    ] as const)('is not taken for the STOP of %s', async (_, channel, kept, from) => {
      await context.setAddress(channel, addressAssignment(channel, kept));
      await tests.record(inbound({ channel, from, text: 'STOP', preference: 'opted_out' }));
      expect(await hasOptedOut(channel, kept)).toBe(false);
    });
  });
};
