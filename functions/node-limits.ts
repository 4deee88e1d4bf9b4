/** Milliseconds that a client may take for a request's headers, and for all of it. Answers may take longer. */
const headersTimeout = 10_000;
const requestTimeout = 30_000;

/** Connections at one time; each may hold a short body that is not yet counted, and the buffers of its socket. */
const mostConnections = 4_000;

/** What a stranger may take of this host's time. */
export const serverOptions = { headersTimeout, requestTimeout, connectionsCheckingInterval: 5_000 };

export const limitConnections = (server: object): void => {
  Object.assign(server, { maxConnections: mostConnections });
};

/** Whoever read the log has gone: messages are sent all the same, and nothing can be said of it. */
export const surviveClosedLog = (): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
};
