import { zValidator } from '@hono/zod-validator';
import type { MiddlewareHandler } from 'hono';
import type * as z from 'zod';
import { AppError, type Issue } from '../errors.ts';
import { readBody, refuseLongBody } from './read-body.ts';

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

const notUtf8 = 'the body is not UTF-8 (send charset=utf-8)';

// ASCII is UTF-8 too.
const readable = /^(?:|utf-?8|us-ascii|ascii)$/;

const charsetOf = (parameters: readonly string[]): string | null => {
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith('charset='));
  return charset?.slice('charset='.length).replaceAll('"', '').trim() ?? null;
};

/** Lets only JSON in UTF-8 pass, as the headers say. Checked before the body is read. */
export const requireJson: MiddlewareHandler = async (c, next) => {
  const [type, ...parameters] = (c.req.header('content-type') ?? '').toLowerCase().split(';');
  if (type?.trim() !== 'application/json') {
    reject([{ path: 'Content-Type', message: 'must be application/json' }]);
  }
  const charset = charsetOf(parameters);
  if (charset !== null && !readable.test(charset)) {
    reject([{ path: 'Content-Type', message: `must not name another charset: ${notUtf8}` }]);
  }
  await next();
};

/** Runs before the body is read. */
export const limitBody: MiddlewareHandler = async (c, next) => {
  refuseLongBody(c, largestBody);
  await next();
};

// RFC 8259, 8.1: JSON between systems is UTF-8. The runtime's own decoder would put U+FFFD for all other bytes, and
// that would be sent. A byte order mark is skipped, as the RFC allows.
const utf8 = new TextDecoder('utf-8', { fatal: true });

const decode = (bytes: Uint8Array<ArrayBuffer>): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return reject([{ path: '', message: notUtf8 }]);
  }
};

/** Reads and decodes the body once, and puts the text into Hono's cache, where `validateJson` finds it. */
export const decodeBody: MiddlewareHandler = async (c, next) => {
  const text = decode(await readBody(c, largestBody));
  // Hono keeps promises there, although its type says otherwise.
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
  await next();
};

export const validateJson = <Schema extends z.ZodType>(schema: Schema) =>
  zValidator('json', schema, (result) => {
    if (!result.success) reject(toIssues(result.error));
  });

export const validateHeaders = <Schema extends z.ZodType>(schema: Schema) =>
  zValidator('header', schema, (result) => {
    if (!result.success) reject(toIssues(result.error));
  });
