import { type Config, parseConfig } from '../src/config.ts';
import { createApiKey } from '../src/lib/api-key.ts';
import { createCredentialsVault } from '../src/lib/credentials-vault.ts';
import { readAgentCredentials, readSenderCredentials } from './setup/credentials.ts';
import { type Options, readOptions } from './setup/options.ts';
import { type NewAccount, storeAccount } from './setup/store-account.ts';

const loadEnvironment = (file: string | undefined): void => {
  if (file === undefined) return;
  try {
    process.loadEnvFile(file);
  } catch {
    throw new Error(`--env: ${file} cannot be read.`);
  }
};

const createAccount = async (config: Config, options: Options): Promise<NewAccount> => {
  const vault = createCredentialsVault(config.credentialsKeys);
  const seal = async (credentials: unknown) => {
    const id = crypto.randomUUID();
    return { id, credentials: await vault.seal(credentials, id) };
  };
  const { writer } = options;
  return {
    id: crypto.randomUUID(),
    key: await createApiKey(),
    options,
    connection: await seal(readSenderCredentials(options)),
    agent: writer && {
      id: crypto.randomUUID(),
      connection: await seal(readAgentCredentials(writer)),
    },
  };
};

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const curl = (publicUrl: string, apiKey: string, body: Readonly<Record<string, unknown>>) =>
  [
    `curl ${publicUrl}/send-message \\`,
    `  -H 'x-api-key: ${apiKey}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${quote(JSON.stringify(body))}`,
  ].join('\n');

const describe = (config: Config, account: NewAccount): string => {
  const { publicUrl } = config;
  const { key, options, agent, connection } = account;
  const { conversation, channel } = options;
  const manual = { content: 'Hello!', ai: false, conversation_id: conversation, channel };
  const written = { ...manual, content: 'Say hello.', ai: true, agent_id: agent?.id };
  return [
    `The API key, shown this once: ${key.key}`,
    `Send a first message:\n\n${curl(publicUrl, key.key, manual)}`,
    `Where ${options.provider} reports what contacts write and what becomes of messages:\n\n${publicUrl}/webhooks/${options.provider}/${connection.id}`,
    ...(agent ? [`Have the agent write one:\n\n${curl(publicUrl, key.key, written)}`] : []),
  ].join('\n\n');
};

const listenForInterrupt = (): AbortSignal => {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => controller.abort());
  return controller.signal;
};

const setUp = async (): Promise<void> => {
  const interrupt = listenForInterrupt();
  const options = readOptions(process.argv.slice(2));
  loadEnvironment(options.env);
  const config = parseConfig(process.env);
  const account = await createAccount(config, options);
  await storeAccount(config, account, interrupt);
  console.log(describe(config, account));
};

try {
  await setUp();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
