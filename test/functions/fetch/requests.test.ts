import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeBoth, failureOf } from './both.ts';
import { startRawServer } from './raw-server.ts';

const encoder = new TextEncoder();
const bytesOf = (text = '') => Buffer.from(text, 'latin1');

describeBoth('the request', ({ fetch, isLean, server }) => {
  const send = async (init: RequestInit, path = '/') => {
    await fetch(`${server().origin}${path}`, init).then((response) => response.text());
    const request = server().requests.at(-1);
    if (!request) throw new Error('No request arrived.');
    return request;
  };

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'has the method %s',
    async (method) => {
      const { line, headers } = await send({ method }, '/a/b?c=d&e=%20#hash');
      expect(line).toBe(`${method} /a/b?c=d&e=%20 HTTP/1.1`);
      expect(headers.host).toBe(`127.0.0.1:${server().port}`);
    },
  );

  test('has GET if it names no method, and any case of the others', async () => {
    expect((await send({})).line).toMatch(/^GET /);
    expect((await send({ method: 'post' })).line).toMatch(/^POST /);
  });

  test('carries a text as UTF-8', async () => {
    const { headers, body } = await send({ method: 'POST', body: 'Grüße 👋 \ud800' });
    expect(bytesOf(body).toString()).toBe('Grüße 👋 \ufffd');
    expect(headers).toMatchObject({
      'content-length': '16',
      'content-type': 'text/plain;charset=UTF-8',
    });
  });

  test('keeps the type that its caller gives', async () => {
    const { headers } = await send({
      method: 'POST',
      body: '{}',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(headers['content-type']).toBe('application/json');
  });

  test('carries bytes as they are', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    const { headers, body } = await send({ method: 'PUT', body: bytes.subarray(1) });
    expect(bytesOf(body)).toEqual(Buffer.from(bytes.subarray(1)));
    expect(headers['content-length']).toBe('255');
    expect(headers).not.toHaveProperty('content-type');
  });

  test('carries a megabyte', async () => {
    const { body } = await send({ method: 'POST', body: 'x'.repeat(1_000_000) });
    expect(body).toHaveLength(1_000_000);
  });

  test.each([
    [
      'search parameters',
      new URLSearchParams({ a: 'b c' }),
      'application/x-www-form-urlencoded;charset=UTF-8',
      'a=b+c',
    ],
    ['a blob', new Blob(['hello'], { type: 'text/html' }), 'text/html', 'hello'],
    ['a buffer', encoder.encode('hello').buffer, undefined, 'hello'],
  ])('carries %s', async (_kind, body, type, text) => {
    const request = await send({ method: 'POST', body });
    expect(request.body).toBe(text);
    expect(request.headers['content-type']).toBe(type);
    expect(request.headers['content-length']).toBe(String(text.length));
  });

  test('carries a form', async () => {
    const form = new FormData();
    form.set('file', new Blob(['hello']), 'a.txt');
    const { headers, body } = await send({ method: 'POST', body: form });
    const boundary = headers['content-type']?.split('boundary=')[1];
    expect(boundary).toBeTruthy();
    expect(body).toContain(`--${boundary}--`);
    expect(body).toContain('filename="a.txt"');
  });

  test('says that it has no body only if such a request usually has one', async () => {
    expect((await send({ method: 'POST' })).headers['content-length']).toBe('0');
    expect((await send({ method: 'POST', body: '' })).headers['content-length']).toBe('0');
    expect((await send({ method: 'PUT', body: null })).headers['content-length']).toBe('0');
    expect((await send({})).headers).not.toHaveProperty('content-length');
    expect((await send({})).headers).not.toHaveProperty('transfer-encoding');
  });

  const given = { Authorization: 'Bearer x', 'X-Own': 'a, b' };
  test.each([
    ['a record', given],
    ['a list', Object.entries(given)],
    ['Headers', new Headers(given)],
  ])('has the headers from %s', async (_kind, headers) => {
    expect((await send({ headers })).headers).toMatchObject({
      authorization: 'Bearer x',
      'x-own': 'a, b',
    });
  });

  test('trims the values of its headers, and writes them in Latin-1 beside a body in UTF-8', async () => {
    const request = {
      method: 'POST',
      body: 'é',
      headers: { 'x-spaced': ' a \r\n', 'x-name': 'é' },
    };
    const { headers, body } = await send(request);
    expect(headers).toMatchObject({ 'x-spaced': 'a', 'x-name': 'é' });
    expect(bytesOf(body).toString()).toBe('é');
  });

  test('has defaults, which the caller can replace', async () => {
    expect((await send({})).headers).toMatchObject({ accept: '*/*', 'user-agent': 'node' });
    const headers = { Accept: 'text/html', 'User-Agent': 'crm', 'Accept-Encoding': 'br' };
    expect((await send({ headers })).headers).toMatchObject({
      accept: 'text/html',
      'user-agent': 'crm',
      'accept-encoding': 'br',
    });
  });

  test('counts its length itself', async () => {
    const headers = { 'content-length': '2' };
    expect((await send({ method: 'POST', body: 'ab', headers })).headers['content-length']).toBe(
      '2',
    );
  });

  test.runIf(isLean)(
    'asks for a body that is not packed, and says nothing that only browsers say',
    async () => {
      expect(Object.keys((await send({})).headers).toSorted()).toEqual([
        'accept',
        'accept-encoding',
        'connection',
        'host',
        'user-agent',
      ]);
      expect((await send({})).headers['accept-encoding']).toBe('identity');
    },
  );

  const secret = 'a-secret';
  test.each([
    ['a line break in a header', '/', { headers: { 'x-key': `${secret}\r\nx-evil: 1` } }],
    ['a character that is no byte in a header', '/', { headers: { 'x-key': `${secret} 👋` } }],
    ['a space in a header’s name', '/', { headers: { 'x key': secret } }],
    ['a line break in a header’s name', '/', { headers: { 'x-key\r\nx-evil': secret } }],
    ['a body in a GET', '/', { body: secret }],
    ['a body in a HEAD', '/', { method: 'HEAD', body: secret }],
    ['a method that is none', '/', { method: 'GET /x HTTP/1.1\r\n' }],
    ['CONNECT', '/', { method: 'CONNECT' }],
    ['TRACE', '/', { method: 'TRACE' }],
    ['a way of transfer', '/', { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }],
    ['a stream without duplex', '/', { method: 'POST', body: new ReadableStream() }],
    ['a password in the URL', (origin: string) => origin.replace('://', '://user:a-secret@'), {}],
    ['a URL that is none', () => 'http://', {}],
    ['a path alone', () => '/path', {}],
    ['another protocol', (origin: string) => origin.replace('http:', 'ftp:'), {}],
  ])('does not leave with %s', async (_problem, path, init) => {
    const { origin } = server();
    const error = await failureOf(
      fetch(typeof path === 'string' ? origin + path : path(origin), init),
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(server().requests).toEqual([]);
    expect(server().sockets).toHaveLength(0);
    if (isLean) expect(String(error)).not.toContain(secret);
  });

  test('goes to an IPv6 address', async () => {
    const other = await startRawServer('::1');
    try {
      expect(await (await fetch(`${other.origin}/x`)).json()).toEqual({});
      expect(other.requests[0]?.headers.host).toBe(`[::1]:${other.port}`);
    } finally {
      await other.stop();
    }
  });

  const parts = (count: number, onPull: () => void) => {
    let left = count;
    return new ReadableStream({
      pull: (controller) => {
        onPull();
        if (left === 0) controller.close();
        else controller.enqueue(encoder.encode('x'.repeat(64 * 1024)));
        left -= 1;
      },
    });
  };
  const streamed = (body: ReadableStream, headers = {}) => ({
    method: 'POST',
    body,
    headers,
    duplex: 'half' as const,
  });

  test('carries a stream in chunks', async () => {
    const { headers, body } = await send(streamed(parts(3, () => undefined)));
    expect(headers['transfer-encoding']).toBe('chunked');
    expect(headers).not.toHaveProperty('content-length');
    expect(body.match(/x/g)).toHaveLength(3 * 64 * 1024);
  });

  test('carries a stream whose length its caller knows', async () => {
    const length = String(3 * 64 * 1024);
    const { headers } = await send(
      streamed(
        parts(3, () => undefined),
        { 'content-length': length },
      ),
    );
    expect(headers['content-length']).toBe(length);
    expect(headers).not.toHaveProperty('transfer-encoding');
  });

  test('takes no more of a stream than the other side reads', async () => {
    let pulled = 0;
    const stop = new AbortController();
    const sent = fetch(server().origin, {
      ...streamed(parts(10_000, () => (pulled += 1))),
      signal: stop.signal,
    });
    await expect.poll(() => server().sockets.length).toBe(1);
    server().sockets[0]?.pause();
    let before = -1;
    while (before !== pulled) {
      before = pulled;
      await sleep(200);
    }
    expect(pulled).toBeLessThan(5_000);
    stop.abort();
    expect(await failureOf(sent)).toMatchObject({ name: 'AbortError' });
  });

  test('fails if its stream does', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error('the file has gone')),
    });
    expect(await failureOf(fetch(server().origin, streamed(body)))).toBeInstanceOf(Error);
    expect(server().requests).toEqual([]);
  });
});
