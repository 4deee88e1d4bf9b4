import { describe, expect, it } from 'vitest';
import { addressAssignment } from '../support/address-values.ts';
import type { StoreContext } from './context.ts';
import { createTenant } from './tenant.ts';
import { email, inbound, type WebhookTests } from './webhook-events.ts';

const number = '+15005550188';
const userId = 'US.13491208655302741918';

export const describePeople = (context: StoreContext, tests: WebhookTests) => {
  describe('record_webhook from an address', () => {
    it('makes the contact, the address and the conversation that are missing, once', async () => {
      const write = () => inbound({ from: number, name: 'Ann Lee' });
      expect(await tests.outcomes(write(), write())).toEqual(['stored', 'stored']);
      const address = await tests.addressOf('sms', number);
      const made = (await tests.contacts()).filter(({ id }) => id === address?.contact_id);
      expect(made).toMatchObject([{ name: 'Ann Lee' }]);
      const conversations = (await tests.conversations()).filter(
        ({ contact_id }) => contact_id === address?.contact_id,
      );
      expect(conversations).toHaveLength(1);
      expect(await tests.received()).toMatchObject([
        { conversation_id: conversations[0]?.id, address_id: address?.id },
        { conversation_id: conversations[0]?.id, address_id: address?.id },
      ]);
    });

    it('makes one contact when twenty messages come at once', async () => {
      await Promise.all(
        Array.from({ length: 20 }, () => tests.record(inbound({ from: number, name: 'Ann' }))),
      );
      expect(await tests.received()).toHaveLength(20);
      expect(await tests.contacts()).toHaveLength(2);
      expect(await tests.conversations()).toHaveLength(2);
    });

    it.each([
      ['sms', '+1 (500) 555-0101'],
      ['sms', '1-500-555-0101'],
      ['whatsapp', 'whatsapp:+15005550101'],
      ['email', 'Jane@Example.COM'],
      ['email', 'Jane Doe <jane@example.com>'],
    ] as const)('finds it when the %s address was kept as %s', async (channel, spelling) => {
      await context.setAddress(channel, addressAssignment(channel, spelling));
      const event = channel === 'email' ? email() : inbound({ channel });
      await tests.record(event);
      expect(await tests.received()).toMatchObject([
        { conversation_id: context.tenant.conversationId },
      ]);
      expect(await tests.addresses(channel)).toHaveLength(1);
    });

    it.each([
      ['sms', '+1 (500) 555-0006', '+15005550006'],
      ['whatsapp', 'whatsapp:+15005550006', '+15005550006'],
      ['email', 'Acme <Hello@Acme.example>', 'hello@acme.example'],
    ] as const)('finds the %s sender that is kept as %s', async (channel, kept, account) => {
      const senderId = await tests.addSender(channel, kept);
      const event = channel === 'email' ? email() : inbound({ channel });
      expect(await tests.outcomes({ ...event, accounts: [account] })).toEqual(['stored']);
      expect(await tests.received()).toMatchObject([{ sender_id: senderId }]);
    });

    it.each(['facebook', 'instagram'] as const)(
      'on %s keeps the only sender that reaches it',
      async (channel) => {
        const senderId = await tests.addSender(channel, `page-${context.tenant.id}`);
        const accounts = [`page-${context.tenant.id}`];
        await tests.record(inbound({ channel, accounts, from: '7100000000000001' }));
        expect(await tests.addresses(channel)).toMatchObject([{ only_sender_id: senderId }]);
      },
    );

    it('on the other channels lets any sender reach it', async () => {
      await tests.record(inbound({ from: number }));
      expect(await tests.addressOf('sms', number)).toMatchObject({ only_sender_id: null });
    });
  });

  describe('record_webhook from a person on WhatsApp with two ids', () => {
    const write = (from: string, otherAddress: string | null = null) =>
      inbound({ channel: 'whatsapp', from, otherAddress, name: 'Ann' });
    const peopleOf = async () => {
      const addresses = await tests.addresses('whatsapp');
      const others = addresses.filter(({ contact_id }) => contact_id !== context.tenant.contactId);
      return new Set(others.map(({ contact_id }) => contact_id));
    };

    it('keeps one contact with both, whichever comes next', async () => {
      await tests.record(write(number, userId), write(userId), write(number));
      expect(await peopleOf()).toHaveProperty('size', 1);
      expect(await tests.conversations()).toHaveLength(2);
      const threads = (await tests.received()).map(({ conversation_id }) => conversation_id);
      expect(new Set(threads).size).toBe(1);
    });

    it('makes one of what were two contacts, and loses no message', async () => {
      await tests.record(write(number), write(userId));
      expect(await peopleOf()).toHaveProperty('size', 2);
      await tests.record(write(userId, number));
      expect(await peopleOf()).toHaveProperty('size', 1);
      expect(await tests.contacts()).toHaveLength(2);
      expect(await tests.received()).toHaveLength(3);
    });

    it('ends in one contact when both ids write at once, in both orders', async () => {
      await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          tests.record(index % 2 ? write(number, userId) : write(userId, number)),
        ),
      );
      expect(await peopleOf()).toHaveProperty('size', 1);
      expect(await tests.received()).toHaveLength(12);
    });

    it('keeps apart two people whose ids differ in their case alone', async () => {
      await tests.record(write('US.13491208abc'));
      await tests.record(write('US.13491208ABC'));
      const one = await tests.addressOf('whatsapp', 'US.13491208abc');
      const other = await tests.addressOf('whatsapp', 'US.13491208ABC');
      expect(one?.contact_id).toBeDefined();
      expect(other?.contact_id).toBeDefined();
      expect(one?.contact_id).not.toBe(other?.contact_id);
    });

    it('has a STOP from one of them count for both', async () => {
      await tests.record({ ...write(number, userId), preference: 'opted_out' });
      for (const address of [number, userId]) {
        const { opted_out_at } = (await tests.addressOf('whatsapp', address)) ?? {};
        expect(opted_out_at, address).not.toBeNull();
      }
    });

    it('has a new id inherit that its contact opted out', async () => {
      await tests.record({ ...write(number), preference: 'opted_out' }, write(number, userId));
      const { opted_out_at } = (await tests.addressOf('whatsapp', userId)) ?? {};
      expect(opted_out_at).not.toBeNull();
    });
  });

  describe('one address of one channel', () => {
    const insert = (channel: string, address: string) =>
      context.tenant.insert('contact_addresses', {
        contact_id: context.tenant.contactId,
        channel,
        address,
      });

    it.each([
      ['sms', '+1 500 555 0101'],
      ['email', 'Jane <JANE@example.com>'],
      ['whatsapp', '+1 1 500 555-0101'],
    ])('is stored once, in every spelling and from every source: %s %s', async (...known) => {
      await expect(insert(...known)).rejects.toThrow(/duplicate key|unique/i);
    });

    it('is one sender’s, however it is spelled', async () => {
      await tests.addSender('sms', '+525512345678');
      await expect(tests.addSender('sms', '+52 1 55 1234 5678')).rejects.toThrow(
        /duplicate key|unique/i,
      );
    });
  });

  describe('record_webhook with an address_change', () => {
    const change = (previous: string, current: string) =>
      ({ type: 'address_change', channel: 'whatsapp', previous, current }) as const;
    const write = (from: string) => inbound({ channel: 'whatsapp', from });

    it('goes on with the contact under the new id, however often it comes', async () => {
      await tests.record(write('US.1111'));
      const before = await tests.addressOf('whatsapp', 'US.1111');
      await tests.record(change('US.1111', 'US.2222'), change('US.1111', 'US.2222'));
      expect(await tests.addressOf('whatsapp', 'US.1111')).toBeUndefined();
      expect(await tests.addressOf('whatsapp', 'US.2222')).toMatchObject({
        id: before?.id,
        contact_id: before?.contact_id,
      });
      await tests.record(write('US.2222'));
      expect(await tests.conversations()).toHaveLength(2);
    });

    it('makes one of two contacts when the new id has written already', async () => {
      await tests.record(
        { ...write('US.1111'), preference: 'opted_out' },
        write('US.2222'),
        change('US.1111', 'US.2222'),
      );
      expect(await tests.contacts()).toHaveLength(2);
      const { opted_out_at } = (await tests.addressOf('whatsapp', 'US.2222')) ?? {};
      expect(opted_out_at).not.toBeNull();
      expect(await tests.outcomes(change('US.1111', 'US.2222'))).toEqual(['known']);
    });

    it('touches no other tenant’s contact', async () => {
      const other = await createTenant(context.database());
      await context.store.recordWebhook(other.connectionId, [write('US.1111')]);
      expect(await tests.outcomes(change('US.1111', 'US.2222'))).toEqual(['known']);
      expect(await tests.addressOf('whatsapp', 'US.1111', other)).toBeDefined();
    });
  });
};
