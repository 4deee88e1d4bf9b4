/** May the caller send the same request again? `safe`: nothing was sent. `check`: it may have been. */
export const retryWords = ['never', 'safe', 'check'] as const;
export type Retry = (typeof retryWords)[number];

type ErrorEntry = {
  readonly status: number;
  readonly retry: Retry;
  readonly happened: string;
  readonly remedy: string;
};

/** The one source of status codes, of `GET /errors/{code}` and of docs/errors.md. */
export const errorTable = {
  invalid_request: {
    status: 400,
    retry: 'never',
    happened: 'The request is not JSON in UTF-8, or a field or header is missing or wrong.',
    remedy: 'Correct what `issues` lists, each with the path of its field, and send it again.',
  },
  content_too_long: {
    status: 400,
    retry: 'never',
    happened: 'The text is longer than the channel takes. Nothing was sent.',
    remedy:
      'Shorten `content` to the limit that the message names, or split it into several messages.',
  },
  invalid_api_key: {
    status: 401,
    retry: 'never',
    happened: 'The API key is missing, unknown, expired or revoked, or there are two that differ.',
    remedy: 'Send one valid key, in the `x-api-key` header or as `Authorization: Bearer cfy_…`.',
  },
  invalid_signature: {
    status: 401,
    retry: 'never',
    happened:
      'The webhook is not signed with the secret of this connection, or it is too old. Nothing was stored.',
    remedy:
      "Put the secret that signs the provider's webhooks into the connection, and set PUBLIC_URL to the address that the provider calls.",
  },
  conversation_not_found: {
    status: 404,
    retry: 'never',
    happened: 'There is no such conversation in the sub-account of this API key.',
    remedy: "Use the conversation's UUID or its external id, and a key of the same sub-account.",
  },
  agent_not_found: {
    status: 404,
    retry: 'never',
    happened: 'There is no active agent with this id in the sub-account of this API key.',
    remedy: 'Use the UUID of an active agent of the same sub-account.',
  },
  not_found: {
    status: 404,
    retry: 'never',
    happened:
      'There is nothing at this path, or no such message in the sub-account of this API key.',
    remedy: 'Use the path that the message names, or a message id of the same sub-account.',
  },
  method_not_allowed: {
    status: 405,
    retry: 'never',
    happened: 'The path exists, but not with this method.',
    remedy: 'Use the method that the message and the `Allow` header name.',
  },
  send_in_progress: {
    status: 409,
    retry: 'safe',
    happened: 'A request with the same idempotency key is still being worked on.',
    remedy: 'Wait as long as `Retry-After` says and send the same request with the same key.',
  },
  payload_too_large: {
    status: 413,
    retry: 'never',
    happened: 'The body is larger than this path takes.',
    remedy: 'Send a smaller body: the message names the limit.',
  },
  idempotency_key_reused: {
    status: 422,
    retry: 'never',
    happened: 'This idempotency key was used for another request.',
    remedy: 'Use a new key for a new message, and the old key only to repeat the same request.',
  },
  channel_not_connected: {
    status: 422,
    retry: 'never',
    happened: 'The sub-account has no active sender on this channel. Nothing was sent.',
    remedy: 'Connect a provider for the channel and add an active sender, or use another channel.',
  },
  recipient_unreachable: {
    status: 422,
    retry: 'never',
    happened: 'The contact has no address on this channel. Nothing was sent.',
    remedy: 'Add an address for the contact on this channel, or use another channel.',
  },
  recipient_opted_out: {
    status: 422,
    retry: 'never',
    happened: 'The contact has opted out on this channel. Nothing was sent.',
    remedy: 'Do not send here until the contact opts in again.',
  },
  messaging_window_closed: {
    status: 422,
    retry: 'never',
    happened:
      'The contact last wrote more than 24 hours ago, and the channel only takes replies. Nothing was sent.',
    remedy: 'Wait until the contact writes again, or use a channel without a window (SMS, email).',
  },
  rate_limited: {
    status: 429,
    retry: 'safe',
    happened: "The API key's rate is used up. Nothing was sent.",
    remedy: 'Wait as long as `Retry-After` says and send the same request again.',
  },
  delivery_failed: {
    status: 500,
    retry: 'safe',
    happened: 'The provider was asked and did not take the message. It is stored as failed.',
    remedy:
      'See `provider.reason`. With retry `safe`, send the same request with the same idempotency key; with `never`, correct the cause first and send it as a new message.',
  },
  delivery_unknown: {
    status: 500,
    retry: 'check',
    happened:
      'The call to the provider left and no usable answer came: the message may have been delivered.',
    remedy:
      'Ask `GET /messages/{message_id}` before sending again; a receipt from the provider may settle it.',
  },
  internal_error: {
    status: 500,
    retry: 'check',
    happened: 'Something is wrong in this function. The details are in its log.',
    remedy:
      'Search the log for the `request_id`, and check whether the message was sent before sending again.',
  },
  ai_unavailable: {
    status: 502,
    retry: 'safe',
    happened:
      "The agent's model could not be reached, was too slow, declined, used its tokens up by thinking, or wrote nothing that a contact can be sent. Nothing was sent.",
    remedy:
      'With retry `safe`, send the same request with the same idempotency key. With `never`, the same request would fail again: correct what the message names (the connection, the model, the instructions), and send it as a new message.',
  },
  too_busy: {
    status: 503,
    retry: 'safe',
    happened:
      'Too much is being sent here at the same time, and this was not all here yet. Nothing came of this request.',
    remedy: 'Wait as long as `Retry-After` says and send the same request again.',
  },
  database_unavailable: {
    status: 503,
    retry: 'safe',
    happened: 'The database could not be reached in time. This request has sent nothing.',
    remedy:
      'With retry `safe`, send the same request with the same idempotency key in a few seconds. With `check`, the message may be stored and still be sent: ask `GET /messages/{message_id}` first, and send again if it is not there.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);

export type Issue = { readonly path: string; readonly message: string };

/** A provider's words about a message that it refused, redacted so that the caller may see them. */
type ProviderError = {
  readonly name: string;
  readonly code: string | null;
  readonly message: string | null;
  readonly reason: string;
};

export type ErrorDetails = {
  /** Replaces the table's sentence: it says what happened and what to do. */
  readonly message?: string;
  /** Replaces the table's word. */
  readonly retry?: Retry;
  readonly issues?: readonly Issue[];
  /** The id on the wire (`msg_…`), if a row was stored. */
  readonly messageId?: string;
  readonly provider?: ProviderError;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Only with method_not_allowed. */
  readonly allow?: readonly string[];
  /** Only with database_unavailable, and for our own use: the database may have done the work. */
  readonly uncertain?: boolean;
  readonly cause?: unknown;
};

/** The only error that is answered with a code other than `internal_error`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: (typeof errorTable)[ErrorCode]['status'];
  readonly retry: Retry;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const entry = errorTable[code];
    super(details.message ?? `${entry.happened} ${entry.remedy}`, { cause: details.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = entry.status;
    this.retry = details.retry ?? entry.retry;
    this.details = details;
  }
}
