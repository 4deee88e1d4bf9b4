import type { IncomingBody } from './incoming-body.ts';

export type ResponseHead = {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly url: string;
  readonly redirected: boolean;
};

const decoder = new TextDecoder();

const toHeaders = (raw: readonly string[]): Headers => {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
};

/**
 * A `Response` whose parts are made when they are asked for. The platform's own reads the body in the ways that are
 * rare: as a stream, a copy, a blob, a form.
 */
export const toResponse = (
  head: ResponseHead,
  body: IncomingBody | null,
  copied: Response | null = null,
): Response => {
  let headers: Headers | null = null;
  let platform = copied;
  let used = false;
  const getHeaders = () => {
    headers ??= toHeaders(head.rawHeaders);
    return headers;
  };
  const refuseUsed = () => {
    if (used) throw new TypeError('Body is unusable: it has already been read.');
  };
  const viaPlatform = () => {
    refuseUsed();
    platform ??= new Response(body?.stream() ?? null, { headers: getHeaders() });
    return platform;
  };
  const takeAll = async () => {
    refuseUsed();
    used = body !== null;
    return body ? body.whole() : Buffer.alloc(0);
  };
  const text = async () => (platform ? platform.text() : decoder.decode(await takeAll()));
  const arrayBuffer = async () => {
    if (platform) return platform.arrayBuffer();
    const { buffer, byteOffset, length } = await takeAll();
    return buffer.slice(byteOffset, byteOffset + length);
  };
  return {
    status: head.status,
    statusText: head.statusText,
    ok: head.status >= 200 && head.status < 300,
    url: head.url,
    redirected: head.redirected,
    type: 'basic',
    get headers() {
      return getHeaders();
    },
    get body() {
      return used ? null : viaPlatform().body;
    },
    get bodyUsed() {
      return used || platform?.bodyUsed === true;
    },
    text,
    json: async () => JSON.parse(await text()),
    arrayBuffer,
    bytes: async () => new Uint8Array(await arrayBuffer()),
    blob: async () => viaPlatform().blob(),
    formData: async () => viaPlatform().formData(),
    clone: () => toResponse(head, body, viaPlatform().clone()),
  };
};
