import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fetch } from '../../src/ports/io.ts';

/** The server's behaviour at one request. */
export type Script =
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** A string is sent as it is, anything else as JSON. */
      readonly body?: unknown;
    }
  /** Sends the status and the beginning of a body, and never the rest. */
  | { readonly type: 'stall_body'; readonly status: number; readonly start: string }
  /** Sends the status and the beginning of a body, then cuts the connection. */
  | { readonly type: 'cut_body'; readonly status: number; readonly start: string }
  | { readonly type: 'hang_before_reading' }
  | { readonly type: 'hang_after_reading' }
  | { readonly type: 'cut_before_reading' }
  | { readonly type: 'cut_after_reading' };

type RecordedRequest = {
  readonly method: string;
  /** As the caller of `fetch` wrote it, the vendor's host included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type ScriptedServer = {
  readonly origin: string;
  /** The requests that were read whole, in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** One script for each coming request; the last one repeats. */
  readonly answerWith: (...scripts: readonly [Script, ...Script[]]) => void;
  /** A real fetch that sends every URL here, whatever its host. */
  readonly fetch: Fetch;
  readonly stop: () => Promise<void>;
};

const intendedUrl = 'x-scripted-url';

export const answer = (
  status: number,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Script => ({ type: 'answer', status, body, headers });

/** A real fetch that keeps path and query, and replaces the origin. */
export const fetchThrough =
  (origin: string): Fetch =>
  (url, init) => {
    const { pathname, search } = new URL(url);
    const headers = new Headers(init?.headers);
    headers.set(intendedUrl, url);
    return fetch(`${origin}${pathname}${search}`, { ...init, headers });
  };

const record = async (request: IncomingMessage, origin: string): Promise<RecordedRequest> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { [intendedUrl]: intended, ...headers } = request.headers;
  return {
    method: request.method ?? '',
    url: typeof intended === 'string' ? intended : `${origin}${request.url}`,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ),
    body: Buffer.concat(chunks).toString('utf8'),
  };
};

const perform = (script: Script, response: ServerResponse): void => {
  if (script.type === 'hang_after_reading') return;
  if (script.type === 'stall_body' || script.type === 'cut_body') {
    response.writeHead(script.status, { 'content-type': 'application/json' });
    const cut = script.type === 'cut_body' ? () => response.destroy() : undefined;
    response.write(script.start, cut);
  } else if (script.type === 'answer') {
    const isText = typeof script.body === 'string' || script.body === undefined;
    const type = isText ? 'text/plain' : 'application/json';
    response.writeHead(script.status, {
      connection: 'close',
      'content-type': type,
      ...script.headers,
    });
    response.end(isText ? script.body : JSON.stringify(script.body));
  } else {
    response.destroy();
  }
};

const listen = async (server: ReturnType<typeof createServer>): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}`;
};

/** A real HTTP server on a free port that answers, hangs and breaks as it is told. */
export const startScriptedServer = async (): Promise<ScriptedServer> => {
  const requests: RecordedRequest[] = [];
  let scripts: readonly Script[] = [answer(200, {})];
  const nextScript = (): Script => {
    const [first, ...rest] = scripts;
    if (rest.length > 0) scripts = rest;
    return first ?? answer(200, {});
  };
  const server = createServer(async (request, response) => {
    const script = nextScript();
    if (script.type === 'hang_before_reading') return;
    if (script.type === 'cut_before_reading') return response.destroy();
    const recorded = await record(request, origin).catch(() => null);
    if (recorded === null) return;
    requests.push(recorded);
    perform(script, response);
  });
  const origin = await listen(server);
  return {
    origin,
    requests,
    answerWith: (...next) => {
      scripts = next;
    },
    fetch: fetchThrough(origin),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** An origin where nothing listens. */
export const closedOrigin = async (): Promise<string> => {
  const server = await startScriptedServer();
  await server.stop();
  return server.origin;
};
