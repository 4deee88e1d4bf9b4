import { afterEach, beforeEach, describe, expect } from 'vitest';
import { createLeanFetch } from '../../../functions/lean-fetch/lean-fetch.ts';
import type { Fetch } from '../../../src/ports/io.ts';
import { type RawServer, startRawServer } from './raw-server.ts';

export type Subject = {
  readonly fetch: Fetch;
  readonly isLean: boolean;
  /** A new one for each test. */
  readonly server: () => RawServer;
};

const subjects = [
  ["the platform's fetch", (): Fetch => (url, init) => fetch(url, init), false],
  ['the lean fetch', createLeanFetch, true],
] as const;

/** Describes a behaviour that callers rely on, of the platform's fetch and of the Node host's own. */
export const describeBoth = (of: string, tests: (subject: Subject) => void): void =>
  describe.each(subjects)(`${of} of %s`, (_name, create, isLean) => {
    let server: RawServer;
    beforeEach(async () => {
      server = await startRawServer();
    });
    afterEach(() => server.stop());
    tests({ fetch: create(), isLean, server: () => server });
  });

/** The error of a call that has to fail. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('the call should have failed'),
    (error: unknown) => error,
  );
