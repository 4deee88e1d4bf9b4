import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connectionWasNeverMade } from '../../../src/lib/connection-never-made.ts';
import { readText } from '../../../src/lib/read-text.ts';
import { describeBoth, failureOf } from './both.ts';
import { respond } from './raw-server.ts';

describeBoth('the connection', ({ fetch, isLean, server }) => {
  const post = (path = '/') => fetch(`${server().origin}${path}`, { method: 'POST', body: 'x' });
  const postAndRead = async () => (await post()).json();

  test('is used again by the next call', async () => {
    await postAndRead();
    // The platform needs a moment for it.
    await sleep(20);
    await postAndRead();
    await sleep(20);
    await fetch(server().origin).then((response) => response.text());
    expect(server().requests.map(({ connection }) => connection)).toEqual([0, 0, 0]);
  });

  test('is never waited for', async () => {
    const held: (() => void)[] = [];
    server().answerWith((socket) => held.push(() => socket.write(respond('{}'))));
    const calls = Array.from({ length: 100 }, postAndRead);
    await expect.poll(() => held.length, { timeout: 5_000 }).toBe(100);
    for (const release of held) release();
    await Promise.all(calls);
    expect(server().sockets).toHaveLength(100);
  });

  test.runIf(isLean)('is free again when nobody reads a short response', async () => {
    const first = await post();
    await expect
      .poll(async () => {
        await postAndRead();
        return server().requests.at(-1)?.connection;
      })
      .toBe(0);
    expect(await first.json()).toEqual({});
  });

  test.each([
    ['ends', 'end'],
    ['resets', 'resetAndDestroy'],
  ] as const)('is not used again when the server %s it between two calls', async (_how, close) => {
    await postAndRead();
    server().sockets[0]?.[close]();
    await sleep(50);
    expect(await postAndRead()).toEqual({});
    expect(server().requests).toHaveLength(2);
  });

  test.each([
    'connection: close\r\n',
    'keep-alive: timeout=1\r\n',
    'connection: keep-alive\r\nkeep-alive: timeout=1, max=9\r\n',
  ])('is not used again after %j', async (header) => {
    server().answerWith((socket) => socket.write(respond('{}', undefined, header)));
    await postAndRead();
    await postAndRead();
    expect(server().requests.map(({ connection }) => connection)).toEqual([0, 1]);
  });

  test('that the server writes to by itself brings no call a wrong response', async () => {
    await postAndRead();
    server().sockets[0]?.write(respond('{"wrong":true}', 'HTTP/1.1 408 Request Timeout'));
    await sleep(50);
    expect(await postAndRead()).toEqual({});
  });

  test('that brings two responses to one request brings no other call a wrong one', async () => {
    server().answerWith((socket) =>
      socket.write(Buffer.concat([respond('{"mine":1}'), respond('{"wrong":true}')])),
    );
    const first = await post();
    expect(await first.json().catch(() => 'refused')).not.toEqual({ wrong: true });
    await sleep(20);
    server().answerWith((socket) => socket.write(respond('{}')));
    expect(await postAndRead()).toEqual({});
  });

  test.each([
    ['end', 'a new one'],
    ['resetAndDestroy', 'a new one'],
    ['end', 'a used one'],
    ['resetAndDestroy', 'a used one'],
  ] as const)(
    'that the server cuts (%s) after a request on %s never carries it again',
    async (close, age) => {
      if (age === 'a used one') await postAndRead();
      const before = server().requests.length;
      server().answerWith((socket) => socket[close]());
      const error = await failureOf(post());
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ message: 'fetch failed' });
      expect(connectionWasNeverMade(error)).toBe(false);
      await sleep(50);
      expect(server().requests).toHaveLength(before + 1);
    },
  );

  test('that is cut while a burst uses it carries each request once at most', async () => {
    let count = 0;
    server().answerWith((socket) => {
      count += 1;
      socket.write(respond('{}'));
      if (count % 3 === 0) socket.end();
    });
    const results: string[] = [];
    for (let at = 0; at < 60; at += 1) {
      const path = `/${at}`;
      results.push(
        await post(path).then(
          async (response) => {
            await response.text();
            return 'answered';
          },
          () => 'failed',
        ),
      );
    }
    const paths = server().requests.map(({ line }) => line);
    expect(new Set(paths).size).toBe(paths.length);
    expect(results.filter((result) => result === 'failed').length).toBeLessThan(20);
  });

  const breakOff = (bytes: string, close: 'end' | 'resetAndDestroy') =>
    server().answerWith((socket) =>
      socket.write(bytes, () => setTimeout(() => socket[close](), 20)),
    );
  const withLength = 'content-length: 9\r\n\r\nbegun';
  const inChunks = 'transfer-encoding: chunked\r\n\r\n5\r\nbegun\r\n';
  const badChunk = 'transfer-encoding: chunked\r\n\r\n5\r\nbegun\r\nnonsense\r\n';
  const reads = [
    ['text', (response: Response) => response.text()],
    ['JSON', (response: Response) => response.json()],
    ['bytes', (response: Response) => response.arrayBuffer()],
    ['a stream', readText],
  ] as const;
  const breaks = [
    ['with a length, ended', withLength, 'end'],
    ['with a length, reset', withLength, 'resetAndDestroy'],
    ['in chunks, ended', inChunks, 'end'],
    ['in chunks, reset', inChunks, 'resetAndDestroy'],
    ['in chunks, one of them not HTTP', badChunk, 'end'],
  ] as const;
  const cases = breaks.flatMap(([what, bytes, close]) =>
    reads.map(([how, read]) => ({ what, how, bytes, close, read })),
  );
  test.each(cases)(
    'that breaks within a body $what, fails who reads it as $how',
    async ({ bytes, close, read }) => {
      breakOff(`HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\n${bytes}`, close);
      const response = await post();
      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('7');
      const error = await failureOf(read(response));
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ message: 'terminated' });
      expect(connectionWasNeverMade(error)).toBe(false);
      expect(server().requests).toHaveLength(1);
    },
  );

  test('that breaks before anybody reads the body fails its reader, and nobody else', async () => {
    breakOff(`HTTP/1.1 429 Too Many Requests\r\n${withLength}`, 'resetAndDestroy');
    const response = await post();
    await expect.poll(() => server().sockets[0]?.destroyed).toBe(true);
    await sleep(20);
    expect(response.status).toBe(429);
    expect(await failureOf(response.text())).toMatchObject({ message: 'terminated' });
    await post();
    await sleep(50);
  });

  test.each([
    ['is not HTTP', 'what?\r\n\r\n'],
    ['has no end of its headers', 'HTTP/1.1 200 OK\r\nx-a: 1\r\n'],
    ['has too many bytes of headers', `HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(40_000)}\r\n\r\n`],
    ['has two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'],
    [
      'changes the protocol',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
  ])('whose response %s fails the call', async (_what, bytes) => {
    server().answerWith((socket) => socket.end(bytes));
    const error = await failureOf(post());
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'fetch failed' });
    expect(connectionWasNeverMade(error)).toBe(false);
  });

  test('brings a response that comes before the whole request', async () => {
    const body = new ReadableStream({ start: (to) => to.enqueue(Buffer.from('begun')) });
    const init = { method: 'POST', body, duplex: 'half' } as const;
    const sent = fetch(server().origin, init);
    await expect.poll(() => server().sockets.length).toBe(1);
    await sleep(20);
    server().sockets[0]?.end(
      respond('{"no":1}', 'HTTP/1.1 413 Content Too Large', 'connection: close\r\n'),
    );
    const response = await sent;
    expect([response.status, await response.json()]).toEqual([413, { no: 1 }]);
  });

  test.each([
    [
      'nothing listens',
      async () => {
        const { origin } = server();
        await server().stop();
        return origin;
      },
    ],
    ['the host has no address', async () => 'http://nowhere.invalid/'],
  ])('was never made if %s', async (_why, find) => {
    const error = await failureOf(fetch(await find(), { method: 'POST', body: 'x' }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'fetch failed' });
    expect(connectionWasNeverMade(error)).toBe(true);
  });
});
