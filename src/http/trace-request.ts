import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { createTrace, tracedParts } from '../core/trace.ts';
import type { Io } from '../ports/io.ts';
import type { Rate } from '../ports/store.ts';
import type { HttpEnvironment } from './environment.ts';

const saneRequestId = /^[\w.:-]{1,128}$/;

/** Seconds in which an empty bucket is full again. */
const rateWindow = 60;

// draft-ietf-httpapi-ratelimit-headers: r is what is left, t the seconds until all of it is back.
const setRateHeaders = (c: Context, { limit, tokens }: Rate) => {
  const refill = Math.ceil(((limit - tokens) * rateWindow) / limit);
  c.header('RateLimit-Policy', `"api-key";q=${limit};w=${rateWindow}`);
  c.header('RateLimit', `"api-key";r=${Math.floor(tokens)};t=${refill}`);
};

/** Seconds: nobody repeats a request for a day, so a key that comes again after it may be used for another message. */
const longAgo = 86_400;

const describeReplay = (age: number | null) =>
  age === null || age < longAgo ? null : { warning: 'old_replay', replayed_age_s: age };

/**
 * Says in the headers what the trace knows, and that no cache keeps an answer that somebody's key or secret was for, or an
 * error, which may be over soon. To be called before the answer is made: a header that is set after that makes
 * Hono copy the whole answer.
 */
export const setTraceHeaders = (c: Context<HttpEnvironment>) => {
  const { durations, rate, replayedAge } = c.var.trace.read();
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

/** Gives the request an id and a trace, and at its end writes the headers and one line of log. */
export const traceRequest =
  ({ now, log }: Io): MiddlewareHandler<HttpEnvironment> =>
  async (c, next) => {
    const startedAt = now();
    const given = c.req.header('x-request-id') ?? '';
    c.set('requestId', saneRequestId.test(given) ? given : crypto.randomUUID());
    c.set('trace', createTrace(now));
    c.header('X-Request-Id', c.var.requestId);
    await next();

    const { durations, fields, replayedAge } = c.var.trace.read();
    const { status } = c.res;
    const warning = describeReplay(replayedAge);
    log(status >= 500 ? 'error' : warning ? 'warn' : 'info', {
      request_id: c.var.requestId,
      method: c.req.method,
      route: routePath(c, -1),
      status,
      ...fields,
      ...warning,
      ...Object.fromEntries(tracedParts.map((part) => [`${part}_ms`, durations.get(part)])),
      total_ms: now() - startedAt,
    });
  };
