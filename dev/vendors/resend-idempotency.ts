import { isDeepStrictEqual } from 'node:util';
import type { ResendRefusal } from './resend-request.ts';

type Entry = { readonly body: unknown; readonly id: string; readonly done: boolean };

export type IdempotencyKeys = {
  /** The key's verdict on this request: a refusal, the id of the same email sent before, or null: go on. */
  check(key: string, body: unknown): ResendRefusal | { readonly id: string } | null;
  begin(key: string, body: unknown, id: string): void;
  finish(key: string): void;
  /** Nothing was sent: the key is free again. */
  release(key: string): void;
  clear(): void;
};

/** Resend keeps keys for 24 hours; the double keeps them until it is reset. */
export const createIdempotencyKeys = (): IdempotencyKeys => {
  const entries = new Map<string, Entry>();
  return {
    check: (key, body) => {
      const entry = entries.get(key);
      if (!entry) return null;
      if (!isDeepStrictEqual(entry.body, body)) {
        const message = 'Same idempotency key used with a different request payload.';
        return { statusCode: 409, name: 'invalid_idempotent_request', message };
      }
      if (entry.done) return { id: entry.id };
      const message = 'Same idempotency key used while original request is still in progress.';
      return { statusCode: 409, name: 'concurrent_idempotent_requests', message };
    },
    begin: (key, body, id) => entries.set(key, { body, id, done: false }),
    finish: (key) => {
      const entry = entries.get(key);
      if (entry) entries.set(key, { ...entry, done: true });
    },
    release: (key) => {
      if (entries.get(key)?.done === false) entries.delete(key);
    },
    clear: () => entries.clear(),
  };
};
