import type { Context, MiddlewareHandler } from 'hono';
import type * as z from 'zod';
import { AppError, type Issue } from '../errors.ts';
import type { HttpEnvironment } from './environment.ts';
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

/** Only JSON in UTF-8, as far as the caller says: checked before anything is read. */
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

/** Before anything is read. */
export const limitBody: MiddlewareHandler = async (c, next) => {
  refuseLongBody(c, largestBody);
  await next();
};

// RFC 8259, 8.1: JSON between systems is UTF-8. The runtime's own way puts U+FFFD for all else, and that would be sent. A
// byte order mark is skipped, as the RFC allows.
const utf8 = new TextDecoder('utf-8', { fatal: true });

const decode = (bytes: Uint8Array<ArrayBuffer>): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return reject([{ path: '', message: notUtf8 }]);
  }
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_request', {
      message: 'The body is not JSON: send one JSON object.',
      issues: [{ path: '', message: 'must be a JSON object' }],
      cause,
    });
  }
};

type Part = 'json' | 'header';

const validate =
  <Name extends Part, Schema extends z.ZodType<object>>(
    part: Name,
    schema: Schema,
    read: (c: Context) => unknown,
  ): MiddlewareHandler<
    HttpEnvironment,
    string,
    { in: { [name in Name]: z.input<Schema> }; out: { [name in Name]: z.output<Schema> } }
  > =>
  async (c, next) => {
    const parsed = schema.safeParse(await read(c));
    if (!parsed.success) return reject(toIssues(parsed.error));
    c.req.addValidatedData(part, parsed.data);
    await next();
  };

export const validateJson = <Schema extends z.ZodType<object>>(schema: Schema) =>
  validate('json', schema, async (c) => parseJson(decode(await readBody(c, largestBody))));

export const validateHeaders = <Schema extends z.ZodType<object>>(schema: Schema) =>
  validate('header', schema, (c) => c.req.header());
