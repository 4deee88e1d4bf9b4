import type { PhoneMessage, Surroundings } from '../wire.ts';
import { createSignal, type Signal } from './signal.ts';

export type Store = {
  /** By id, oldest first. */
  readonly messages: ReadonlyMap<string, PhoneMessage>;
  readonly surroundings: Signal<Surroundings>;
  /** The messages of each change, and whether they were there before the page was opened. */
  onMessages(listener: (changed: readonly PhoneMessage[], first: boolean) => void): void;
};

type Connection = 'connecting' | 'live' | 'lost';
export type Live = Store & { readonly connection: Signal<Connection> };

/** Keeps what the server sends. */
export const followEvents = (url: string): Live => {
  const messages = new Map<string, PhoneMessage>();
  const listeners: Parameters<Store['onMessages']>[0][] = [];
  const surroundings = createSignal<Surroundings>({ optedOut: [], faults: [] });
  const connection = createSignal<Connection>('connecting');
  const openedAt = Date.now();
  const source = new EventSource(url);
  source.addEventListener('open', () => connection.set('live'));
  source.addEventListener('error', () => connection.set('lost'));
  let start: string | null = null;
  source.addEventListener('start', ({ data }: MessageEvent<string>) => {
    // Another start has another database, so nothing that is shown is in it.
    if (start !== null && start !== data) location.reload();
    start = data;
  });
  source.addEventListener('messages', ({ data }: MessageEvent<string>) => {
    const changed: readonly PhoneMessage[] = JSON.parse(data);
    const first =
      messages.size === 0 && changed.every((each) => Date.parse(each.createdAt) < openedAt);
    for (const message of changed) messages.set(message.id, message);
    for (const listener of listeners) listener(changed, first);
  });
  source.addEventListener('surroundings', ({ data }: MessageEvent<string>) =>
    surroundings.set(JSON.parse(data)),
  );
  return {
    messages,
    surroundings,
    connection,
    onMessages: (listener) => {
      listeners.push(listener);
    },
  };
};
