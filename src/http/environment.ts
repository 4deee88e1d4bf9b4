import type { Context } from 'hono';
import type { CallBudget } from '../core/call-budget.ts';
import type { WorkContext } from '../core/context.ts';
import type { Trace } from '../core/trace.ts';

/**
 * The values that Hono passes from the middleware to the routes of one request. They are read with `c.get`, because
 * `c.var` copies all of them each time.
 */
export type HttpEnvironment = {
  Bindings: {
    /** Keeps the host alive until the work is done, even after the response. Each host does that in its own way. */
    readonly waitUntil?: (work: Promise<unknown>) => void;
    readonly stopping?: () => boolean;
    readonly ending?: AbortSignal;
  };
  Variables: {
    readonly requestId: string;
    readonly trace: Trace;
    readonly calls: CallBudget;
    readonly apiKey: string;
  };
};

/** On a host without such a way, the work simply continues. */
const goOn = () => undefined;

/** The context that the use cases of one request need. */
export const workContext = (c: Context<HttpEnvironment>): WorkContext => ({
  trace: c.get('trace'),
  calls: c.get('calls'),
  waitUntil: c.env?.waitUntil ?? goOn,
  stopping: c.env?.stopping ?? (() => false),
  ending: c.env?.ending ?? null,
});
