import type { Channel } from '../../../src/ports/channel.ts';
import type { FaultKind, Setup } from '../wire.ts';

/** A call of POST /send-message from the composer. */
export type ApiRequest = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly channel: Channel } & Readonly<Record<string, unknown>>;
};

export type Exchange = {
  readonly request: ApiRequest;
  readonly status: number;
  readonly ms: number;
  readonly headers: Headers;
  readonly body: unknown;
};

const readProblem = async (response: Response): Promise<string> => {
  const answer: unknown = await response.json().catch(() => null);
  const has = typeof answer === 'object' && answer !== null && 'error' in answer;
  return has ? String(answer.error) : `The page's server answered ${response.status}.`;
};

const unreachable = 'The page’s server does not answer. Is npm run dev still running?';

/** The reason of a failed call, as the page shows it. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const ask = async (method: string, path: string, body?: object): Promise<Response> => {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json' };
  // A request that ends a fault when the page is closed arrives even after that.
  const keepalive = method === 'DELETE';
  const response = await fetch(path, { method, headers, keepalive, ...init }).catch((cause) => {
    throw new Error(unreachable, { cause });
  });
  if (!response.ok) throw new Error(await readProblem(response));
  return response;
};

export const readSetup = async (): Promise<Setup> => (await ask('GET', '/phones/setup')).json();

export const writeAsContact = (letter: {
  readonly channel: Channel;
  readonly text: string;
  readonly subject?: string;
}): Promise<unknown> => ask('POST', '/phones/inbound', letter);

export const setFault = (channel: Channel | 'model', kind: FaultKind): Promise<unknown> =>
  ask('POST', '/phones/faults', { channel, kind });

export const clearFault = (channel: Channel | 'model'): Promise<unknown> =>
  ask('DELETE', `/phones/faults/${channel}`);

export const clearFaults = (): Promise<unknown> => ask('DELETE', '/phones/faults');

/** The API by its path, because the page may be open under another name of this machine. */
const pathOf = ({ apiUrl }: Setup): string => new URL(apiUrl).pathname;

/** Longer than anything in the API takes, so that a call without a response ends too. */
const longestCallMs = 90_000;

export const sendMessage = async (setup: Setup, request: ApiRequest): Promise<Exchange> => {
  const startedAt = performance.now();
  const response = await fetch(`${pathOf(setup)}/send-message`, {
    method: 'POST',
    headers: request.headers,
    body: JSON.stringify(request.body),
    signal: AbortSignal.timeout(longestCallMs),
  });
  const body: unknown = await response.json();
  const ms = Math.round(performance.now() - startedAt);
  return { request, status: response.status, ms, headers: response.headers, body };
};

export const readMessage = async (setup: Setup, id: string): Promise<unknown> => {
  const headers = { 'x-api-key': setup.apiKey };
  const response = await fetch(`${pathOf(setup)}/messages/${id}`, { headers });
  return response.json();
};
