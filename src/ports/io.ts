/** Every call to a vendor, a model or the database goes through this one function. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

type LogLevel = 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The things that a host provides: the network, a clock, a log. */
export type Io = {
  readonly fetch: Fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Writes one line. */
  readonly log: (level: LogLevel, fields: LogFields) => void;
};
