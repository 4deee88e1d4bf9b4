import type { LogFields } from '../ports/io.ts';
import type { Rate } from '../ports/refusal.ts';

export const tracedParts = ['db', 'ai', 'provider'] as const;
type TracedPart = (typeof tracedParts)[number];

/** The times and facts of one request, for its headers and its one log line. */
export type Trace = {
  /** Runs the work and adds its time to the part, even if it fails. */
  readonly time: <Result>(part: TracedPart, work: () => Promise<Result>) => Promise<Result>;
  readonly note: (fields: LogFields) => void;
  readonly setRate: (rate: Rate | null) => void;
  readonly setReplayed: (ageSeconds: number) => void;
  readonly read: () => {
    /** Milliseconds. */
    readonly durations: ReadonlyMap<TracedPart, number>;
    readonly fields: LogFields;
    readonly rate: Rate | null;
    /** The age of a replayed message in seconds; null: this is not a replay. */
    readonly replayedAge: number | null;
  };
};

export const createTrace = (now: () => number): Trace => {
  const durations = new Map<TracedPart, number>();
  let fields: LogFields = {};
  let rate: Rate | null = null;
  let replayedAge: number | null = null;
  return {
    async time(part, work) {
      const startedAt = now();
      try {
        return await work();
      } finally {
        durations.set(part, (durations.get(part) ?? 0) + now() - startedAt);
      }
    },
    note(more) {
      fields = { ...fields, ...more };
    },
    setRate(known) {
      rate = known;
    },
    setReplayed(ageSeconds) {
      replayedAge = ageSeconds;
    },
    read: () => ({ durations, fields, rate, replayedAge }),
  };
};
