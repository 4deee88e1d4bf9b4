import type { Trace } from './trace.ts';

/** What a piece of work is done within: a request, a sweep, or what goes on after an answer. */
export type WorkContext = {
  readonly trace: Trace;
  /** Keeps the host alive until the work is done, after the answer has gone. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** True once the host is about to stop: then nothing new is taken up. */
  readonly stopping: () => boolean;
  /** Fires when a host that stops can wait no longer: then work is given back. Null: this host never says so. */
  readonly ending: AbortSignal | null;
};
