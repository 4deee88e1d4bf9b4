// supabase-js makes these for every client, but this function only calls database functions. On Workers these stand-ins
// replace auth, realtime and storage (wrangler.toml), a third of the code that an isolate would parse at each cold
// start.

export class AuthClient {}

export class RealtimeClient {
  /** supabase-js passes its token here as soon as this is made. */
  setAuth(): Promise<void> {
    return Promise.resolve();
  }
}

export class StorageClient {}

export class StorageApiError extends Error {}
