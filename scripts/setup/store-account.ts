import { createClient } from '@supabase/supabase-js';
import type { Config } from '../../src/config.ts';
import type { NewApiKey } from '../../src/lib/api-key.ts';
import type { Database } from '../../src/store/database.types.ts';
import type { Options } from './options.ts';

type Sealed = { readonly id: string; readonly credentials: string };

export type NewAccount = {
  readonly id: string;
  readonly key: NewApiKey;
  readonly options: Options;
  readonly connection: Sealed;
  readonly agent: { readonly id: string; readonly connection: Sealed } | null;
};

const timeoutMs = 10_000;

const connect = ({ supabaseUrl, supabaseSecretKey }: Config, interrupt?: AbortSignal) =>
  createClient<Database>(supabaseUrl, supabaseSecretKey, {
    auth: { persistSession: false },
    global: {
      fetch: (url, init) => {
        const timeout = AbortSignal.timeout(timeoutMs);
        const signal = interrupt ? AbortSignal.any([interrupt, timeout]) : timeout;
        return fetch(url, { ...init, signal });
      },
    },
  });

type Client = ReturnType<typeof connect>;
type Failure = { readonly message: string; readonly code?: string };

const describe = ({ message, code }: Failure, status: number): string => {
  if (status === 0) return 'The database cannot be reached: see whether SUPABASE_URL is right.';
  if (status === 401 || status === 403) {
    return 'The database does not take SUPABASE_SECRET_KEY: use a secret key of the project at SUPABASE_URL.';
  }
  if (code === 'PGRST205') {
    return 'The database has no tables yet: apply the migrations with `npx supabase db push --remote`.';
  }
  return `The database says: ${message.slice(0, 300)}`;
};

const stored = async (
  request: PromiseLike<{ readonly error: Failure | null; readonly status: number }>,
): Promise<void> => {
  const { error, status } = await request;
  if (error) throw new Error(describe(error, status));
};

const storeSender = async (client: Client, { id, options, connection }: NewAccount) => {
  const owner = { sub_account_id: id };
  const { provider, channel, from } = options;
  const account = { ...owner, ...connection, provider, name: provider };
  await stored(client.from('connections').insert(account));
  const sender = { ...owner, connection_id: connection.id, channel, address: from };
  await stored(client.from('senders').insert(sender));
};

const storeAgent = async (client: Client, { id, options, agent }: NewAccount) => {
  const { writer } = options;
  if (!agent || !writer) return;
  const owner = { sub_account_id: id };
  const provider = writer['agent-provider'];
  const account = { ...owner, ...agent.connection, provider, name: provider };
  await stored(client.from('connections').insert(account));
  const { agent: name, model, instructions } = writer;
  const connection = { connection_id: agent.connection.id };
  await stored(
    client
      .from('agents')
      .insert({ ...owner, ...connection, id: agent.id, name, model, instructions }),
  );
};

const storeContact = async (client: Client, { id, options }: NewAccount) => {
  const { contact, channel, to, conversation } = options;
  const owner = { sub_account_id: id };
  const theirs = { ...owner, contact_id: crypto.randomUUID() };
  await stored(client.from('contacts').insert({ ...owner, id: theirs.contact_id, name: contact }));
  await stored(client.from('contact_addresses').insert({ ...theirs, channel, address: to }));
  await stored(client.from('conversations').insert({ ...theirs, external_id: conversation }));
};

const storeKey = (client: Client, { id, key }: NewAccount) =>
  stored(
    client.from('api_keys').insert({
      sub_account_id: id,
      name: 'First key',
      key_hash: key.hash,
      display_prefix: key.displayPrefix,
    }),
  );

const storeAll = async (client: Client, account: NewAccount): Promise<void> => {
  const { id, options } = account;
  await stored(client.from('sub_accounts').insert({ id, name: options.account }));
  await storeSender(client, account);
  await storeAgent(client, account);
  await storeContact(client, account);
  // The key comes last: without one, nobody can use what a lost connection may leave behind.
  await storeKey(client, account);
};

const remove = async (config: Config, id: string): Promise<string> => {
  const { error } = await connect(config).from('sub_accounts').delete().eq('id', id);
  return error
    ? `What was stored before could not be removed: delete the row ${id} of sub_accounts.`
    : 'What was stored before is removed.';
};

/** Stores all of the account or, when something fails or `interrupt` says so, nothing of it. */
export const storeAccount = async (
  config: Config,
  account: NewAccount,
  interrupt: AbortSignal,
): Promise<void> => {
  const client = connect(config, interrupt);
  let begun = false;
  try {
    await stored(client.from('sub_accounts').select('id').limit(1).retry(false));
    begun = true;
    await storeAll(client, account);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const reason = interrupt.aborted ? 'Interrupted.' : said;
    throw new Error(begun ? `${reason} ${await remove(config, account.id)}` : reason);
  }
};
