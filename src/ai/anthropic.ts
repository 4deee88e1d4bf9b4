import * as z from 'zod';
import type { AiProvider, ComposeRequest, CompositionFailure } from '../ports/ai.ts';
import { type AnswerFormat, callModel, type ModelCall, type ModelError } from './call-model.ts';
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

const ownBaseUrl = 'https://api.anthropic.com';

/** Anthropic's own servers know the version of 2026. Others that speak its format may know only the first version. */
export const anthropicVersion = (baseUrl: string) =>
  new URL(baseUrl).host === new URL(ownBaseUrl).host ? '2026-10-21' : '2023-06-01';

const quotaCodes = new Set([
  'billing_error',
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
  'user_profile_not_billable',
]);

const answerBody = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional().catch(undefined) })),
  stop_reason: z.string().nullish().catch(null),
  usage: z.object({ input_tokens: tokenCount, output_tokens: tokenCount }).nullish().catch(null),
});

const word = z.string().nullish().catch(null);
const errorBody = z.object({
  error: z.object({
    type: word,
    message: z.string().catch(''),
    details: z.object({ error_code: z.string() }).nullish().catch(null),
  }),
});

const noError: ModelError = { code: null, words: [], reason: null };

const findError = (body: unknown): ModelError | null => {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return null;
  const { type, message, details } = parsed.data.error;
  const words = [details?.error_code, type].filter((each) => typeof each === 'string');
  return { code: words[0] ?? null, words, reason: reasonOf(words, message) };
};

const format = {
  readResponse: (body) => {
    const parsed = answerBody.safeParse(body);
    if (!parsed.success) return null;
    const { content, stop_reason: stopped, usage } = parsed.data;
    return {
      text: content.map(({ type, text }) => (type === 'text' ? text : '')).join(''),
      usage: usage ? { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens } : null,
      stopped: stopped ?? null,
      // A whole response always says why it ended: platform.claude.com/docs/en/api/messages
      ending: toEnding(stopped ?? ''),
    };
  },
  findError,
  readError: (body) => findError(body) ?? noError,
} satisfies AnswerFormat;

// Two causes come as a plain invalid_request_error; only their words tell them apart.
const reasonOf = (words: readonly string[], message: string): CompositionFailure | null => {
  if (words.some((each) => quotaCodes.has(each))) return 'quota_exceeded';
  if (!words.includes('invalid_request_error')) return null;
  if (/credit balance is too low/i.test(message)) return 'quota_exceeded';
  return /content filtering policy/i.test(message) ? 'declined' : null;
};

/** Anthropic's Messages: `POST {baseUrl}/v1/messages`. */
export const createAnthropic = (settings: AiSettings) => {
  const credentials = modelCredentials(settings, ownBaseUrl);
  return {
    name: 'anthropic',
    credentials,
    compose: async (opened, request, io) => {
      const parsed = credentials.safeParse(opened);
      return parsed.success
        ? callModel(toCall(parsed.data, request), format, io)
        : credentialsDoNotFit(parsed.error);
    },
  } satisfies AiProvider;
};

const toCall = ({ apiKey, baseUrl }: ModelCredentials, request: ComposeRequest): ModelCall => {
  const { system, turns } = toPrompt(request);
  const maxTokens = maxOutputTokens(request);
  return {
    url: endpoint(baseUrl, '/v1/messages'),
    headers: { 'x-api-key': apiKey, 'anthropic-version': anthropicVersion(baseUrl) },
    body: {
      model: request.model,
      max_tokens: maxTokens,
      system,
      messages: turns.map(({ role, text }) => ({ role, content: text })),
    },
    maxTokens,
  };
};
