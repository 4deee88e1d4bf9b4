import { zValidator } from '@hono/zod-validator';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type * as z from 'zod';
import { AppError, type Issue } from '../errors.ts';

/** Bytes. */
const largestBody = 256 * 1024;

const describeIssues = (issues: readonly Issue[]): string =>
  issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ');

const reject = (issues: readonly Issue[]): never => {
  throw new AppError('invalid_request', {
    message: `The request is not valid: ${describeIssues(issues)}.`,
    issues,
  });
};

const toIssues = (error: z.core.$ZodError): Issue[] =>
  error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));

/** Only JSON, and not too much of it: checked before anything is read. */
export const requireJson: MiddlewareHandler = async (c, next) => {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    reject([{ path: 'Content-Type', message: 'must be application/json' }]);
  }
  await next();
};

/** Where the length is known, the body is left alone: to look at it makes a stream of it, which costs. */
export const limitBodyTo = (largest: number): MiddlewareHandler => {
  const refuse = () => {
    const message = `The body is larger than ${largest / 1024} KiB. Send a smaller body.`;
    throw new AppError('payload_too_large', { message });
  };
  const limitStream = bodyLimit({ maxSize: largest, onError: refuse });
  return (c, next) => {
    const length = c.req.header('content-length');
    if (length === undefined || c.req.header('transfer-encoding')) return limitStream(c, next);
    return Number(length) > largest ? refuse() : next();
  };
};

export const limitBody = limitBodyTo(largestBody);

export const validateJson = <Schema extends z.ZodType>(schema: Schema) =>
  zValidator('json', schema, (result) => {
    if (!result.success) reject(toIssues(result.error));
  });

export const validateHeaders = <Schema extends z.ZodType>(schema: Schema) =>
  zValidator('header', schema, (result) => {
    if (!result.success) reject(toIssues(result.error));
  });
