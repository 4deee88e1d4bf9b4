import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { createCallBudget } from '../core/call-budget.ts';
import { createTrace, tracedParts } from '../core/trace.ts';
import type { Io } from '../ports/io.ts';
import type { Rate } from '../ports/refusal.ts';
import type { HttpEnvironment } from './environment.ts';

type HeaderFields = Readonly<Record<string, string>>;

const saneRequestId = /^[\w.:-]{1,128}$/;

/** Seconds until an empty bucket is full again. */
const rateWindow = 60;

// draft-ietf-httpapi-ratelimit-headers: r is how much is left, t the seconds until all of it is back.
const describeRate = ({ limit, tokens }: Rate): HeaderFields => {
  const refill = Math.ceil(((limit - tokens) * rateWindow) / limit);
  return {
    'RateLimit-Policy': `"api-key";q=${limit};w=${rateWindow}`,
    RateLimit: `"api-key";r=${Math.floor(tokens)};t=${refill}`,
  };
};

/** Seconds. Nobody repeats a request for a day, so an older key may have been used again for another message. */
const longAgo = 86_400;

const describeReplay = (age: number | null) =>
  age === null || age < longAgo ? null : { warning: 'old_replay', replayed_age_s: age };

const describeTimes = (durations: ReadonlyMap<string, number>): HeaderFields => {
  const parts = [...durations].map(([part, duration]) => `${part};dur=${duration.toFixed(1)}`);
  return { 'Server-Timing': parts.join(', ') };
};

/**
 * What the trace knows, and that no cache may keep the response: it is one to a key or a secret, or an error, which may
 * be over soon.
 */
export const traceHeaders = (c: Context<HttpEnvironment>): HeaderFields => {
  const { durations, rate, replayedAge } = c.get('trace').read();
  return {
    'Cache-Control': 'no-store',
    ...(rate && describeRate(rate)),
    ...(replayedAge !== null && {
      'Idempotent-Replayed': 'true',
      'Idempotent-Replayed-Age': String(replayedAge),
    }),
    ...(durations.size > 0 && describeTimes(durations)),
  };
};

/**
 * A response with the headers of the trace. Node's server writes an object of headers as it is. Hono's `c.json` would
 * make `Headers` of it, which check and copy each of them.
 */
export const respondJson = (
  c: Context<HttpEnvironment>,
  body: object,
  status = 200,
  headers: HeaderFields = {},
): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': 'application/json',
      'X-Request-Id': c.get('requestId'),
      ...traceHeaders(c),
      ...headers,
    },
  });

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
