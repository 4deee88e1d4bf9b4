import { describe, expect, it } from 'vitest';
import type { StorableEvent } from '../../src/ports/storable-event.ts';
import { hour, type StoreContext } from './context.ts';
import { createTenant } from './tenant.ts';
import { inbound, receipt, type WebhookTests } from './webhook-events.ts';

export const describeConsequences = (context: StoreContext, tests: WebhookTests) => {
  const statusOf = async (id: string) => (await context.rowOf(id))?.status;

  describe('record_webhook with what a receipt says of the recipient', () => {
    const fail = (wireId: string, consequence: 'opted_out' | 'invalid', at = Date.now() - 1000) =>
      receipt('failed', { messageId: wireId, consequence, at });
    const jane = () => tests.addressOf('sms', '+15005550101');

    it('keeps that nobody is there, until somebody writes from there', async () => {
      const { wireId } = await tests.keepSent('sms');
      await tests.record(fail(wireId, 'invalid'));
      expect((await jane())?.invalid_at).not.toBeNull();
      await tests.record(inbound());
      expect((await jane())?.invalid_at).toBeNull();
      // Everything that was said before they wrote is out of date.
      await tests.record(fail(wireId, 'invalid', Date.now() - hour));
      expect((await jane())?.invalid_at).toBeNull();
    });

    it('keeps that the contact opted out, until they opt in again', async () => {
      const { wireId } = await tests.keepSent('sms');
      await tests.record(fail(wireId, 'opted_out'));
      expect((await jane())?.opted_out_at).not.toBeNull();
      await tests.record(inbound());
      expect((await jane())?.opted_out_at).not.toBeNull();
      await tests.record(inbound({ preference: 'opted_in' }));
      expect((await jane())?.opted_out_at).toBeNull();
    });
  });

  describe('record_webhook with a preference', () => {
    const address = '+15005550101';
    const say = (preference: 'opted_out' | 'opted_in', at: number): StorableEvent => ({
      type: 'preference',
      scope: 'all',
      channel: 'whatsapp',
      accounts: ['from-whatsapp'],
      address,
      preference,
      at,
    });
    const optedOut = async () =>
      (await tests.addressOf('whatsapp', address))?.opted_out_at !== null;

    it('heeds the newest, in whatever order they come', async () => {
      const now = Date.now();
      await tests.record(say('opted_out', now - 3000), say('opted_in', now - 2000));
      expect(await optedOut()).toBe(false);
      await tests.record(say('opted_out', now - 2500));
      expect(await optedOut()).toBe(false);
      await tests.record(say('opted_out', now - 1000), say('opted_in', now - 1500));
      expect(await optedOut()).toBe(true);
    });

    it('refuses to send to who opted out, and knows no one else by it', async () => {
      await tests.record(say('opted_out', Date.now()));
      const policy = { providers: ['twilio'], repeatable: {}, replyWindowHours: null };
      const refused = await context.store.beginSend(
        context.request({ channel: 'whatsapp', policy }),
      );
      expect(refused).toMatchObject({ code: 'recipient_opted_out' });
      const stranger = { ...say('opted_out', Date.now()), address: '+15005550999' };
      expect(await tests.outcomes(stranger)).toEqual(['unknown_address']);
      const other = await createTenant(context.database());
      const theirs = await tests.addressOf('whatsapp', address, other);
      expect(theirs?.opted_out_at).toBeNull();
    });
  });

  describe('record_webhook with a watermark', () => {
    const start = Date.now() - hour;
    const person = '7100000000000001';
    const watermarked = { policy: JSON.stringify({ watermarks: true }) };
    const at = (ms: number) => ({ sent_at: new Date(start + ms).toISOString() });
    const watermark = (page: string, status: 'delivered' | 'read', ms: number): StorableEvent => ({
      type: 'watermark',
      channel: 'facebook',
      accounts: [page],
      address: person,
      status,
      until: start + ms,
    });
    const startPage = async () => {
      const page = `page-${context.tenant.id}`;
      await tests.addSender('facebook', page);
      await context.tenant.insert('contact_addresses', {
        contact_id: context.tenant.contactId,
        channel: 'facebook',
        address: person,
      });
      return page;
    };
    const keep = (ms: number, changes: Readonly<Record<string, string | null>> = {}) =>
      tests.keepSent('facebook', { ...at(ms), ...watermarked, ...changes }, person);

    it('reaches a message whose acceptance was heard of later than Messenger had it', async () => {
      const page = await startPage();
      const { id } = await keep(1500);
      await context.tenant.insert('message_attempts', {
        message_id: id,
        number: 1,
        provider: 'meta',
        outcome: 'accepted',
        started_at: at(1000).sent_at,
        finished_at: at(1500).sent_at,
      });
      await tests.record(watermark(page, 'read', 999));
      expect(await statusOf(id)).toBe('sent');
      await tests.record(watermark(page, 'read', 1200));
      expect(await statusOf(id)).toBe('read');
    });

    it('moves all that was sent before it and nothing after, each only forward', async () => {
      const page = await startPage();
      const sent = [await keep(0), await keep(1000), await keep(2000)];
      const failed = await keep(0, { status: 'failed' });
      const statuses = () => Promise.all([...sent, failed].map(({ id }) => statusOf(id)));
      await tests.record(watermark(page, 'delivered', 1000));
      expect(await statuses()).toEqual(['delivered', 'delivered', 'sent', 'failed']);
      await tests.record(watermark(page, 'read', 0));
      expect(await statuses()).toEqual(['read', 'delivered', 'sent', 'failed']);
      await tests.record(watermark(page, 'delivered', 2000), watermark(page, 'delivered', 2000));
      expect(await statuses()).toEqual(['read', 'delivered', 'delivered', 'failed']);
    });

    it('moves nothing of another contact, sender or tenant', async () => {
      const page = await startPage();
      const ours = await keep(0);
      const otherPage = `other-${context.tenant.id}`;
      const otherSender = await tests.addSender('facebook', otherPage);
      const byOther = await keep(0, { sender_id: otherSender });
      await context.tenant.insert('contact_addresses', {
        contact_id: context.tenant.contactId,
        channel: 'facebook',
        address: '7100000000000002',
      });
      const toOther = await tests.keepSent(
        'facebook',
        { ...at(0), ...watermarked },
        '7100000000000002',
      );
      const other = await createTenant(context.database());
      await context.store.recordWebhook(other.connectionId, [watermark(page, 'read', 10)]);
      expect(await statusOf(ours.id)).toBe('sent');
      await tests.record(watermark('nobody', 'read', 10));
      expect(await statusOf(ours.id)).toBe('sent');
      expect(await tests.outcomes(watermark(page, 'read', 10))).toEqual(['moved']);
      expect(await statusOf(ours.id)).toBe('read');
      expect(await statusOf(byOther.id)).toBe('sent');
      expect(await statusOf(toOther.id)).toBe('sent');
    });
  });
};
