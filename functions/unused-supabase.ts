// What supabase-js makes for every client and this function never touches: it only calls database functions. On Workers
// these stand in for auth, realtime and storage (wrangler.toml), a third of what an isolate would parse at each cold start.

export class AuthClient {}

export class RealtimeClient {
  /** supabase-js hands its token over as soon as it is made. */
  setAuth(): Promise<void> {
    return Promise.resolve();
  }
}

export class StorageClient {}

export class StorageApiError extends Error {}
