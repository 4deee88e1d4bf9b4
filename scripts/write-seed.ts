import { writeFile } from 'node:fs/promises';
import { demoData } from '../dev/demo-data.ts';
import { toAddressKey } from '../src/lib/address-key.ts';
import { createCredentialsVault } from '../src/lib/credentials-vault.ts';
import { sha256Hex } from '../src/lib/sha256.ts';
import type { Channel } from '../src/ports/channel.ts';

const { contact, twilio, meta, resend, openai, anthropic } = demoData;
const vault = createCredentialsVault([demoData.credentialsKey]);

const ids = {
  subAccount: '5ab0acc0-0000-4000-8000-000000000001',
  contact: 'c047ac70-0000-4000-8000-000000000001',
  conversation: 'c0477e55-0000-4000-8000-000000000001',
  ...demoData.connectionIds,
  openai: 'c0477ec7-0000-4000-8000-000000000004',
  anthropic: 'c0477ec7-0000-4000-8000-000000000005',
  secondAgent: 'a1b2c3d4-e5f6-7890-abcd-ef1234567891',
};

const metaSecrets = { appSecret: meta.appSecret, verifyToken: meta.verifyToken };

const connections = [
  [ids.twilio, 'twilio', { accountSid: twilio.accountSid, authToken: twilio.authToken }],
  [ids.meta, 'meta', { ...metaSecrets, accessToken: meta.accessToken }],
  [
    ids.instagram,
    'meta',
    { ...metaSecrets, accessToken: meta.instagramAccessToken, instagramLogin: true },
  ],
  [ids.resend, 'resend', { apiKey: resend.apiKey, webhookSecret: resend.webhookSecret }],
  [ids.openai, 'openai', { apiKey: openai.apiKey }],
  [ids.anthropic, 'anthropic', { apiKey: anthropic.apiKey }],
] as const;

const senders = [
  [ids.twilio, 'sms', twilio.phoneNumber],
  [ids.resend, 'email', resend.from],
  [ids.meta, 'whatsapp', meta.phoneNumberId],
  [ids.meta, 'facebook', meta.pageId],
  [ids.instagram, 'instagram', meta.instagramId],
] as const;

const addresses = [
  ['sms', contact.phone],
  ['email', contact.email],
  ['whatsapp', contact.whatsappNumber],
  ['facebook', contact.messengerUserId],
  ['instagram', contact.instagramUserId],
] as const;

const agents = [
  [demoData.agentId, ids.openai, 'Front desk', openai.model],
  [ids.secondAgent, ids.anthropic, 'Night shift', anthropic.model],
] as const;

const instructions =
  'You are the front desk of Acme Dental. Be warm and brief, and never promise a price.';

const keyed = (channel: Channel, address: string) => [
  channel,
  address,
  toAddressKey(channel, address),
];

const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const row = (values: readonly string[]): string => `  (${values.map(quote).join(', ')})`;
const rows = (list: readonly (readonly string[])[]): string => list.map(row).join(',\n');

const sealedConnections = await Promise.all(
  connections.map(async ([id, provider, credentials]) => [
    id,
    ids.subAccount,
    provider,
    `Demo ${provider}`,
    await vault.seal(credentials, id),
  ]),
);

const seed = `-- Demo data for the local stack; never part of a deployment. Made by \`npm run seed\` from dev/demo-data.ts.
-- The API key is ${demoData.apiKey}; the credentials are sealed with the demo's own CREDENTIALS_KEY.

insert into public.sub_accounts (id, name) values
${rows([[ids.subAccount, demoData.subAccount.name]])};

insert into public.api_keys (sub_account_id, name, key_hash, display_prefix) values
${rows([[ids.subAccount, 'Demo', await sha256Hex(demoData.apiKey), demoData.apiKey.slice(0, 8)]])};

insert into public.contacts (id, sub_account_id, name) values
${rows([[ids.contact, ids.subAccount, contact.name]])};

insert into public.conversations (id, sub_account_id, contact_id, external_id) values
${rows([[ids.conversation, ids.subAccount, ids.contact, demoData.conversationId]])};

insert into public.connections (id, sub_account_id, provider, name, credentials) values
${rows(sealedConnections)};

insert into public.senders (sub_account_id, connection_id, channel, address, address_key) values
${rows(senders.map(([id, channel, address]) => [ids.subAccount, id, ...keyed(channel, address)]))};

insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key) values
${rows(addresses.map(([channel, address]) => [ids.subAccount, ids.contact, ...keyed(channel, address)]))};

insert into public.agents (id, sub_account_id, connection_id, name, model, instructions) values
${rows(agents.map(([id, ...agent]) => [id, ids.subAccount, ...agent, instructions]))};
`;

await writeFile(new URL('../supabase/seed.sql', import.meta.url), seed);
