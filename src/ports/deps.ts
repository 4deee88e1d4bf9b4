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
  /** The public address of this function, including its mount path. */
  readonly publicUrl: string;
  /** Origins of browsers that may call it; if there are none, no CORS headers are sent. */
  readonly corsOrigins: readonly string[];
  /** The secret of the scheduler that calls the jobs; null: nobody may. */
  readonly cronSecret: string | null;
};
