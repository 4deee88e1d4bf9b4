import type { CallBudget } from './call-budget.ts';
import type { Trace } from './trace.ts';

/** The surroundings of a piece of work: a request, a sweep, or work that continues after a response. */
export type WorkContext = {
  readonly trace: Trace;
  readonly calls: CallBudget;
  /** Keeps the host alive until the work is done, even after the response. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** True once the host is about to stop. Then no new work begins. */
  readonly stopping: () => boolean;
  /** Fires when a stopping host cannot wait any longer, and work is given back. Null: this host never says so. */
  readonly ending: AbortSignal | null;
};
