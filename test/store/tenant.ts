import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Database } from '../../dev/database.ts';
import { toAddressKey } from '../../src/lib/address-key.ts';
import { createApiKey, type NewApiKey } from '../../src/lib/api-key.ts';
import { channels } from '../../src/ports/channel.ts';

const channelOf = z.enum(channels);

const quote = (value: string | number | boolean | null): string =>
  value === null ? 'null' : `'${String(value).replaceAll("'", "''")}'`;

/** Everybody who stores an address must do the same. */
const withKey = (table: string, values: Values): Values => {
  const { channel, address } = values;
  if (table !== 'senders' && table !== 'contact_addresses') return values;
  return { ...values, address_key: toAddressKey(channelOf.parse(channel), String(address)) };
};

type Values = Readonly<Record<string, string | number | boolean | null>>;

/** A sub-account of its own for one test, so that tests never see each other's rows. */
export type Tenant = {
  readonly id: string;
  readonly key: NewApiKey;
  readonly contactId: string;
  readonly conversationId: string;
  readonly externalId: string;
  readonly connectionId: string;
  readonly senderId: string;
  readonly agentId: string;
  /** Inserts a row of this tenant. */
  readonly insert: (table: string, values: Values) => Promise<void>;
};

/** With Jane on SMS, email and WhatsApp, one Twilio sender each, and one agent. */
export const createTenant = async (database: Database): Promise<Tenant> => {
  const [id, contactId, conversationId, connectionId, senderId, agentId] = Array.from(
    { length: 6 },
    () => randomUUID(),
  );
  if (!id || !contactId || !conversationId || !connectionId || !senderId || !agentId) {
    throw new Error('no ids');
  }
  const key = await createApiKey();
  const externalId = `conv_${id.slice(0, 8)}`;
  const insert = async (table: string, values: Values) => {
    const row = { sub_account_id: id, ...withKey(table, values) };
    const columns = Object.keys(row).join(', ');
    await database.query(
      `insert into public.${table} (${columns}) values (${Object.values(row).map(quote).join(', ')})`,
    );
  };
  await database.query(`insert into public.sub_accounts (id, name) values ('${id}', 'Acme')`);
  await insert('api_keys', { name: 'k', key_hash: key.hash, display_prefix: key.displayPrefix });
  await insert('contacts', { id: contactId, name: 'Jane Doe' });
  await insert('conversations', {
    id: conversationId,
    contact_id: contactId,
    external_id: externalId,
  });
  const sealed = { provider: 'twilio', name: 'Main', credentials: 'sealed' };
  await insert('connections', { id: connectionId, ...sealed });
  for (const [channel, address] of [
    ['sms', '+15005550101'],
    ['email', 'jane@example.com'],
    ['whatsapp', '+15005550101'],
  ] as const) {
    const sender = { connection_id: connectionId, channel, address: `from-${channel}` };
    await insert('senders', { ...sender, id: channel === 'sms' ? senderId : randomUUID() });
    await insert('contact_addresses', { contact_id: contactId, channel, address });
  }
  await insert('agents', {
    id: agentId,
    connection_id: connectionId,
    name: 'Desk',
    model: 'model-1',
    instructions: 'Be brief.',
  });
  return {
    id,
    key,
    contactId,
    conversationId,
    externalId,
    connectionId,
    senderId,
    agentId,
    insert,
  };
};
