import type { Trace } from '../core/trace.ts';

/** What Hono carries from the middleware to the routes of one request. */
export type HttpEnvironment = {
  Variables: {
    readonly requestId: string;
    readonly trace: Trace;
    readonly apiKey: string;
  };
};
