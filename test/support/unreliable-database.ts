import type { Fetch } from '../../src/ports/io.ts';

/** A network to the database on which calls and responses get lost as a test says. */
export type UnreliableDatabase = {
  /** The functions that were called, in their order. */
  calls: string[];
  /** How many responses of a function get lost after it has done its work. */
  lose: Record<string, number>;
  /** The function that cannot be reached at all. */
  failing: string;
  /** Runs just before a function is called. If it throws, the call does not arrive. */
  before: (name: string) => Promise<unknown>;
  /** Runs after a function has done its work. */
  after: (name: string) => void;
  readonly around: (route: Fetch) => Fetch;
  readonly reset: () => void;
};

export const connectionLost = (): TypeError => new TypeError('fetch failed');

const reliable = () => ({
  calls: [],
  lose: {},
  failing: '',
  before: async () => undefined,
  after: () => undefined,
});

/** `url` is read at each call, because the database starts after the test's file is read. */
export const createUnreliableDatabase = (url: () => string): UnreliableDatabase => {
  const way: UnreliableDatabase = {
    ...reliable(),
    around: (route) => async (address, init) => {
      const name = address.split('/').at(-1) ?? '';
      if (!address.startsWith(url()) || name === '') return route(address, init);
      way.calls.push(name);
      await way.before(name);
      if (name === way.failing) throw connectionLost();
      const response = await route(address, init);
      way.after(name);
      const left = way.lose[name] ?? 0;
      if (left === 0) return response;
      way.lose = { ...way.lose, [name]: left - 1 };
      await response.body?.cancel();
      throw connectionLost();
    },
    reset: () => {
      Object.assign(way, reliable());
    },
  };
  return way;
};
