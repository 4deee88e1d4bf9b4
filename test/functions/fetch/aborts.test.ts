import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connectionWasNeverMade } from '../../../src/lib/connection-never-made.ts';
import { readText } from '../../../src/lib/read-text.ts';
import { describeBoth, failureOf } from './both.ts';
import { respond } from './raw-server.ts';

describeBoth('the end of a call by its caller', ({ fetch, isLean, server }) => {
  const reason = new Error('enough');
  const start = (signal: AbortSignal, path = '/') =>
    fetch(`${server().origin}${path}`, { method: 'POST', body: 'x', signal });
  const stall = () =>
    server().answerWith((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegun'),
    );

  test('before it begins reaches nobody', async () => {
    expect(await failureOf(start(AbortSignal.abort(reason)))).toBe(reason);
    expect(await failureOf(start(AbortSignal.abort()))).toMatchObject({ name: 'AbortError' });
    expect(server().sockets).toHaveLength(0);
  });

  test('in the moment after it began reaches nobody', async () => {
    const stop = new AbortController();
    const error = failureOf(start(stop.signal));
    stop.abort(reason);
    expect(await error).toBe(reason);
    expect(server().requests).toEqual([]);
  });

  test('while it connects ends the connection', async () => {
    const stop = new AbortController();
    const secure = server().origin.replace('http:', 'https:');
    const error = failureOf(fetch(secure, { signal: stop.signal }));
    await expect.poll(() => server().sockets.length).toBe(1);
    stop.abort(reason);
    expect(await error).toBe(reason);
    // The platform leaves the connection to its own time limit.
    if (isLean) await expect.poll(() => server().sockets[0]?.destroyed).toBe(true);
  });

  test('while it waits for the response ends the connection', async () => {
    server().answerWith(() => undefined);
    const stop = new AbortController();
    const error = failureOf(start(stop.signal));
    await expect.poll(() => server().requests.length).toBe(1);
    stop.abort(reason);
    expect(await error).toBe(reason);
    expect(connectionWasNeverMade(await error)).toBe(false);
    await expect.poll(() => server().sockets[0]?.destroyed).toBe(true);
  });

  test('by a timeout says so', async () => {
    server().answerWith(() => undefined);
    expect(await failureOf(start(AbortSignal.timeout(50)))).toMatchObject({ name: 'TimeoutError' });
    const any = AbortSignal.any([AbortSignal.timeout(50), new AbortController().signal]);
    expect(await failureOf(start(any))).toMatchObject({ name: 'TimeoutError' });
  });

  test.each([
    ['text', (response: Response) => response.text()],
    ['JSON', (response: Response) => response.json()],
    ['bytes', (response: Response) => response.arrayBuffer()],
    ['a stream', readText],
  ])('while the body is read as %s gives its reader the reason', async (_way, read) => {
    stall();
    const stop = new AbortController();
    const response = await start(stop.signal);
    const error = failureOf(read(response));
    setTimeout(() => stop.abort(reason), 20);
    expect(await error).toBe(reason);
    await expect.poll(() => server().sockets[0]?.destroyed).toBe(true);
  });

  test('before the body is read gives its reader the reason', async () => {
    stall();
    const stop = new AbortController();
    const response = await start(stop.signal);
    stop.abort(reason);
    await expect.poll(() => server().sockets[0]?.destroyed).toBe(true);
    expect(response.status).toBe(200);
    expect(await failureOf(response.text())).toBe(reason);
  });

  test('while a packed body is read gives its reader the reason', async () => {
    server().answerWith((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 99\r\n\r\n'),
    );
    const stop = new AbortController();
    const error = failureOf((await start(stop.signal)).text());
    stop.abort(reason);
    expect(await error).toBe(reason);
    await expect.poll(() => server().sockets[0]?.destroyed).toBe(true);
  });

  test('when it is over changes nothing, and the connection is used again', async () => {
    const stop = new AbortController();
    const response = await start(stop.signal);
    expect(await response.json()).toEqual({});
    stop.abort(reason);
    expect(response.bodyUsed).toBe(true);
    await sleep(20);
    expect(server().sockets[0]?.destroyed).toBe(false);
    expect(await (await start(new AbortController().signal)).json()).toEqual({});
    expect(server().requests.at(-1)?.connection).toBe(0);
  });

  test('ends one call of several that share a server, and no other', async () => {
    const held: (() => void)[] = [];
    server().answerWith((socket) => held.push(() => socket.write(respond('{}'))));
    const stop = new AbortController();
    const error = failureOf(start(stop.signal));
    const other = start(new AbortController().signal);
    await expect.poll(() => held.length).toBe(2);
    stop.abort(reason);
    expect(await error).toBe(reason);
    for (const release of held) release();
    expect(await (await other).json()).toEqual({});
  });

  // The platform waits for the garbage collector.
  test.runIf(isLean)('leaves nothing on a signal that lives longer', async () => {
    const { signal } = new AbortController();
    const listeners = () => getEventListeners(signal, 'abort').length;
    await (await start(signal)).json();
    await readText(await start(signal));
    expect(listeners()).toBe(0);
    await start(signal, '/unread');
    await expect.poll(listeners).toBe(0);
    await (await start(signal)).body?.cancel();
    expect(listeners()).toBe(0);
    stall();
    const stalled = await start(signal);
    expect(listeners()).toBe(1);
    await stalled.body?.cancel();
    expect(listeners()).toBe(0);
    const moved = respond('', 'HTTP/1.1 302 Found', 'location: /\r\n');
    server().answerWith((socket) => socket.write(moved));
    await failureOf(start(signal));
    expect(listeners()).toBe(0);
    server().answerWith((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'));
    await failureOf((await start(signal)).text());
    expect(listeners()).toBe(0);
    server().answerWith((socket) => socket.destroy());
    await failureOf(start(signal));
    expect(listeners()).toBe(0);
    await server().stop();
    await failureOf(start(signal));
    expect(listeners()).toBe(0);
  });
});
