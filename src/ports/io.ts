/** Every call to a vendor, a model or the database goes through this one function. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

type LogLevel = 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The things that a host provides: the network, a clock, a log. */
export type Io = {
  readonly fetch: Fetch;
  /** How many more calls `fetch` may make in this invocation. A host that does not limit them has none of this. */
  readonly callsLeft?: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Writes one line. */
  readonly log: (level: LogLevel, fields: LogFields) => void;
};
