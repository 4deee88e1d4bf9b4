import type { Context } from 'hono';
import type { WorkContext } from '../core/context.ts';
import type { Trace } from '../core/trace.ts';

/** What Hono carries from the middleware to the routes of one request. */
export type HttpEnvironment = {
  Bindings: {
    /** Keeps the host alive until the work is done, after the answer has gone; each host has its own way. */
    readonly waitUntil?: (work: Promise<unknown>) => void;
    readonly stopping?: () => boolean;
    readonly ending?: AbortSignal;
  };
  Variables: {
    readonly requestId: string;
    readonly trace: Trace;
    readonly apiKey: string;
  };
};

/** Where a host has no way of its own, the work just goes on. */
const goOn = () => undefined;

/** What the use cases of one request work within. */
export const workContext = (c: Context<HttpEnvironment>): WorkContext => ({
  trace: c.var.trace,
  waitUntil: c.env?.waitUntil ?? goOn,
  stopping: c.env?.stopping ?? (() => false),
  ending: c.env?.ending ?? null,
});
