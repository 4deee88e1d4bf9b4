import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { HttpEnvironment } from './environment.ts';

// Accepts more than we hand out (cfy_ and at least 32 characters): the database decides.
const plausibleKey = /^cfy_[A-Za-z0-9_]{8,128}$/;

// Any other token in this header is not for us: supabase-js sends the project's own to every function.
const bearer = /^bearer +(cfy_.*)$/i;

/** The key from either header; null if there is none, or two different ones. */
const readKey = (ownHeader: string, authorization: string): string | null => {
  const token = bearer.exec(authorization)?.[1] ?? '';
  if (ownHeader !== '' && token !== '' && ownHeader !== token) return null;
  return ownHeader || token || null;
};

/** Refuses anything that cannot be an API key, without asking the database. */
export const requireApiKey: MiddlewareHandler<HttpEnvironment> = async (c, next) => {
  const { headers } = c.req.raw;
  const apiKey = readKey(headers.get('x-api-key') ?? '', headers.get('authorization') ?? '');
  if (apiKey === null || !plausibleKey.test(apiKey)) throw new AppError('invalid_api_key');
  c.set('apiKey', apiKey);
  await next();
};
