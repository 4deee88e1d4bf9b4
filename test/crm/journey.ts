import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { addressValues } from '../support/address-values.ts';
import { expectSent } from '../support/api.ts';
import type { Crm } from './run-crm.ts';

const { contact, twilio, meta, resend, openai } = demoData;
const created = z.object({ id: z.string() });
const newKey = z.object({ key: z.string() });
const account = 'Journey Dental';

const metaTyped = [meta.accessToken, meta.appSecret, meta.verifyToken, ''];
const accounts = [
  ['twilio', 'Twilio', [twilio.accountSid, twilio.authToken]],
  ['meta', 'Meta', [...metaTyped, 'no']],
  ['meta', 'Instagram', [meta.instagramAccessToken, '', '', '', 'yes']],
  ['resend', 'Resend', [resend.apiKey, '']],
  ['openai', 'OpenAI', [openai.apiKey, 'https://api.openai.com/v1']],
] as const;
const senders = [
  ['sms', 'Twilio', twilio.phoneNumber, contact.phone],
  ['whatsapp', 'Meta', meta.phoneNumberId, contact.whatsappNumber],
  ['facebook', 'Meta', meta.pageId, contact.messengerUserId],
  ['instagram', 'Instagram', meta.instagramId, contact.instagramUserId],
  ['email', 'Resend', resend.from, contact.email],
] as const;

/** From nothing to messages on every channel, with commands only. */
export const describeJourney = (crm: () => Crm): void => {
  const run = (args: readonly string[], typed?: readonly string[]) =>
    crm().runJson(args, { account, ...(typed ? { typed } : {}) });
  let apiKey: string;
  let agentId: string;

  /** Contacts on Facebook and Instagram exist after they have written; there is no other way to their ids. */
  const addContact = (accountId: string) =>
    crm().database.query(`
      with contact as (
        insert into public.contacts (sub_account_id, name) values ('${accountId}', 'Jane') returning *
      ), conversation as (
        insert into public.conversations (sub_account_id, contact_id, external_id)
        select sub_account_id, id, 'conv_journey' from contact
      )
      insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
      select c.sub_account_id, c.id, a.* from contact c, (values
        ${senders.map(([channel, , , to]) => `(${addressValues(channel, to)})`).join(', ')}
      ) a`);

  beforeAll(async () => {
    const { id } = created.parse(await crm().runJson(['accounts', 'add', account]));
    for (const [provider, name, typed] of accounts) {
      await run(['connections', 'add', provider, '--name', name], typed);
    }
    for (const [channel, connection, address] of senders) {
      const to = ['--channel', channel, '--connection', connection];
      await run(['senders', 'add', ...to, '--address', address]);
    }
    const writer = [
      '--connection',
      'OpenAI',
      '--model',
      openai.model,
      '--instructions',
      'Be kind.',
    ];
    agentId = created.parse(await run(['agents', 'add', 'Front desk', ...writer])).id;
    apiKey = newKey.parse(await run(['keys', 'create', 'n8n'])).key;
    await addContact(id);
  });

  const send = (channel: string, more: object) =>
    crm().api.send(
      { conversation_id: 'conv_journey', channel, ai: false, content: 'Hello!', ...more },
      { 'x-api-key': apiKey },
    );

  it.each(senders)('sends on %s, as it is and written by the agent', async (channel, _, from) => {
    crm().api.reset();
    expect(expectSent(await send(channel, {}))).toMatchObject({ content: 'Hello!' });
    const written = { ai: true, agent_id: agentId, content: 'Say hello.' };
    expect(expectSent(await send(channel, written))).toMatchObject({ sender_type: 'agent' });
    expect(crm().api.vendors.sent()).toMatchObject([{ channel, text: 'Hello!' }, { channel }]);
    if (channel === 'email') expect(crm().api.vendors.sent()[0]?.from).toBe(from);
  });
};
