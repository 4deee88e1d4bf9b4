// supabase-js makes these for every client, but this function only calls database functions. In each bundle these stand-ins
// replace auth, realtime and storage (wrangler.toml for Workers, scripts/build/build-hosts.ts for Node and Supabase): more
// than a third of the code that a process would parse at each cold start.

export class AuthClient {}

export class RealtimeClient {
  /** supabase-js passes its token here as soon as this is made. */
  setAuth(): Promise<void> {
    return Promise.resolve();
  }
}

export class StorageClient {}

export class StorageApiError extends Error {}
