import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readJson, readText, readTextUpTo } from '../../../src/lib/read-text.ts';
import { describeBoth, failureOf } from './both.ts';
import { respond } from './raw-server.ts';

describeBoth('the response', ({ fetch, server }) => {
  const get = (bytes: string | Buffer, init?: RequestInit, path = '/'): Promise<Response> => {
    server().answerWith((socket) => socket.write(bytes));
    return fetch(`${server().origin}${path}`, init);
  };

  test.each([
    [200, true, 'OK'],
    [201, true, 'Created'],
    [299, true, 'Mine'],
    [400, false, 'Bad Request'],
    [429, false, ''],
    [503, false, 'Service Unavailable'],
    [999, false, 'Request denied'],
  ])('tells the status %d', async (status, ok, statusText) => {
    const response = await get(respond('{}', `HTTP/1.1 ${status} ${statusText}`), {}, '/a?b#c');
    expect(response).toMatchObject({ status, ok, statusText, redirected: false, type: 'basic' });
    expect(response.url).toBe(`${server().origin}/a?b`);
    expect(await response.json()).toEqual({});
  });

  test('tells its headers in any case, the repeated ones together, and each cookie', async () => {
    const lines =
      'Retry-After: 5\r\nX-A: 1\r\nx-a: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Name: \xe9\r\n';
    const { headers } = await get(respond('', 'HTTP/1.1 200 OK', lines));
    expect(headers.get('retry-after')).toBe('5');
    expect(headers.get('RETRY-AFTER')).toBe('5');
    expect(headers.get('x-a')).toBe('1, 2');
    expect(headers.get('x-name')).toBe('é');
    expect(headers.get('none')).toBeNull();
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect([...headers.keys()]).toContain('retry-after');
  });

  test.each([
    ['a 204', 'HTTP/1.1 204 No Content\r\n\r\n', 'GET'],
    ['a 304', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n', 'GET'],
    ['the response to HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n', 'HEAD'],
    ['the packed response to HEAD', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n', 'HEAD'],
  ])('has no body in %s, which anybody may read again', async (_kind, bytes, method) => {
    const response = await get(bytes, { method });
    expect(response.body).toBeNull();
    expect(await response.text()).toBe('');
    expect(await response.text()).toBe('');
    expect(response.bodyUsed).toBe(false);
    expect(await readText(response)).toBe('');
  });

  test('has an empty body where its length is 0', async () => {
    expect(await (await get(respond(''))).text()).toBe('');
    expect(await failureOf((await get(respond(''))).json())).toBeInstanceOf(SyntaxError);
  });

  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  test('is read as bytes', async () => {
    const buffer = await (await get(respond(everyByte))).arrayBuffer();
    expect(Buffer.from(buffer)).toEqual(everyByte);
    const bytes = await (await get(respond(everyByte))).bytes();
    expect(Buffer.from(bytes)).toEqual(everyByte);
    expect(bytes.constructor).toBe(Uint8Array);
  });

  test('is read as a blob and as a form', async () => {
    const typed = (type: string) => `content-type: ${type}\r\n`;
    const blob = await (await get(respond('hi', undefined, typed('text/html')))).blob();
    expect([blob.type, await blob.text()]).toEqual(['text/html', 'hi']);
    const form = typed('application/x-www-form-urlencoded');
    expect((await (await get(respond('a=b', undefined, form))).formData()).get('a')).toBe('b');
  });

  test('is read as UTF-8, without a byte order mark', async () => {
    expect(await (await get(respond('\ufeffGrüße 👋'))).text()).toBe('Grüße 👋');
    expect(await (await get(respond('\ufeff{}'))).json()).toEqual({});
    expect(await (await get(respond(Buffer.from([97, 255])))).text()).toBe('a\ufffd');
  });

  test.each(['text', 'json', 'arrayBuffer', 'bytes', 'blob'] as const)(
    'is read once, here as %s',
    async (way) => {
      const response = await get(respond('{}'));
      expect(response.bodyUsed).toBe(false);
      await response[way]();
      expect(response.bodyUsed).toBe(true);
      expect(await failureOf(response.text())).toBeInstanceOf(TypeError);
      expect(await failureOf(response[way]())).toBeInstanceOf(TypeError);
      expect(() => response.clone()).toThrow(TypeError);
    },
  );

  test('is read once, by a reader of its stream or whole', async () => {
    const response = await get(respond('{}'));
    response.body?.getReader();
    expect(await failureOf(response.text())).toBeInstanceOf(TypeError);
  });

  test('is read twice if it was copied', async () => {
    const response = await get(respond('{"a":1}', 'HTTP/1.1 404 Not Found', 'x-a: 1\r\n'));
    const copy = response.clone();
    expect(copy).toMatchObject({ status: 404, statusText: 'Not Found', url: response.url });
    expect(copy.headers.get('x-a')).toBe('1');
    expect(await copy.json()).toEqual({ a: 1 });
    expect(await response.text()).toBe('{"a":1}');
  });

  const long = Buffer.alloc(10_000_000, 'x');
  const chunk = (bytes: string | Buffer) =>
    Buffer.concat([
      Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`),
      Buffer.from(bytes),
      Buffer.from('\r\n'),
    ]);
  const chunkedHead = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  const chunked = (...parts: (string | Buffer)[]) =>
    Buffer.concat([Buffer.from(chunkedHead), ...parts.map(chunk), Buffer.from('0\r\n\r\n')]);

  test.each([
    ['with a length', respond(long)],
    ['in chunks', chunked(long.subarray(5_000_000), long.subarray(5_000_000))],
    ['packed', respond(gzipSync(long), undefined, 'content-encoding: gzip\r\n')],
  ])('may have ten megabytes %s', async (_kind, bytes) => {
    expect(await (await get(bytes)).text()).toHaveLength(long.length);
    expect(await readTextUpTo(long.length, await get(bytes))).toHaveLength(long.length);
  });

  test('may come in pieces, cut within a character', async () => {
    const bytes = chunked('Grü', 'ße');
    server().answerWith(async (socket) => {
      for (const byte of bytes) {
        socket.write(Buffer.from([byte]));
        await sleep(1);
      }
    });
    expect(await (await fetch(server().origin)).text()).toBe('Grüße');
    expect(await readText(await fetch(server().origin))).toBe('Grüße');
  });

  test('may end with its connection', async () => {
    server().answerWith((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    expect(await (await fetch(server().origin)).text()).toBe('hello');
    server().answerWith((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'));
    expect(await (await fetch(server().origin)).text()).toBe('hello');
  });

  test('may come after others that only inform', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    const response = await get(Buffer.concat([Buffer.from(hints), respond('{}')]));
    expect(response.status).toBe(200);
    expect(response.headers.get('link')).toBeNull();
  });

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['unheard-of', (text: string) => text],
    ['identity', (text: string) => text],
  ])('is unpacked where the server has packed it, here with %s', async (coding, pack) => {
    const packed = () =>
      get(respond(pack('{"a":"é"}'), undefined, `content-encoding: ${coding}\r\n`));
    expect(await (await packed()).json()).toEqual({ a: 'é' });
    expect(await readJson(await packed())).toEqual({ a: 'é' });
    expect((await packed()).headers.get('content-encoding')).toBe(coding);
  });

  test('breaks where it says that it is packed and is not', async () => {
    const response = await get(respond('{}', undefined, 'content-encoding: gzip\r\n'));
    expect(response.status).toBe(200);
    expect(await failureOf(response.text())).toBeInstanceOf(TypeError);
  });

  const readAll = async (response: Response) => {
    let length = 0;
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      expect(part.value).toBeInstanceOf(Uint8Array);
      length += part.value.length;
    }
    return length;
  };

  test('is read as a stream, which has all of it', async () => {
    expect(await readAll(await get(respond(long)))).toBe(long.length);
    expect(await readAll(await get(respond('')))).toBe(0);
    expect(await readAll(await get(respond('ab')))).toBe(2);
  });

  /** Writes as long as the other side takes it, and counts the bytes that have left. */
  const pour = (socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
    const part = Buffer.alloc(64 * 1024, 'x');
    const write = () => {
      while (!socket.destroyed && socket.write(part));
    };
    socket.on('drain', write);
    write();
  };
  const untilStill = async (count: () => number) => {
    let before = -1;
    while (before !== count()) {
      before = count();
      await sleep(200);
    }
    return before;
  };
  const poured = () => server().sockets[0]?.bytesWritten ?? 0;

  test('is taken in no faster than it is read', async () => {
    server().answerWith(pour);
    const response = await fetch(server().origin);
    const unread = await untilStill(poured);
    expect(unread).toBeLessThan(30_000_000);
    const reader = response.body?.getReader();
    let length = 0;
    while (length < 50_000_000) length += (await reader?.read())?.value?.length ?? 0;
    expect(await untilStill(poured)).toBeLessThan(80_000_000);
    await reader?.cancel();
    await expect.poll(() => server().sockets[0]?.destroyed).toBe(true);
  });

  test('ends its connection when its reader has had enough', async () => {
    server().answerWith(pour);
    expect(await readTextUpTo(1_000_000, await fetch(server().origin))).toBeNull();
    await expect.poll(() => server().sockets[0]?.destroyed).toBe(true);
    await (await fetch(server().origin)).body?.cancel();
    await expect.poll(() => server().sockets[1]?.destroyed).toBe(true);
  });

  test('may be left unread', async () => {
    await get(respond('{}'));
    await get(respond('{}'));
    expect(await (await get(respond('{"last":1}'))).json()).toEqual({ last: 1 });
  });
});
