/** Milliseconds in which a client must send a request's headers, and all of it. The response may take longer. */
const headersTimeout = 10_000;
const requestTimeout = 30_000;

/** Connections at one time. Each may hold a short body, which is not counted, and its socket's buffers. */
const mostConnections = 4_000;

/** Bounds how much of this host's time a stranger can use. */
export const serverOptions = { headersTimeout, requestTimeout, connectionsCheckingInterval: 5_000 };

export const limitConnections = (server: object): void => {
  Object.assign(server, { maxConnections: mostConnections });
};

/** If the log's reader has gone, messages are still sent, and the failed writes are ignored. */
export const surviveClosedLog = (): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
};
