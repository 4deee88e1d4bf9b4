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
 * A `Response` whose parts are made when somebody asks for them. The platform's own reads the body in the rarer ways: as
 * a stream, a copy, a blob, a form. A class, because an object with getters takes twenty times as long to make.
 */
export class LeanResponse implements Response {
  readonly type = 'basic';
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly #head: ResponseHead;
  readonly #incoming: IncomingBody | null;
  #headers: Headers | null = null;
  #platform: Response | null;
  #used = false;

  constructor(head: ResponseHead, incoming: IncomingBody | null, copied: Response | null = null) {
    this.status = head.status;
    this.statusText = head.statusText;
    this.url = head.url;
    this.redirected = head.redirected;
    this.#head = head;
    this.#incoming = incoming;
    this.#platform = copied;
  }

  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  get headers() {
    this.#headers ??= toHeaders(this.#head.rawHeaders);
    return this.#headers;
  }

  get body() {
    return this.#used ? null : this.#viaPlatform().body;
  }

  get bodyUsed() {
    return this.#used || this.#platform?.bodyUsed === true;
  }

  async text() {
    return this.#platform ? this.#platform.text() : decoder.decode(await this.#takeAll());
  }

  async json() {
    return JSON.parse(await this.text());
  }

  async arrayBuffer() {
    if (this.#platform) return this.#platform.arrayBuffer();
    const { buffer, byteOffset, length } = await this.#takeAll();
    return buffer.slice(byteOffset, byteOffset + length);
  }

  async bytes() {
    return new Uint8Array(await this.arrayBuffer());
  }

  async blob() {
    return this.#viaPlatform().blob();
  }

  async formData() {
    return this.#viaPlatform().formData();
  }

  clone() {
    return new LeanResponse(this.#head, this.#incoming, this.#viaPlatform().clone());
  }

  #viaPlatform(): Response {
    this.#refuseUsed();
    this.#platform ??= new Response(this.#incoming?.stream() ?? null, { headers: this.headers });
    return this.#platform;
  }

  async #takeAll() {
    this.#refuseUsed();
    this.#used = this.#incoming !== null;
    return this.#incoming ? this.#incoming.whole() : Buffer.alloc(0);
  }

  #refuseUsed() {
    if (this.#used) throw new TypeError('Body is unusable: it has already been read.');
  }
}
