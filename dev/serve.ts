import { createServer, type Server } from 'node:http';
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server';

export type Served = { readonly origin: string; readonly port: number; stop(): Promise<void> };

/** The connection behind a request, for those who need to cut it. */
export type Bindings = HttpBindings | Http2Bindings;

type ServeOptions = {
  readonly fetch: (request: Request, env: Bindings) => Response | Promise<Response>;
  /** 0 takes any free port. */
  readonly port: number;
  /** The environment variable that chooses the port, named when the port is taken. */
  readonly portVariable?: string;
};

const hasCode = (error: unknown): error is { readonly code: unknown } =>
  typeof error === 'object' && error !== null && 'code' in error;

type Port = { readonly port: number; readonly portVariable?: string | undefined };

/** If the port is taken, says which variable to set; other errors stay as they are. */
export const explainListening = (error: unknown, { port, portVariable }: Port): unknown => {
  const taken = hasCode(error) && error.code === 'EADDRINUSE';
  if (!taken || portVariable === undefined) return error;
  return new Error(
    `Port ${port} is in use. Set ${portVariable} to a free one, or stop what listens there: another \`npm run dev\`, maybe.`,
  );
};

const listen = (server: Server, options: ServeOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explainListening(error, options)));
    server.listen(options.port, '127.0.0.1', resolve);
  });

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/**
 * The adapter's requests are not real ones, so only its own global Request can copy them. Hono does that for a body
 * without a length.
 */
const toRealRequest = (request: Request): Request => {
  const { url, method, headers, signal } = request;
  if (method === 'GET' || method === 'HEAD' || headers.has('content-length')) return request;
  const init = { method, headers, signal, body: request.body, duplex: 'half' };
  return new Request(url, init);
};

/** Serves on 127.0.0.1 only. `stop` also cuts the connections that are still open. */
export const serveLocally = async (options: ServeOptions): Promise<Served> => {
  const answer = (request: Request, env: Bindings) => options.fetch(toRealRequest(request), env);
  const server = createServer(getRequestListener(answer, { overrideGlobalObjects: false }));
  await listen(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    port: address.port,
    stop: () => close(server),
  };
};
