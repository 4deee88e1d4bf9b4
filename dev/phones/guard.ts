import type { MiddlewareHandler } from 'hono';

const readOnly = new Set(['GET', 'HEAD']);

const isOwnHost = (url: URL, own: URL): boolean =>
  url.port === own.port && ['127.0.0.1', 'localhost'].includes(url.hostname);

/** Browsers send one of the two with every POST; other programs send neither. */
const isFromElsewhere = (url: URL, origin: string | undefined, site: string | undefined): boolean =>
  (origin !== undefined && origin !== url.origin) || (site !== undefined && site !== 'same-origin');

/**
 * Lets only this machine's own pages in: no host name of another site that points here, and no other site's POST. The
 * page holds the demo's key, and shows its actions on the phones.
 */
export const guard =
  (apiUrl: string): MiddlewareHandler =>
  async (c, next) => {
    const url = new URL(c.req.url);
    if (!isOwnHost(url, new URL(apiUrl))) {
      return c.json({ error: `Open ${new URL('/', apiUrl)}: no other host is served.` }, 403);
    }
    const from = isFromElsewhere(url, c.req.header('origin'), c.req.header('sec-fetch-site'));
    if (from && !readOnly.has(c.req.method)) {
      return c.json({ error: 'Only the phone page itself may ask this.' }, 403);
    }
    await next();
  };
