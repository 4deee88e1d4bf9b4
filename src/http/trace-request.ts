import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { createCallBudget } from '../core/call-budget.ts';
import { createTrace, tracedParts } from '../core/trace.ts';
import type { Io } from '../ports/io.ts';
import type { Rate } from '../ports/refusal.ts';
import type { HttpEnvironment } from './environment.ts';

const saneRequestId = /^[\w.:-]{1,128}$/;

/** Seconds until an empty bucket is full again. */
const rateWindow = 60;

// draft-ietf-httpapi-ratelimit-headers: r is how much is left, t the seconds until all of it is back.
const setRateHeaders = (c: Context, { limit, tokens }: Rate) => {
  const refill = Math.ceil(((limit - tokens) * rateWindow) / limit);
  c.header('RateLimit-Policy', `"api-key";q=${limit};w=${rateWindow}`);
  c.header('RateLimit', `"api-key";r=${Math.floor(tokens)};t=${refill}`);
};

/** Seconds. Nobody repeats a request for a day, so an older key may have been used again for another message. */
const longAgo = 86_400;

const describeReplay = (age: number | null) =>
  age === null || age < longAgo ? null : { warning: 'old_replay', replayed_age_s: age };

/**
 * Writes what the trace knows into the headers, and forbids caches to keep a response to a key or a secret, or an
 * error, which may be over soon. Must be called before the response is made: Hono copies the whole response when a
 * header is set later.
 */
export const setTraceHeaders = (c: Context<HttpEnvironment>) => {
  const { durations, rate, replayedAge } = c.get('trace').read();
  c.header('Cache-Control', 'no-store');
  if (rate) setRateHeaders(c, rate);
  if (replayedAge !== null) {
    c.header('Idempotent-Replayed', 'true');
    c.header('Idempotent-Replayed-Age', String(replayedAge));
  }
  if (durations.size > 0) {
    const parts = [...durations].map(([part, duration]) => `${part};dur=${duration.toFixed(1)}`);
    c.header('Server-Timing', parts.join(', '));
  }
};

/** Gives the request an id, a trace and a budget of calls. At the end it writes the headers and one line of log. */
export const traceRequest =
  (io: Io): MiddlewareHandler<HttpEnvironment> =>
  async (c, next) => {
    const { now, log } = io;
    const startedAt = now();
    const given = c.req.header('x-request-id') ?? '';
    c.set('requestId', saneRequestId.test(given) ? given : crypto.randomUUID());
    c.set('trace', createTrace(now));
    c.set('calls', createCallBudget(io));
    c.header('X-Request-Id', c.get('requestId'));
    await next();

    const { durations, fields, replayedAge } = c.get('trace').read();
    const { status } = c.res;
    const warning = describeReplay(replayedAge);
    log(status >= 500 ? 'error' : warning ? 'warn' : 'info', {
      request_id: c.get('requestId'),
      method: c.req.method,
      route: routePath(c, -1),
      status,
      ...fields,
      ...warning,
      ...Object.fromEntries(tracedParts.map((part) => [`${part}_ms`, durations.get(part)])),
      total_ms: now() - startedAt,
    });
  };
