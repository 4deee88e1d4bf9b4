import { z } from 'zod';

/** The outcome of a request to a double, from this process or over the control route. */
export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

export const readAsked = <T>(schema: z.ZodType<T>, body: unknown): Asked<T> => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problem: z.prettifyError(parsed.error) };
};

/** Throws the problem, for callers in this process. */
export const demand = <T>(asked: Asked<T>): T => {
  if (asked.ok) return asked.value;
  throw new Error(asked.problem);
};
