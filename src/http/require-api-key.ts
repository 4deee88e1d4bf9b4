import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { HttpEnvironment } from './environment.ts';

// Looser than what we hand out (cfy_ and at least 32 characters): the database has the last word.
const plausibleKey = /^cfy_[A-Za-z0-9_]{8,128}$/;

/** Turns away, without asking the database, what cannot be an API key. */
export const requireApiKey: MiddlewareHandler<HttpEnvironment> = async (c, next) => {
  const apiKey = c.req.header('x-api-key') ?? '';
  if (!plausibleKey.test(apiKey)) throw new AppError('invalid_api_key');
  c.set('apiKey', apiKey);
  await next();
};
