import { createClient } from '@supabase/supabase-js';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { createCallFunction } from '../../src/store/call-function.ts';
import type { Database } from '../../src/store/database.types.ts';

const settings = { url: 'https://abc.supabase.co', secretKey: 'sb_secret_one' };
const args = { p_request: { text: 'Zoë', count: 1, nothing: null, parts: [{ deep: true }] } };

/** A network that answers everything alike, and keeps what it was asked. */
const createNetwork = (answer: () => Response | Promise<Response>) => {
  const asked: unknown[] = [];
  const fetch: Fetch = async (url, { method, headers, body } = {}) => {
    asked.push({ url, method, body, headers: Object.fromEntries(new Headers(headers)) });
    return answer();
  };
  return { asked, fetch };
};

const failureOf = async (fetch: Fetch) => {
  const thrown = await createCallFunction(settings, fetch)('begin_send', args).catch(
    (error: unknown) => error,
  );
  if (!(thrown instanceof AppError)) throw new Error('expected an AppError', { cause: thrown });
  const { cause, uncertain } = thrown.details;
  return { code: thrown.code, uncertain, cause: cause instanceof Error ? cause.message : cause };
};

describe('a call of a database function', () => {
  it.each([
    ['a new secret key', settings],
    ['a service role key', { ...settings, secretKey: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' }],
    ['a URL with a path', { ...settings, url: 'http://127.0.0.1:54321/gateway/' }],
  ])('sends what supabase-js sends, with %s, each time', async (_, { url, secretKey }) => {
    const ours = createNetwork(() => Response.json(null));
    const theirs = createNetwork(() => Response.json(null));
    const call = createCallFunction({ url, secretKey }, ours.fetch);
    const client = createClient<Database>(url, secretKey, {
      accessToken: async () => secretKey,
      global: { fetch: (input, init) => theirs.fetch(String(input), init) },
    });
    for (const name of ['begin_send', 'settle_send', 'begin_send'] as const) {
      await call(name, args);
      await client.rpc(name, args);
    }
    const lease = { p_lease_id: 'c0477ec7-0000-4000-8000-000000000001' };
    await call('release_claims', lease);
    await client.rpc('release_claims', lease);
    expect(ours.asked).toHaveLength(4);
    expect(ours.asked).toEqual(theirs.asked);
  });

  it('resolves to the result, and to null if the function returns nothing', async () => {
    const answers = [Response.json({ outcome: 'begun' }), new Response(null, { status: 204 })];
    const { fetch } = createNetwork(() => answers.shift() ?? Response.error());
    const call = createCallFunction(settings, fetch);
    expect(await call('begin_send', args)).toEqual({ outcome: 'begun' });
    expect(await call('settle_job', args)).toBeNull();
  });

  it.each([
    [
      'that Postgres refuses',
      400,
      '{"code":"23505","message":"again","details":null}',
      '23505: again',
    ],
    ['that the gateway refuses', 401, '{"error":"no key"}', ': {"error":"no key"}'],
    ['of a function that is not there', 404, '', ': '],
    ['whose result is no JSON', 200, '<html>', ': <html>'],
  ])('%s is a bug, and is not repeated', async (_, status, body, words) => {
    const { fetch, asked } = createNetwork(() => new Response(body, { status }));
    expect(await failureOf(fetch)).toEqual({
      code: 'internal_error',
      uncertain: undefined,
      cause: `database answered ${status} ${words}`,
    });
    expect(asked).toHaveLength(1);
  });

  it.concurrent.each([
    ['no database behind PostgREST', 503, '{"code":"PGRST000","message":"none"}', false],
    ['a rollback', 500, '{"code":"40001","message":"again"}', false],
    ['too many requests', 429, 'slower', false],
    ['a lost connection to Postgres', 500, '{"code":"08006","message":"lost"}', true],
    ['a gateway in trouble', 502, '<html>', true],
  ])('that meets %s is repeated twice', async (_, status, body, uncertain) => {
    const { fetch, asked } = createNetwork(() => new Response(body, { status }));
    expect(await failureOf(fetch)).toMatchObject({ code: 'database_unavailable', uncertain });
    expect(asked).toHaveLength(3);
  });

  it.concurrent.each([
    ['whose connection was never made', { code: 'ECONNREFUSED', syscall: 'connect' }, false],
    ['whose connection broke', { code: 'ECONNRESET', syscall: 'read' }, true],
  ])('%s is repeated twice', async (_, cause, uncertain) => {
    const error = new TypeError('fetch failed', { cause });
    const { fetch, asked } = createNetwork(() => Promise.reject(error));
    expect(await failureOf(fetch)).toMatchObject({ code: 'database_unavailable', uncertain });
    expect(asked).toHaveLength(3);
  });

  it('whose result breaks off is repeated', async () => {
    const broken = () =>
      new Response(new ReadableStream({ pull: (part) => part.error(new TypeError('terminated')) }));
    const answers = [broken(), Response.json({ outcome: 'begun' })];
    const { fetch, asked } = createNetwork(() => answers.shift() ?? Response.error());
    const call = createCallFunction(settings, fetch);
    expect(await call('begin_send', args)).toEqual({ outcome: 'begun' });
    expect(asked).toHaveLength(2);
  });
});
