import { Readable } from 'node:stream';

type Body = string | Uint8Array | Readable | null;

/** A request as it is written. */
export type Outgoing = {
  readonly url: URL;
  readonly method: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Body;
};

type Headed = { readonly entries: readonly (readonly string[])[]; readonly plain: boolean };

const plainValue = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/;

// The words of `Headers` quote the value, which may be a secret.
const normalize = (given: HeadersInit): Headers => {
  try {
    return new Headers(given);
  } catch {
    throw new TypeError('A header has a name or a value that HTTP does not allow.');
  }
};

/** Plain ASCII stays as it is. `Headers` trims or refuses anything else, as it does for the platform's fetch. */
const listHeaders = (given: HeadersInit): Headed => {
  const listed = given instanceof Headers || Array.isArray(given);
  const entries = listed ? [...given] : Object.entries(given);
  const plain = entries.every(([, value]) => value !== undefined && plainValue.test(value));
  return { entries: plain ? entries : [...normalize(given)], plain };
};

type Typed = { readonly body: Body; readonly type: string | null };

const toTyped = ({ body = null }: RequestInit): Typed | null => {
  if (typeof body === 'string') return { body, type: 'text/plain;charset=UTF-8' };
  return body === null || body instanceof Uint8Array ? { body, type: null } : null;
};

/** The platform reads the rarer kinds. */
const readTyped = async (init: RequestInit): Promise<Typed> => {
  const { body } = init;
  const streamed = body instanceof ReadableStream;
  if (streamed && !('duplex' in init)) {
    throw new TypeError("A request whose body is a stream needs `duplex: 'half'`.");
  }
  const read = new Response(body ?? null);
  const type = read.headers.get('content-type');
  if (streamed && read.body) return { body: Readable.from(read.body), type };
  return { body: new Uint8Array(await read.arrayBuffer()), type };
};

const lengthOf = (body: Body, method: string): number | null => {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  return body === null && (method === 'POST' || method === 'PUT' || method === 'PATCH') ? 0 : null;
};

/** How a request is written is not for the caller to say. */
const refusedNames = new Set([
  'connection',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);
const refusedMethods = new Set(['CONNECT', 'TRACE', 'TRACK']);

const defaults = [
  ['accept', '*/*'],
  ['user-agent', 'node'],
  // To unpack a short response costs more than to read it as it is.
  ['accept-encoding', 'identity'],
] as const;

const writeHeaders = (
  { entries }: Headed,
  url: URL,
  type: string | null,
  length: number | null,
): string[] => {
  const headers: string[] = [];
  const names = new Set<string>();
  for (const [name = '', value = ''] of entries) {
    const key = name.toLowerCase();
    if (refusedNames.has(key)) throw new TypeError(`A request cannot have the header ${key}.`);
    // Only of a stream does the caller know the length.
    if (key === 'content-length' && length !== null) continue;
    names.add(key);
    headers.push(name, value);
  }
  if (!names.has('host')) headers.push('host', url.host);
  for (const [name, value] of defaults) if (!names.has(name)) headers.push(name, value);
  if (type !== null && !names.has('content-type')) headers.push('content-type', type);
  if (length !== null) headers.push('content-length', String(length));
  return headers;
};

const parseUrl = (address: string): URL => {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new TypeError('fetch takes an http or https URL without a password in it.');
  }
  return url;
};

/** Throws a TypeError for what cannot be sent, before anything is. */
export const toOutgoing = async (address: string, init: RequestInit): Promise<Outgoing> => {
  const url = parseUrl(address);
  const method = (init.method ?? 'GET').toUpperCase();
  if (refusedMethods.has(method)) throw new TypeError(`fetch does not send ${method}.`);
  const headed = listHeaders(init.headers ?? {});
  const { body, type } = toTyped(init) ?? (await readTyped(init));
  if (body !== null && (method === 'GET' || method === 'HEAD')) {
    throw new TypeError(`A request with ${method} has no body.`);
  }
  const headers = writeHeaders(headed, url, type, lengthOf(body, method));
  // Node writes a text and its headers in one encoding, which fits both only if the headers are ASCII.
  const written = typeof body === 'string' && !headed.plain ? Buffer.from(body) : body;
  return { url, method, headers, body: written };
};
