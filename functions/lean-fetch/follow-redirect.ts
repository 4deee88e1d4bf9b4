import { Readable } from 'node:stream';
import type { Outgoing } from './outgoing.ts';

export const mostRedirects = 20;

const statuses = new Set([301, 302, 303, 307, 308]);

export const isRedirect = (status: number): boolean => statuses.has(status);

/** They describe a body that is not sent again. */
const ofBody = /^content-/i;
/** They are for one host. */
const ofHost = /^(?:authorization|proxy-authorization|cookie)$/i;

const without = (headers: readonly string[], isLeftOut: (name: string) => boolean): string[] =>
  headers.filter((_, at) => !isLeftOut(headers[at - (at % 2)] ?? ''));

const failed = (message: string) => new TypeError('fetch failed', { cause: new Error(message) });

/** The request that a redirect asks for, by the rules of https://fetch.spec.whatwg.org/#http-redirect-fetch */
export const followRedirect = (made: Outgoing, status: number, location: string): Outgoing => {
  const url = URL.parse(location, made.url.href);
  if (url === null || !/^https?:$/.test(url.protocol)) throw failed('redirected to no http URL');
  if (made.body instanceof Readable && status !== 303) throw failed('a stream is sent only once');
  const becomesGet =
    status === 303 ? made.method !== 'HEAD' : status < 303 && made.method === 'POST';
  const moves = url.origin !== made.url.origin;
  const kept = without(
    made.headers,
    (name) =>
      /^host$/i.test(name) || (becomesGet && ofBody.test(name)) || (moves && ofHost.test(name)),
  );
  return {
    url,
    method: becomesGet ? 'GET' : made.method,
    headers: [...kept, 'host', url.host],
    body: becomesGet ? null : made.body,
  };
};
