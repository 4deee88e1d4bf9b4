import { setTimeout as sleep } from 'node:timers/promises';
import type { FrontParts } from '../stack.ts';
import { readFaults } from './faults.ts';
import { readMessages, readOptedOut } from './read-messages.ts';
import type { PhoneMessage, Surroundings } from './wire.ts';

const pauseMs = 300;

type Change =
  | { readonly type: 'start'; readonly data: string }
  | { readonly type: 'messages'; readonly data: readonly PhoneMessage[] }
  | { readonly type: 'surroundings'; readonly data: Surroundings };

type Listener = (change: Change) => void;

export type Feed = {
  /** Sends which start of the server this is and all messages, then every change, until the signal fires. */
  follow(listener: Listener, signal: AbortSignal): Promise<void>;
};

const readSurroundings = async (parts: FrontParts): Promise<Surroundings> => ({
  optedOut: await readOptedOut(parts.database),
  faults: readFaults(parts),
});

/** The messages that one listener has not got yet. */
const createMemory = () => {
  const told = new Map<string, string>();
  const isNew = (key: string, value: object): boolean => {
    const text = JSON.stringify(value);
    if (told.get(key) === text) return false;
    told.set(key, text);
    return true;
  };
  return { isNew };
};

/** Asks the database only while somebody listens. */
export const createFeed = (parts: FrontParts, start: string): Feed => ({
  follow: async (listener, signal) => {
    const { isNew } = createMemory();
    listener({ type: 'start', data: start });
    while (!signal.aborted) {
      const messages = await readMessages(parts.database, parts.vendors.sent());
      const surroundings = await readSurroundings(parts);
      if (signal.aborted) return;
      const changed = messages.filter((message) => isNew(message.id, message));
      if (changed.length > 0) listener({ type: 'messages', data: changed });
      if (isNew('surroundings', surroundings)) {
        listener({ type: 'surroundings', data: surroundings });
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  },
});
