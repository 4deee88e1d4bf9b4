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

/** A request of which only the running program knows who writes the text; the API refuses one with `ai` and no agent. */
export type SendEither = Omit<SendAsItIs, 'ai' | 'agent_id'> & {
  readonly ai: boolean;
  readonly agent_id?: string | null | undefined;
};

/** As much as the compiler can demand: an agent where `ai` is `true`, and where it is a `boolean`, what there is. */
type Request<Ai extends boolean> = { readonly ai: Ai } & ([Ai] extends [true]
  ? SendByAgent
  : [Ai] extends [false]
    ? SendAsItIs
    : SendEither);

type Told = ErrorResponse['error'];

/**
 * What `sendMessage` and `getMessage` throw; an `Error`, because that is what a caller catches and logs. What cannot go
 * out at all (no address, a key that no header can carry, a request that is not JSON) is a TypeError, and was not sent.
 */
export class CrmApiError extends Error {
  /** `no_answer`: nothing came that the API has said. */
  readonly code: Told['code'] | 'no_answer';
  /** Of the last answer; null when there was none. */
  readonly status: number | null;
  /**
   * `safe`: send again with the same key, this error's `idempotencyKey`; a new key would be a new message.
   * `check`: the message may have been sent. Ask `getMessage`, or send again with the same `idempotencyKey`.
   * `never`: the same request cannot succeed.
   * It is what the API said, or `check` where an earlier try may have gone out.
   */
  readonly retry: Told['retry'];
  readonly messageId: string | null;
  readonly requestId: string | null;
  readonly docUrl: string | null;
  readonly issues: NonNullable<Told['issues']>;
  readonly provider: Told['provider'] | null;
  /** What the request was sent with, also when it was made up here; null when nothing was to be sent. */
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
  /** Up to and including the path that the function is mounted at: its PUBLIC_URL. */
  readonly url: string;
  readonly apiKey: string;
  /** The runtime's own by default. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds for one call with all its retries, 120 000 by default; one try gets half of it. */
  readonly timeoutMs?: number;
  /** 3 by default. */
  readonly maxRetries?: number;
};

export type SendOptions = {
  /** Your own id for this message: who repeats it, even days later, sends nothing twice. A random UUID by default. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** Answer once the message is stored, and send it after that. */
  readonly async?: boolean;
};

export type Client = {
  /**
   * Sends one message. Every try has the same idempotency key, and the API never sends twice for one key: therefore a
   * try whose answer was lost (cut, timed out, a gateway's 5xx) is repeated, and so is an error that says `safe`. One
   * that says `check` or `never` is thrown at once: the client never sends again what may have been sent.
   * Waits as long as `Retry-After` says (a minute at most), else a growing, random pause. Throws CrmApiError.
   */
  sendMessage<Ai extends boolean>(
    request: Request<Ai>,
    options: SendOptions & { readonly async: true },
  ): Promise<SentMessage | QueuedMessage>;
  sendMessage<Ai extends boolean>(
    request: Request<Ai>,
    options?: SendOptions & { readonly async?: false },
  ): Promise<SentMessage>;
  /** What became of a message. Reading changes nothing, so a lost answer is asked for again. Throws CrmApiError. */
  getMessage(id: string, options?: { readonly signal?: AbortSignal }): Promise<Message>;
};

// Of one message the API answers with what its document says; that it is about a message at all is looked at here.
const isSent = (body: unknown): body is SentMessage => hasMessageId(body);
const isMessage = (body: unknown): body is Message => hasMessageId(body);

export const createClient = ({
  url,
  apiKey,
  // Called by name alone, because Workers refuse a fetch that is called as somebody's method.
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
      // A key is not taken along to another address.
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
