import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { HttpEnvironment } from './environment.ts';

// Looser than what we hand out (cfy_ and at least 32 characters): the database has the last word.
const plausibleKey = /^cfy_[A-Za-z0-9_]{8,128}$/;

// Another token in this header is somebody else's: supabase-js sends the project's own to every function.
const bearer = /^bearer +(cfy_.*)$/i;

/** The key out of both headers, where it may stand in either; null where there is none, or two that differ. */
const readKey = (ownHeader: string, authorization: string): string | null => {
  const token = bearer.exec(authorization)?.[1] ?? '';
  if (ownHeader !== '' && token !== '' && ownHeader !== token) return null;
  return ownHeader || token || null;
};

/** Turns away, without asking the database, what cannot be an API key. */
export const requireApiKey: MiddlewareHandler<HttpEnvironment> = async (c, next) => {
  const { headers } = c.req.raw;
  const apiKey = readKey(headers.get('x-api-key') ?? '', headers.get('authorization') ?? '');
  if (apiKey === null || !plausibleKey.test(apiKey)) throw new AppError('invalid_api_key');
  c.set('apiKey', apiKey);
  await next();
};
