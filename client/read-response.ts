import type { ErrorResponse } from './api-types.ts';

type Told = ErrorResponse['error'];

/** Why one try failed. */
export type Failure = {
  /** Null: the API itself did not respond; `message` says what came instead. */
  readonly told: Told | null;
  /** The API's word, or `check` if more is in doubt. */
  readonly retry: Told['retry'];
  readonly message: string;
  readonly status: number | null;
  readonly requestId: string | null;
  /** Whether the client may send the same request again, with the same idempotency key. */
  readonly repeatable: boolean;
  /** Milliseconds that the API asks us to wait. */
  readonly waitMs: number | null;
  readonly cause?: unknown;
};

export type Outcome<Answer> =
  | { readonly type: 'answered'; readonly answer: Answer }
  | { readonly type: 'failed'; readonly failure: Failure };

const retryWords: readonly unknown[] = ['never', 'safe', 'check'];

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Every response about one message has its id. */
export const hasMessageId = (body: unknown): body is { message_id: string } =>
  isObject(body) && 'message_id' in body && typeof body.message_id === 'string';

const isErrorAnswer = (body: unknown): body is ErrorResponse => {
  if (!isObject(body) || !('error' in body) || !isObject(body.error)) return false;
  const { error } = body;
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string' &&
    'retry' in error &&
    retryWords.includes(error.retry)
  );
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** RFC 9110: seconds or a date. */
const readRetryAfter = (headers: Headers): number | null => {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
};

/** For a response that is not the API's own, but a gateway's: these may succeed when repeated. */
const isPassing = (status: number): boolean =>
  status < 300 || status >= 500 || status === 408 || status === 429;

const toFailure = ({ status, headers }: Response, body: unknown): Failure => {
  const told = isErrorAnswer(body) ? body.error : null;
  return {
    told,
    retry: told?.retry ?? 'check',
    message: told?.message ?? `HTTP ${status} came, and it was no answer of crm-api.`,
    status,
    requestId: told?.request_id ?? headers.get('x-request-id'),
    repeatable: told ? told.retry === 'safe' : isPassing(status),
    waitMs: readRetryAfter(headers),
  };
};

/** Reads the whole response; one that breaks off counts as none. */
export const readResponse = async <Answer extends { message_id: string }>(
  response: Response,
  isAnswer: (body: unknown) => body is Answer,
): Promise<Outcome<Answer>> => {
  const body = parseJson(await response.text());
  return response.ok && isAnswer(body)
    ? { type: 'answered', answer: body }
    : { type: 'failed', failure: toFailure(response, body) };
};

/** The connection could not be made, was cut, or took too long. */
export const lostAnswer = (cause: unknown): Failure => ({
  told: null,
  retry: 'check',
  message: 'No answer came.',
  status: null,
  requestId: null,
  repeatable: true,
  waitMs: null,
  cause,
});
