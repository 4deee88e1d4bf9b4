import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { AppError } from './errors.ts';
import { createDocsRoute } from './http/docs.ts';
import type { HttpEnvironment } from './http/environment.ts';
import { toErrorResponse } from './http/error-response.ts';
import { createErrorsRoute } from './http/errors.ts';
import { createJobsRoute } from './http/jobs.ts';
import { createMessagesRoute } from './http/messages.ts';
import { openapiDocument } from './http/openapi-document.ts';
import { createSendMessageRoute } from './http/send-message.ts';
import { traceRequest } from './http/trace-request.ts';
import { createWebhooksRoute } from './http/webhooks.ts';
import type { Deps } from './ports/deps.ts';
import type { Io } from './ports/io.ts';

const createBase = (io: Io, publicUrl: string) => {
  const app = new Hono<HttpEnvironment>({ strict: false });
  app.use(traceRequest(io));
  app.onError((error, c) => toErrorResponse(error, c, publicUrl));
  return app;
};

const allowBrowsers = (origins: readonly string[]) =>
  cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST'],
    allowHeaders: [
      'x-api-key',
      'authorization',
      'content-type',
      'idempotency-key',
      'prefer',
      'x-request-id',
    ],
    exposeHeaders: [
      'location',
      'preference-applied',
      'x-request-id',
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
      'server-timing',
      'idempotent-replayed',
      'idempotent-replayed-age',
    ],
    maxAge: 86_400,
  });

/** Answers 405 to every other method at the paths that have routes by now; `*` is a middleware's path. */
const refuseOtherMethods = (app: ReturnType<typeof createBase>, basePath: string) => {
  const served = app.routes.filter(({ method }) => method !== 'ALL');
  for (const [path, routes] of Map.groupBy(served, (route) => route.path)) {
    const allow = [...new Set(routes.map(({ method }) => method))];
    app.all(path, (c) => {
      const place = `${allow.join(' or ')} ${path.slice(basePath.length)}`;
      const message = `${c.req.method} is not possible here: use ${place}.`;
      throw new AppError('method_not_allowed', { message, allow });
    });
  }
};

export type AppOptions = {
  /** Whether this host serves HTML as it is, so that `GET /docs` is a page. Supabase turns it into plain text. */
  readonly servesPages?: boolean;
};

/** The whole API. `basePath` is the path at which the host mounts it, as this code sees it. */
export const createApp = (
  deps: Deps,
  basePath: string,
  { servesPages = false }: AppOptions = {},
) => {
  const app = createBase(deps.io, deps.publicUrl);
  if (deps.corsOrigins.length > 0) app.use(allowBrowsers(deps.corsOrigins));

  app.route(basePath, createSendMessageRoute(deps));
  app.route(basePath, createMessagesRoute(deps));
  app.route(basePath, createWebhooksRoute(deps));
  app.route(basePath, createJobsRoute(deps));
  app.route(basePath, createErrorsRoute());
  app.get(`${basePath}/health`, (c) =>
    c.json({
      status: 'ok',
      openapi: `${deps.publicUrl}/openapi.json`,
      docs: `${deps.publicUrl}/docs`,
    }),
  );
  app.route(basePath, createDocsRoute(deps, servesPages));
  app.get(`${basePath}/openapi.json`, (c) => {
    // A public document: any viewer may load it.
    c.header('Access-Control-Allow-Origin', '*');
    return c.json({ ...openapiDocument, servers: [{ url: deps.publicUrl }] });
  });

  refuseOtherMethods(app, basePath);
  app.notFound((c) => {
    const message = `There is nothing at this path: messages are sent with POST ${deps.publicUrl}/send-message.`;
    return toErrorResponse(new AppError('not_found', { message }), c, deps.publicUrl);
  });
  return app;
};

/**
 * For a host that must answer although its environment is wrong: writes that to the log and answers every request with
 * the error.
 */
export const createUnconfiguredApp = (problem: Error, basePath: string, io: Io) => {
  io.log('error', { event: 'not_configured', problem: problem.message });
  const app = createBase(io, basePath);
  app.all('*', () => {
    throw new AppError('internal_error', {
      message: 'This function is not configured: its log names what is missing. Nothing was sent.',
      retry: 'safe',
    });
  });
  return app;
};
