import { createServer, type Server, type Socket } from 'node:net';

type RawRequest = {
  /** In the order in which the server got its connections, from 0. */
  readonly connection: number;
  readonly line: string;
  /** Names in lower case; a name that comes twice has both values. */
  readonly headers: Readonly<Record<string, string>>;
  /** One character a byte. */
  readonly body: string;
};

export type RawServer = {
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly RawRequest[];
  readonly sockets: readonly Socket[];
  /** Does one thing with each whole request. Default: answers 200 with `{}`. */
  readonly answerWith: (answer: (socket: Socket, request: RawRequest) => void) => void;
  readonly stop: () => Promise<void>;
};

/** A response as bytes. Its length is told unless other headers are given. */
export const respond = (body: string | Buffer, head = 'HTTP/1.1 200 OK', headers = ''): Buffer => {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`${head}\r\n${headers}content-length: ${bytes.length}\r\n\r\n`, 'latin1'),
    bytes,
  ]);
};

const readHeaders = (lines: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/: ?(.*)/s);
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return headers;
};

/** The first whole request in the text, and the rest; null if there is none yet. */
const takeRequest = (text: string, connection: number) => {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = readHeaders(lines);
  const rest = text.slice(end + 4);
  const chunksEnd = rest.indexOf('0\r\n\r\n');
  const isChunked = headers['transfer-encoding'] === 'chunked';
  const length = isChunked ? chunksEnd + 5 : Number(headers['content-length'] ?? 0);
  if (rest.length < length || (isChunked && chunksEnd < 0)) return null;
  const request = { connection, line, headers, body: rest.slice(0, length) };
  return { request, rest: rest.slice(length) };
};

const listen = async (server: Server, host = '127.0.0.1'): Promise<number> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
};

/** A TCP server that reads requests and writes any bytes, so that it can break the rules of HTTP. */
export const startRawServer = async (host = '127.0.0.1'): Promise<RawServer> => {
  const requests: RawRequest[] = [];
  const sockets: Socket[] = [];
  let answer: Parameters<RawServer['answerWith']>[0] = (socket) => socket.write(respond('{}'));
  const server = createServer((socket) => {
    const connection = sockets.push(socket) - 1;
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let found = takeRequest(text, connection); found; ) {
        text = found.rest;
        requests.push(found.request);
        answer(socket, found.request);
        found = takeRequest(text, connection);
      }
    });
  });
  const port = await listen(server, host);
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    requests,
    sockets,
    answerWith: (next) => {
      answer = next;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
