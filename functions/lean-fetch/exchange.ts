import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline, Readable } from 'node:stream';
import { type Agents, wasNeverWritten } from './agents.ts';
import { type IncomingBody, receiveBody } from './incoming-body.ts';
import type { Outgoing } from './outgoing.ts';
import { unpack } from './unpack.ts';

const neverWritten = new TypeError('fetch failed', {
  cause: new Error('The connection had been closed.'),
});

export type Answered = { readonly message: IncomingMessage; readonly body: IncomingBody };

const open = ({ url, method, headers }: Outgoing, agents: Agents): ClientRequest => {
  const target = {
    // Without the brackets of an IPv6 address.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: url.pathname + url.search,
    method,
    headers,
  };
  return url.protocol === 'https:'
    ? httpsRequest({ ...target, agent: agents.https })
    : httpRequest({ ...target, agent: agents.http });
};

const write = (request: ClientRequest, body: Outgoing['body']) => {
  if (body instanceof Readable) pipeline(body, request, () => undefined);
  else if (body === null) request.end();
  else request.end(body);
};

/** Writes the request once, and resolves when the response's headers have come. */
const exchangeOnce = (outgoing: Outgoing, agents: Agents, signal: AbortSignal): Promise<Answered> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = open(outgoing, agents);
    let message: IncomingMessage | null = null;
    let body: IncomingBody | null = null;
    const abort = () => {
      reject(signal.reason);
      body?.fail(signal.reason);
      request.destroy();
      message?.destroy();
    };
    const release = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort);
    const fail = (cause: Error) => {
      release();
      reject(wasNeverWritten(request) ? neverWritten : new TypeError('fetch failed', { cause }));
    };
    // After the headers, the body tells its reader.
    request.on('error', (cause) => {
      if (body === null) fail(cause);
    });
    // It closes without an error and without a response if the server changes the protocol.
    request.once('close', () => {
      if (body === null) fail(new Error('The connection was closed.'));
    });
    request.once('response', (arrived) => {
      message = arrived;
      body = receiveBody(unpack(arrived), release);
      resolve({ message, body });
    });
    write(request, outgoing.body);
  });

/**
 * Makes a request, and never writes it twice: it is repeated on another connection only if its own was closed before
 * anything was written.
 */
export const exchange = async (
  outgoing: Outgoing,
  agents: Agents,
  signal: AbortSignal,
): Promise<Answered> => {
  for (;;) {
    try {
      return await exchangeOnce(outgoing, agents, signal);
    } catch (error) {
      if (error !== neverWritten || outgoing.body instanceof Readable) throw error;
    }
  }
};
