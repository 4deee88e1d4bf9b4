import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AppError } from '../errors.ts';
import { describeError } from '../lib/describe-error.ts';
import type { HttpEnvironment } from './environment.ts';
import { respondJson } from './trace-request.ts';

const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error;
  // Hono's validator throws it for a body that is not JSON.
  if (error instanceof HTTPException && error.status === 400) {
    return new AppError('invalid_request', {
      message: 'The body is not JSON: send one JSON object.',
      issues: [{ path: '', message: 'must be a JSON object' }],
      cause: error,
    });
  }
  return new AppError('internal_error', { cause: error });
};

/** Turns anything that was thrown into an error response of the contract. */
export const toErrorResponse = (
  thrown: unknown,
  c: Context<HttpEnvironment>,
  publicUrl: string,
): Response => {
  const error = toAppError(thrown);
  const { issues, messageId, provider, retryAfter, allow } = error.details;
  c.get('trace').note({
    error: error.code,
    ...(messageId === undefined ? {} : { message_id: messageId }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  });
  return respondJson(
    c,
    {
      error: {
        code: error.code,
        message: error.message,
        retry: error.retry,
        request_id: c.get('requestId'),
        doc_url: `${publicUrl}/errors/${error.code}`,
        issues,
        message_id: messageId,
        provider,
      },
      // The sentence a second time, for clients that look for it here.
      message: error.message,
    },
    error.status,
    {
      ...(retryAfter !== undefined && { 'Retry-After': String(Math.max(1, retryAfter)) }),
      ...(allow !== undefined && { Allow: allow.join(', ') }),
    },
  );
};
