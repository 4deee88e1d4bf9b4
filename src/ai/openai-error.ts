import * as z from 'zod';
import type { CompositionFailure } from '../ports/ai.ts';
import type { ModelError } from './call-model.ts';

// developers.openai.com/docs/guides/error-codes
const quotaCodes = new Set([
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'billing_hard_limit_reached',
  'billing_not_active',
  // Cloudflare's daily allocation.
  '3036',
]);
// OpenAI's own; the first is also Azure's.
const declinedCodes = new Set(['content_filter', 'content_policy_violation', 'invalid_prompt']);

const word = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null);
const vendorError = z.object({
  type: word,
  code: word,
  // OpenRouter's: which limit was met, and why a text was refused.
  metadata: z
    .object({ limit_source: word, reasons: z.array(z.unknown()).optional().catch(undefined) })
    .nullish()
    .catch(null),
});
const enveloped = z.union([
  z.object({ error: vendorError }).transform(({ error }) => error),
  // xAI's: only words, with or without a code beside them.
  z.object({ error: z.string().min(1) }).and(vendorError),
]);
const errorBody = z.union([
  enveloped,
  // Google's, and Cloudflare's.
  z.tuple([enveloped], z.unknown()).transform(([first]) => first),
  z.object({ errors: z.tuple([vendorError], z.unknown()) }).transform(({ errors }) => errors[0]),
  // Mistral's and old vLLM's.
  z.object({ object: z.literal('error') }).and(vendorError),
  // From a server that broke off after it had begun.
  z.object({ choices: z.tuple([enveloped], z.unknown()) }).transform(({ choices }) => choices[0]),
]);

const toModelError = ({ code, type, metadata }: Partial<z.infer<typeof vendorError>>) => {
  const words = [code, type].filter((each) => typeof each === 'string');
  return { code: words[0] ?? null, words, reason: reasonOf(words, metadata ?? {}) };
};

/** Finds the error in a body, in the shapes of the servers that speak Chat Completions. */
export const findError = (body: unknown): ModelError | null => {
  const parsed = errorBody.safeParse(body);
  return parsed.success ? toModelError(parsed.data) : null;
};

/** Reads a body with an error status: some servers leave out every envelope. */
export const readError = (body: unknown): ModelError =>
  findError(body) ?? toModelError(vendorError.safeParse(body).data ?? {});

type Metadata = NonNullable<Partial<z.infer<typeof vendorError>>['metadata']>;

const reasonOf = (
  words: readonly string[],
  { limit_source, reasons }: Partial<Metadata>,
): CompositionFailure | null => {
  if (words.some((each) => quotaCodes.has(each))) return 'quota_exceeded';
  if (limit_source?.includes('in_flight')) return 'overloaded';
  return reasons || words.some((each) => declinedCodes.has(each)) ? 'declined' : null;
};
