import { parseArgs } from 'node:util';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { channelProviders } from '../src/channels/index.ts';
import { parseConfig } from '../src/config.ts';
import { createApiKey, type NewApiKey } from '../src/lib/api-key.ts';
import { createCredentialsVault } from '../src/lib/credentials-vault.ts';
import { channels } from '../src/ports/channel.ts';
import type { Database } from '../src/store/database.types.ts';

const usage = `Makes a sub-account with an API key, one sender and one contact, and prints the first curl.

  CREDENTIALS='{"accountSid":"AC…","authToken":"…"}' npm run setup -- \\
    --account "Acme Dental" --provider twilio --channel sms --from +15005550006 \\
    --contact "Jane Doe" --to +15005550101 --conversation conv_abc123

SUPABASE_URL, SUPABASE_SECRET_KEY, CREDENTIALS_KEY and PUBLIC_URL must be those of the deployment.`;

const text = z.string().min(1);
const optionsSchema = z.object({
  account: text,
  provider: z.enum(Object.keys(channelProviders)),
  channel: z.enum(channels),
  from: text,
  contact: text,
  to: text,
  conversation: text,
});

const readOptions = () => {
  const option = { type: 'string' } as const;
  const options = Object.fromEntries(Object.keys(optionsSchema.shape).map((key) => [key, option]));
  return optionsSchema.parse(parseArgs({ options }).values);
};

const readCredentials = ({ provider, channel }: ReturnType<typeof readOptions>): unknown => {
  if (!channelProviders[provider]?.limits[channel]) {
    throw new Error(`${provider} does not serve ${channel}.`);
  }
  const credentials: unknown = JSON.parse(process.env.CREDENTIALS ?? 'null');
  const fit = channelProviders[provider].credentials.safeParse(credentials);
  if (fit.success) return credentials;
  const fields = fit.error.issues.map(({ path }) => path.join('.') || 'the whole').join(', ');
  throw new Error(`CREDENTIALS is not what ${provider} needs; missing or malformed: ${fields}.`);
};

type Client = SupabaseClient<Database>;
type Options = ReturnType<typeof readOptions>;

const storeAccount = async (client: Client, id: string, options: Options, key: NewApiKey) => {
  await client.from('sub_accounts').insert({ id, name: options.account }).throwOnError();
  await client
    .from('api_keys')
    .insert({
      sub_account_id: id,
      name: 'First key',
      key_hash: key.hash,
      display_prefix: key.displayPrefix,
    })
    .throwOnError();
};

const storeSender = async (
  client: Client,
  owner: { readonly sub_account_id: string },
  options: Options,
  connection: { readonly id: string; readonly credentials: string },
) => {
  const { provider, channel } = options;
  await client
    .from('connections')
    .insert({ ...owner, ...connection, provider, name: provider })
    .throwOnError();
  await client
    .from('senders')
    .insert({ ...owner, connection_id: connection.id, channel, address: options.from })
    .throwOnError();
};

const storeContact = async (
  client: Client,
  owner: { readonly sub_account_id: string },
  { contact, channel, to, conversation }: Options,
) => {
  const id = crypto.randomUUID();
  const theirs = { ...owner, contact_id: id };
  await client
    .from('contacts')
    .insert({ ...owner, id, name: contact })
    .throwOnError();
  await client
    .from('contact_addresses')
    .insert({ ...theirs, channel, address: to })
    .throwOnError();
  await client
    .from('conversations')
    .insert({ ...theirs, external_id: conversation })
    .throwOnError();
};

const describeFirstSend = (publicUrl: string, apiKey: string, options: Options) => {
  const { conversation, channel } = options;
  const body = { conversation_id: conversation, channel, ai: false, content: 'Hello!' };
  return `The API key, shown this once: ${apiKey}

curl -X POST ${publicUrl}/send-message \\
  -H 'x-api-key: ${apiKey}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(body)}'`;
};

const setUp = async () => {
  const config = parseConfig(process.env);
  const options = readOptions();
  const connectionId = crypto.randomUUID();
  const vault = createCredentialsVault(config.credentialsKeys);
  const credentials = await vault.seal(readCredentials(options), connectionId);
  const client = createClient<Database>(config.supabaseUrl, config.supabaseSecretKey, {
    auth: { persistSession: false },
  });
  const key = await createApiKey();
  const owner = { sub_account_id: crypto.randomUUID() };
  try {
    await storeAccount(client, owner.sub_account_id, options, key);
    await storeSender(client, owner, options, { id: connectionId, credentials });
    await storeContact(client, owner, options);
  } catch (error) {
    await client.from('sub_accounts').delete().eq('id', owner.sub_account_id);
    throw error;
  }
  console.log(describeFirstSend(config.publicUrl, key.key, options));
};

try {
  await setUp();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
}
