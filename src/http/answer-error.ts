import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AppError } from '../errors.ts';
import { redact } from '../lib/redact.ts';
import type { HttpEnvironment } from './environment.ts';

/** What the log tells of an error: names and places, and words only where they are ours or redacted. */
const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? '' : ` caused by ${describe(error.cause)}`;
  return `${error.name}: ${redact(error.message)} ${frames.slice(0, 4).join(' ').trim()}${cause}`;
};

const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException && error.status === 400) {
    return new AppError('invalid_request', {
      message: 'The body is not JSON: send one JSON object.',
      issues: [{ path: '', message: 'must be a JSON object' }],
      cause: error,
    });
  }
  return new AppError('internal_error', { cause: error });
};

/** Answers with the error of the contract, whatever was thrown. */
export const answerError = (
  thrown: unknown,
  c: Context<HttpEnvironment>,
  publicUrl: string,
): Response => {
  const error = toAppError(thrown);
  const { issues, messageId, provider, retryAfter, allow } = error.details;
  if (retryAfter !== undefined) c.header('Retry-After', String(Math.max(1, retryAfter)));
  if (allow !== undefined) c.header('Allow', allow.join(', '));
  c.var.trace.note({
    error: error.code,
    ...(messageId === undefined ? {} : { message_id: messageId }),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  });
  return c.json(
    {
      error: {
        code: error.code,
        message: error.message,
        retry: error.retry,
        request_id: c.var.requestId,
        doc_url: `${publicUrl}/errors/${error.code}`,
        issues,
        message_id: messageId,
        provider,
      },
    },
    error.status,
  );
};
