import type { AiProvider } from './ai.ts';
import type { ChannelProvider } from './channel.ts';
import type { CredentialsVault } from './credentials-vault.ts';
import type { Io } from './io.ts';
import type { Store } from './store.ts';

/** Everything that a use case needs from outside. */
export type Deps = {
  readonly io: Io;
  readonly store: Store;
  readonly vault: CredentialsVault;
  readonly channelProviders: Readonly<Record<string, ChannelProvider>>;
  readonly aiProviders: Readonly<Record<string, AiProvider>>;
  /** Where this function is reached from outside, up to and including its mount path. */
  readonly publicUrl: string;
  /** Browsers' origins that may call it; none: no CORS headers at all. */
  readonly corsOrigins: readonly string[];
  /** What a scheduler shows to call the jobs; null: nobody may. */
  readonly cronSecret: string | null;
};
