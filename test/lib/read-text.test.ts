import { createServer, type RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { readText, readTextUpTo } from '../../src/lib/read-text.ts';

const most = 1_000;
const short = 'Zoë '.repeat(10);
const long = 'x'.repeat(most + 1);

let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** The response of a real server. */
const ask = async (listener: RequestListener): Promise<Response> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return fetch(`http://127.0.0.1:${address.port}/`);
};

const withLength = (text: string) =>
  ask((_, response) => {
    response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });

const inParts = (text: string) =>
  ask((_, response) => {
    response.writeHead(200);
    for (const part of [text.slice(0, 7), text.slice(7)]) response.write(part);
    response.end();
  });

const packed = (text: string) =>
  ask((_, response) => {
    const bytes = gzipSync(text);
    response.writeHead(200, { 'content-length': bytes.length, 'content-encoding': 'gzip' });
    response.end(bytes);
  });

describe.each([
  ['says its length', withLength],
  ['comes in parts', inParts],
  ['is packed', packed],
])('a body that %s', (_, answer) => {
  it('is read whole up to the limit', async () => {
    expect(await readTextUpTo(most, await answer(short))).toBe(short);
    expect(await readTextUpTo(most, await answer(''))).toBe('');
  });

  it('is not read if it is longer, however short it is while packed', async () => {
    expect(await readTextUpTo(most, await answer(long))).toBeNull();
  });
});

it.each([
  ['after a length', { 'content-length': 100 }],
  ['without a length', {}],
])('a body that breaks off %s is an error', async (_, headers) => {
  const response = await ask((_request, answer) => {
    answer.writeHead(200, headers);
    answer.write('half', () => answer.destroy());
  });
  await expect(readText(response)).rejects.toThrow();
});
