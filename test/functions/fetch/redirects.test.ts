import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeBoth, failureOf } from './both.ts';
import { type RawServer, respond, startRawServer } from './raw-server.ts';

describeBoth('a redirect', ({ fetch, server }) => {
  let other: RawServer;
  beforeEach(async () => {
    other = await startRawServer();
  });
  afterEach(() => other.stop());

  const redirect = (status: number, location: string) =>
    server().answerWith((socket, { line }) =>
      socket.write(
        line.includes('/there')
          ? respond('arrived')
          : respond('moved', `HTTP/1.1 ${status} Moved`, `location: ${location}\r\n`),
      ),
    );
  const init = (more: RequestInit = {}): RequestInit => ({
    method: 'POST',
    body: 'x',
    headers: { authorization: 'Bearer x', 'content-language': 'de', 'x-own': '1' },
    ...more,
  });

  test.each([301, 302, 303, 307, 308])(
    'with %d is given as it is in the mode manual',
    async (status) => {
      redirect(status, '/there');
      const response = await fetch(server().origin, init({ redirect: 'manual' }));
      expect(response).toMatchObject({ status, redirected: false, url: `${server().origin}/` });
      expect(response.headers.get('location')).toBe('/there');
      expect(await response.text()).toBe('moved');
      expect(server().requests).toHaveLength(1);
    },
  );

  test('is an error in the mode error', async () => {
    redirect(302, '/there');
    const error = await failureOf(fetch(server().origin, init({ redirect: 'error' })));
    expect(error).toBeInstanceOf(TypeError);
    expect(server().requests).toHaveLength(1);
  });

  test.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'x'],
    [308, 'POST', 'x'],
  ])('with %d is followed by default, with %s', async (status, method, body) => {
    redirect(status, '/there?a');
    const response = await fetch(server().origin, init());
    expect(await response.text()).toBe('arrived');
    expect(response).toMatchObject({ redirected: true, url: `${server().origin}/there?a` });
    const followed = server().requests[1];
    expect(followed).toMatchObject({ line: `${method} /there?a HTTP/1.1`, body });
    expect(followed?.headers).toMatchObject({ authorization: 'Bearer x', 'x-own': '1' });
    const names = Object.keys(followed?.headers ?? {}).filter((name) =>
      name.startsWith('content-'),
    );
    expect(names.length).toBe(method === 'GET' ? 0 : 3);
  });

  test('keeps PUT, and HEAD', async () => {
    redirect(302, '/there');
    await fetch(server().origin, init({ method: 'PUT' }));
    expect(server().requests[1]?.line).toMatch(/^PUT /);
  });

  test('to another host goes without the credentials', async () => {
    redirect(307, `${'http://127.0.0.1:'}${other.port}/there`);
    await (await fetch(server().origin, init())).text();
    expect(other.requests[0]).toMatchObject({ line: 'POST /there HTTP/1.1', body: 'x' });
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(other.requests[0]?.headers).toMatchObject({
      host: `127.0.0.1:${other.port}`,
      'x-own': '1',
    });
  });

  test('without an address is a response', async () => {
    server().answerWith((socket) => socket.write(respond('moved', 'HTTP/1.1 302 Found')));
    expect(await fetch(server().origin)).toMatchObject({ status: 302, redirected: false });
  });

  test.each([
    ['in a circle', '/again', {}],
    ['to another protocol', 'ftp://127.0.0.1/', {}],
    ['to no URL', 'http://', {}],
    [
      'of a stream',
      '/there',
      { body: new ReadableStream({ start: (to) => to.close() }), duplex: 'half' as const },
    ],
  ])('%s is an error', async (_kind, location, more) => {
    redirect(307, location);
    expect(await failureOf(fetch(server().origin, init(more)))).toBeInstanceOf(TypeError);
    expect(server().requests.length).toBeLessThan(22);
  });
});
