import type { MiddlewareHandler } from 'hono';

const readOnly = new Set(['GET', 'HEAD']);
const names = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The origin of a sandboxed frame is `null`, which is nobody's. */
const isOfThisMachine = (url: string): boolean =>
  URL.canParse(url) && names.has(new URL(url).hostname);

/**
 * Keeps out other websites that are open in the same browser: their requests, and host names of theirs that point here.
 * Programs send no Origin, and may enter.
 */
export const guardControl: MiddlewareHandler = async (c, next) => {
  const origin = c.req.header('origin');
  const isFromElsewhere =
    (origin !== undefined && !isOfThisMachine(origin)) ||
    c.req.header('sec-fetch-site') === 'cross-site';
  const isRefused = isFromElsewhere && !readOnly.has(c.req.method);
  if (isRefused || !isOfThisMachine(c.req.url)) {
    return c.json({ error: 'Only pages of this machine, and programs, may ask this.' }, 403);
  }
  await next();
};
