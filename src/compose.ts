import { createAiProviders } from './ai/index.ts';
import { channelProviders } from './channels/index.ts';
import { type Environment, parseConfig } from './config.ts';
import { createCredentialsVault } from './lib/credentials-vault.ts';
import type { Deps } from './ports/deps.ts';
import type { Io } from './ports/io.ts';
import { createSupabaseStore } from './store/supabase.ts';

export type ComposeOptions = {
  /** The local stack's models run on this machine. Anywhere else, this would open the private network to agents. */
  readonly allowPrivateBaseUrls?: boolean;
};

/** The one place where the environment becomes objects. Throws the errors of parseConfig. */
export const createDeps = (env: Environment, io: Io, options: ComposeOptions = {}): Deps => {
  const config = parseConfig(env);
  const { supabaseUrl: url, supabaseSecretKey: secretKey } = config;
  return {
    io,
    store: createSupabaseStore({ url, secretKey }, io.fetch),
    vault: createCredentialsVault(config.credentialsKeys),
    channelProviders,
    aiProviders: createAiProviders({
      allowPrivateBaseUrls: options.allowPrivateBaseUrls ?? false,
    }),
    publicUrl: config.publicUrl,
    corsOrigins: config.corsOrigins,
    cronSecret: config.cronSecret,
  };
};
