import type {
  ErrorResponse,
  Message,
  QueuedMessage,
  SendAsItIs,
  SendByAgent,
  SendMessage,
  SentMessage,
} from './api-types.ts';
import { type Failure, hasMessageId, readResponse } from './read-response.ts';
import { type Limits, repeat } from './repeat.ts';
import { addressOf, headersOf } from './request-parts.ts';

export type { Message, QueuedMessage, SendMessage, SentMessage };

/** For a caller that knows only at run time who writes the text. The API refuses `ai: true` without an agent. */
export type SendEither = Omit<SendAsItIs, 'ai' | 'agent_id'> & {
  readonly ai: boolean;
  readonly agent_id?: string | null | undefined;
};

/**
 * The strictest type that the compiler can check: `agent_id` is required where `ai` is `true`, optional where it is a
 * `boolean`.
 */
type Request<Ai extends boolean> = { readonly ai: Ai } & ([Ai] extends [true]
  ? SendByAgent
  : [Ai] extends [false]
    ? SendAsItIs
    : SendEither);

type Told = ErrorResponse['error'];

/**
 * Thrown by `sendMessage` and `getMessage`. A request that cannot go out at all (no address, a key that no header can
 * hold, not JSON) throws a TypeError instead, and nothing was sent.
 */
export class CrmApiError extends Error {
  /** `no_answer`: no response of the API arrived. */
  readonly code: Told['code'] | 'no_answer';
  /** HTTP status of the last response; null if none arrived. */
  readonly status: number | null;
  /**
   * `safe`: send again with the same key, this error's `idempotencyKey`; a new key would be a new message.
   * `check`: the message may have been sent. Ask `getMessage`, or send again with the same `idempotencyKey`.
   * `never`: the same request cannot succeed.
   * This is the API's word, or `check` if an earlier try may have sent the message.
   */
  readonly retry: Told['retry'];
  readonly messageId: string | null;
  readonly requestId: string | null;
  readonly docUrl: string | null;
  readonly issues: NonNullable<Told['issues']>;
  readonly provider: Told['provider'] | null;
  /** The key that the request was sent with, even if the client made it up; null if nothing was to be sent. */
  readonly idempotencyKey: string | null;

  constructor(
    { told, retry, message, status, requestId, cause }: Failure,
    idempotencyKey: string | null,
  ) {
    super(message, { cause });
    this.name = 'CrmApiError';
    this.code = told?.code ?? 'no_answer';
    this.status = status;
    this.retry = retry;
    this.messageId = told?.message_id ?? null;
    this.requestId = requestId;
    this.docUrl = told?.doc_url ?? null;
    this.issues = told?.issues ?? [];
    this.provider = told?.provider ?? null;
    this.idempotencyKey = idempotencyKey;
  }
}

export type ClientOptions = {
  /** The function's PUBLIC_URL, its path included. */
  readonly url: string;
  readonly apiKey: string;
  /** Default: the runtime's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds for one call with all its retries. Default: 120 000. One try gets at most half of it. */
  readonly timeoutMs?: number;
  /** Default: 3. */
  readonly maxRetries?: number;
};

export type SendOptions = {
  /** Your own id for this message: repeating it, even days later, sends nothing twice. Default: a random UUID. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** Return as soon as the message is stored; it is sent after that. */
  readonly async?: boolean;
};

export type Client = {
  /**
   * Sends one message. Every try has the same idempotency key, and the API never sends twice for one key. So the client
   * repeats a try whose response was lost (cut, timed out, a gateway's 5xx) and an error that says `safe`. It throws an
   * error that says `check` or `never` at once, and never sends again what may have been sent.
   * Waits as long as `Retry-After` says (a minute at most), or else a growing, random pause. Throws CrmApiError.
   */
  sendMessage<Ai extends boolean>(
    request: Request<Ai>,
    options: SendOptions & { readonly async: true },
  ): Promise<SentMessage | QueuedMessage>;
  sendMessage<Ai extends boolean>(
    request: Request<Ai>,
    options?: SendOptions & { readonly async?: false },
  ): Promise<SentMessage>;
  /**
   * Reads a message and its status. Reading changes nothing, so the client repeats it if the response was lost. Throws
   * CrmApiError.
   */
  getMessage(id: string, options?: { readonly signal?: AbortSignal }): Promise<Message>;
};

// The API's document describes the response, so only its id is checked here.
const isSent = (body: unknown): body is SentMessage => hasMessageId(body);
const isMessage = (body: unknown): body is Message => hasMessageId(body);

export const createClient = ({
  url,
  apiKey,
  // Workers refuse a fetch that is called as a method, so it is called by its name alone.
  fetch: ask = (address, init) => fetch(address, init),
  timeoutMs = 120_000,
  maxRetries = 3,
}: ClientOptions): Client => {
  const request = async <Answer extends { message_id: string }>(
    path: string,
    init: Omit<RequestInit, 'headers'> & { readonly headers: Readonly<Record<string, string>> },
    isAnswer: (body: unknown) => body is Answer,
    signal: AbortSignal | undefined,
  ): Promise<Answer> => {
    const address = addressOf(url, path);
    const headers = headersOf({ 'x-api-key': apiKey, ...init.headers });
    const idempotencyKey = init.headers['idempotency-key'] ?? null;
    const limits: Limits = { timeoutMs, maxRetries, sends: idempotencyKey !== null, signal };
    const outcome = await repeat(limits, async (trySignal) => {
      // Redirects are not followed: the key must not go to another address.
      const settings = { ...init, headers, signal: trySignal, redirect: 'manual' as const };
      return readResponse(await ask(address, settings), isAnswer);
    });
    if (outcome.type === 'answered') return outcome.answer;
    throw new CrmApiError(outcome.failure, idempotencyKey);
  };

  return {
    sendMessage: async (
      message: SendEither,
      { idempotencyKey = crypto.randomUUID(), signal, async = false }: SendOptions = {},
    ) => {
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
        ...(async ? { prefer: 'respond-async' } : {}),
      };
      const init = { method: 'POST', headers, body: JSON.stringify(message) };
      return request('/send-message', init, isSent, signal);
    },
    getMessage: async (id, { signal } = {}) =>
      request(`/messages/${encodeURIComponent(id)}`, { headers: {} }, isMessage, signal),
  };
};
