import { connectionWasNeverMade } from '../../../src/lib/connection-never-made.ts';
import type { Fetch } from '../../../src/ports/io.ts';
import { createAdvice } from '../advice.ts';

export const localStackRemedy =
  'Start it with `npm run dev`; if it has other ports, set DEV_DB_PORT, DEV_VENDORS_PORT, DEV_MODEL_PORT and PORT here too.';

/** The way to the stand-ins of vendors and models: where none is, no vendor's status page says why. */
export const withStandInAdvice =
  (fetch: Fetch, origins: readonly string[]): Fetch =>
  (url, init) =>
    fetch(url, init).catch((error: unknown) => {
      if (!connectionWasNeverMade(error)) throw error;
      const found = `The local stack's stand-ins for vendors and models (${origins.join(', ')}) cannot be reached`;
      throw createAdvice({ found, remedy: localStackRemedy });
    });

/** For a vendor that answers in an unexpected way: on the local stack it may be another program. */
export const standInRemedy =
  'Its stand-in on the local stack says so: if `npm run dev` has other ports, set DEV_VENDORS_PORT and DEV_MODEL_PORT here too.';
