import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { toWireId } from '../../src/lib/message-id.ts';
import type { StorableEvent } from '../../src/ports/storable-event.ts';
import type { RecordedEvent } from '../../src/ports/store.ts';
import { replyWith, type StoreContext, twilio } from './context.ts';
import type { Tenant } from './tenant.ts';

type StorableInbound = Extract<StorableEvent, { type: 'inbound' }>;
type StorableReceipt = Extract<StorableEvent, { type: 'receipt' }>;

const windowed = { ...twilio, replyWindowHours: 24 };
const windowOf = {
  sms: twilio,
  email: twilio,
  whatsapp: windowed,
  facebook: windowed,
  instagram: windowed,
} as const;

/** An SMS of Jane's to the tenant's sender. */
export const inbound = (changes: Partial<StorableInbound> = {}): StorableInbound => ({
  type: 'inbound',
  channel: 'sms',
  accounts: [`from-${changes.channel ?? 'sms'}`],
  from: '+15005550101',
  otherAddress: null,
  scopedToSender: changes.channel === 'facebook' || changes.channel === 'instagram',
  name: null,
  providerMessageId: `SM${randomUUID()}`,
  at: Date.now(),
  text: 'Can we move it?',
  typed: true,
  answerable: true,
  details: {},
  textIsElsewhere: false,
  subject: null,
  attachments: [],
  repliedProviderMessageId: null,
  email: null,
  preference: null,
  quoted: null,
  reply: replyWith(windowOf[changes.channel ?? 'sms']),
  ...changes,
});

/** An email whose text has not been fetched yet. */
export const email = (changes: Partial<StorableInbound> = {}): StorableInbound =>
  inbound({
    channel: 'email',
    from: 'jane@example.com',
    text: null,
    textIsElsewhere: true,
    subject: 'Re: Tomorrow',
    email: {
      messageId: `<${randomUUID()}@mail.example.com>`,
      threadIds: [],
      automatic: false,
      authenticated: null,
    },
    ...changes,
  });

const failure = { code: 'delivery_failed', retry: 'never', message: 'No.' } as const;

export const receipt = (
  status: StorableReceipt['status'],
  changes: Partial<StorableReceipt> = {},
): StorableReceipt => ({
  type: 'receipt',
  providerMessageId: null,
  messageId: null,
  status,
  at: Date.now(),
  consequence: null,
  error: status === 'failed' ? failure : null,
  ...changes,
});

const rows = z.array(z.object({ row: z.record(z.string(), z.unknown()) }));

const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;

export type OwnMessage = {
  readonly id: string;
  readonly wireId: string;
  readonly providerMessageId: string;
};

/** The tools of the tests of webhooks. */
export const createWebhookTests = (context: StoreContext) => {
  const list = async (sql: string) =>
    rows.parse(await context.database().query(sql)).map(({ row }) => row);

  const listOf = (table: string, where: string, tenant: Tenant = context.tenant) =>
    list(`select to_jsonb(t) as row from public.${table} t
          where t.sub_account_id = '${tenant.id}' and ${where} order by t.created_at, t.id`);

  const record = async (...events: StorableEvent[]) => {
    const recorded = await context.store.recordWebhook(context.tenant.connectionId, events);
    if (recorded === null) throw new Error('there is no such connection');
    return recorded;
  };

  const recordOne = async (event: StorableEvent): Promise<RecordedEvent> => {
    const [recorded] = await record(event);
    if (!recorded) throw new Error('nothing was said of the event');
    return recorded;
  };

  const addressOf = async (channel: string, address: string, tenant?: Tenant) => {
    const where = `t.channel = '${channel}' and t.address = ${quote(address)}`;
    return (await listOf('contact_addresses', where, tenant))[0];
  };

  return {
    record,
    recordOne,
    addressOf,
    outcomes: async (...events: StorableEvent[]) =>
      (await record(...events)).map(({ outcome }) => outcome),
    messageOf: async ({ messageId }: RecordedEvent) =>
      (await listOf('messages', `t.id = '${messageId}'`))[0],
    rowOf: async (id: string) => (await listOf('messages', `t.id = '${id}'`))[0],
    received: (tenant?: Tenant) => listOf('messages', `t.sender_type = 'contact'`, tenant),
    contacts: (tenant?: Tenant) => listOf('contacts', 'true', tenant),
    conversations: (tenant?: Tenant) => listOf('conversations', 'true', tenant),
    senders: (channel: string) => listOf('senders', `t.channel = '${channel}'`),
    addresses: (channel: string, tenant?: Tenant) =>
      listOf('contact_addresses', `t.channel = '${channel}'`, tenant),
    /** A message from the tenant to Jane, in its state after some time. */
    keepSent: async (
      channel: string,
      changes: Readonly<Record<string, string | null>> = {},
      address = channel === 'email' ? 'jane@example.com' : '+15005550101',
    ): Promise<OwnMessage> => {
      const id = randomUUID();
      const providerMessageId = `out-${id}`;
      const { id: addressId } = (await addressOf(channel, address)) ?? {};
      const [sender] = await listOf('senders', `t.channel = '${channel}'`);
      await context.tenant.insert('messages', {
        id,
        conversation_id: context.tenant.conversationId,
        channel,
        sender_type: 'user',
        status: 'sent',
        content: 'Hello',
        address_id: z.string().parse(addressId),
        sender_id: z.string().parse(sender?.id),
        provider: 'twilio',
        provider_message_id: providerMessageId,
        sent_at: new Date().toISOString(),
        ...changes,
      });
      return { id, wireId: toWireId(id), providerMessageId };
    },
    /** Another sender of the connection; returns its id. */
    addSender: async (channel: string, address: string): Promise<string> => {
      const id = randomUUID();
      const { connectionId } = context.tenant;
      await context.tenant.insert('senders', { id, connection_id: connectionId, channel, address });
      return id;
    },
  };
};

export type WebhookTests = ReturnType<typeof createWebhookTests>;
