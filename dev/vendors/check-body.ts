import type { z } from 'zod';

/** A problem with a request's fields, before the vendor's own words for it. */
export type FieldProblem = {
  readonly kind: 'missing' | 'unknown' | 'wrong';
  /** Dotted. */
  readonly field: string;
  readonly message: string;
};

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: FieldProblem };

const isMissing = (body: unknown, path: readonly PropertyKey[]): boolean => {
  const [key, ...rest] = path;
  if (key === undefined) return body === undefined;
  if (typeof body !== 'object' || body === null) return true;
  return isMissing(Reflect.get(body, key), rest);
};

const toProblem = (issue: z.core.$ZodIssue, body: unknown): FieldProblem => {
  if (issue.code === 'unrecognized_keys') {
    const field = [...issue.path, issue.keys[0] ?? ''].join('.');
    return { kind: 'unknown', field, message: `Unexpected key "${field}"` };
  }
  const field = issue.path.join('.');
  const kind = isMissing(body, issue.path) ? 'missing' : 'wrong';
  return { kind, field, message: issue.message };
};

/** Checks a parsed body. Like the vendors, it reports only the first problem. */
export const checkBody = <T>(schema: z.ZodType<T>, body: unknown): Checked<T> => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  if (!issue) throw new Error('Expected zod to say what is wrong.');
  return { ok: false, problem: toProblem(issue, body) };
};

export const isJsonRequest = (contentType: string | undefined): boolean =>
  contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';
