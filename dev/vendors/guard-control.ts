import type { MiddlewareHandler } from 'hono';

const readOnly = new Set(['GET', 'HEAD']);
const names = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The origin of a sandboxed frame is `null`, which is nobody's. */
const isOfThisMachine = (url: string): boolean =>
  URL.canParse(url) && names.has(new URL(url).hostname);

/**
 * Keeps other websites out that are open in the same browser: neither their requests, nor a name of theirs that points
 * here. Programs send no Origin, and are let in.
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
