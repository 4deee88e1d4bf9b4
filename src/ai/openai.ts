import * as z from 'zod';
import type {
  AiProvider,
  ComposeOutcome,
  ComposeRequest,
  CompositionFailure,
} from '../ports/ai.ts';
import { type AnswerFormat, callModel, type ModelCall } from './call-model.ts';
import { type ChatDialect, otherDialect, usualDialect } from './chat-dialect.ts';
import {
  type AiSettings,
  credentialsDoNotFit,
  endpoint,
  type ModelCredentials,
  modelCredentials,
} from './credentials.ts';
import { toEnding } from './ending.ts';
import { maxOutputTokens, toPrompt } from './prompt.ts';
import { tokenCount } from './token-count.ts';

const ownBaseUrl = 'https://api.openai.com/v1';

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
// OpenAI's own and, for the first, Azure's.
const declinedCodes = new Set(['content_filter', 'content_policy_violation', 'invalid_prompt']);

const part = z.object({ type: z.string(), text: z.string().optional().catch(undefined) });
const answerBody = z.object({
  choices: z.tuple(
    [
      z.object({
        finish_reason: z.string().nullish().catch(null),
        message: z.object({
          content: z.union([z.string(), z.array(part)]).nullish(),
          refusal: z.string().nullish().catch(null),
        }),
      }),
    ],
    z.unknown(),
  ),
  usage: z
    .object({ prompt_tokens: tokenCount, completion_tokens: tokenCount })
    .nullish()
    .catch(null),
});

const word = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null);
const vendorError = z.object({
  type: word,
  code: word,
  // OpenRouter's: the limit that was met, and why a text was not let through.
  metadata: z
    .object({ limit_source: word, reasons: z.array(z.unknown()).optional().catch(undefined) })
    .nullish()
    .catch(null),
});
const enveloped = z.union([
  z.object({ error: vendorError }).transform(({ error }) => error),
  // xAI's: the words alone, with a code beside them or without.
  z.object({ error: z.string().min(1) }).and(vendorError),
]);
const errorBody = z.union([
  enveloped,
  // Google's, and Cloudflare's.
  z.tuple([enveloped], z.unknown()).transform(([first]) => first),
  z.object({ errors: z.tuple([vendorError], z.unknown()) }).transform(({ errors }) => errors[0]),
  // Mistral's, and that of old vLLM.
  z.object({ object: z.literal('error') }).and(vendorError),
  // Of a server that broke off after it had begun.
  z.object({ choices: z.tuple([enveloped], z.unknown()) }).transform(({ choices }) => choices[0]),
]);

const toModelError = ({ code, type, metadata }: Partial<z.infer<typeof vendorError>>) => {
  const words = [code, type].filter((each) => typeof each === 'string');
  return { code: words[0] ?? null, words, reason: reasonOf(words, metadata ?? {}) };
};

const findError = (body: unknown) => {
  const parsed = errorBody.safeParse(body);
  return parsed.success ? toModelError(parsed.data) : null;
};

const format = {
  readAnswer: (body) => {
    const parsed = answerBody.safeParse(body);
    if (!parsed.success) return null;
    const { choices, usage } = parsed.data;
    const { message, finish_reason: stopped } = choices[0];
    return {
      text: textOf(message.content),
      usage: usage
        ? { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens }
        : null,
      stopped: stopped || null,
      // Ollama and others end whole answers without a word: a server that breaks off says so, or closes the connection.
      ending: message.refusal ? 'declined' : toEnding(stopped || 'stop'),
    };
  },
  findError,
  readError: (body) => findError(body) ?? toModelError(vendorError.safeParse(body).data ?? {}),
} satisfies AnswerFormat;

type Metadata = NonNullable<Partial<z.infer<typeof vendorError>>['metadata']>;

function reasonOf(
  words: readonly string[],
  { limit_source, reasons }: Partial<Metadata>,
): CompositionFailure | null {
  if (words.some((each) => quotaCodes.has(each))) return 'quota_exceeded';
  if (limit_source?.includes('in_flight')) return 'overloaded';
  return reasons || words.some((each) => declinedCodes.has(each)) ? 'declined' : null;
}

const textOf = (content: z.infer<typeof answerBody>['choices'][0]['message']['content']) =>
  typeof content === 'string'
    ? content
    : (content ?? [])
        .map(({ type, text }) => (type === 'text' || type === 'output_text' ? text : ''))
        .join('');

// So many pairs of an address and a model, of all sub-accounts, are known at once.
const mostLearnt = 1_000;

/** Chat Completions, of OpenAI and of every server that speaks it: `POST {baseUrl}/chat/completions`. */
export function createOpenAi(settings: AiSettings) {
  const credentials = modelCredentials(settings, ownBaseUrl);
  const learnt = new Map<string, ChatDialect>();
  const learn = (key: string, dialect: ChatDialect) => {
    const [oldest] = learnt.keys();
    if (oldest !== undefined && learnt.size >= mostLearnt) learnt.delete(oldest);
    learnt.set(key, dialect);
  };
  return {
    name: 'openai',
    credentials,
    compose: async (opened, request, io) => {
      const parsed = credentials.safeParse(opened);
      if (!parsed.success) return credentialsDoNotFit(parsed.error);
      const { baseUrl } = parsed.data;
      const key = `${baseUrl} ${request.model}`;
      const before = learnt.get(key) ?? usualDialect(baseUrl);
      let dialect = before;
      const reword = (refusal: string) => {
        const other = otherDialect(dialect, refusal);
        // Each word once: who refuses both spellings is not asked for ever.
        if (other === null || !isNew(before, dialect, other)) return null;
        dialect = other;
        return toCall(parsed.data, request, dialect);
      };
      const call = toCall(parsed.data, request, dialect);
      const outcome = await callModel(call, { ...format, reword }, io);
      if (dialect !== before && !isMisconfigured(outcome)) learn(key, dialect);
      return outcome;
    },
  } satisfies AiProvider;
}

const isMisconfigured = (outcome: ComposeOutcome) =>
  outcome.type === 'not_composed' && outcome.reason === 'misconfigured';

/** Neither word of the other dialect goes back to how it was, nor changes twice. */
const isNew = (before: ChatDialect, now: ChatDialect, other: ChatDialect) =>
  (['limitField', 'systemRole'] as const).every(
    (field) => other[field] === now[field] || now[field] === before[field],
  );

function toCall(
  { apiKey, baseUrl }: ModelCredentials,
  request: ComposeRequest,
  { limitField, systemRole }: ChatDialect,
): ModelCall {
  const { system, turns } = toPrompt(request);
  const maxTokens = maxOutputTokens(request);
  const said = turns.map(({ role, text }) => ({ role, content: text }));
  const [first, ...rest] = said;
  const messages =
    systemRole === 'user' && first
      ? [{ ...first, content: `${system}\n\n${first.content}` }, ...rest]
      : [{ role: systemRole, content: system }, ...said];
  return {
    url: endpoint(baseUrl, '/chat/completions'),
    headers: { authorization: `Bearer ${apiKey}` },
    body: { model: request.model, messages, [limitField]: maxTokens },
    maxTokens,
  };
}
