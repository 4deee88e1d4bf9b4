import * as z from 'zod';
import type { AiProvider, ComposeRequest } from '../ports/ai.ts';
import { type AnswerFormat, callModel, type ModelCall } from './call-model.ts';
import {
  type AiSettings,
  credentialsDoNotFit,
  endpoint,
  type ModelCredentials,
  modelCredentials,
} from './credentials.ts';
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
const vendorError = z.object({ type: word, code: word });
// Some compatible servers leave the envelope out.
const errorBody = z.union([
  z.object({ error: vendorError }).transform(({ error }) => error),
  vendorError,
]);

const format = {
  readAnswer: (body) => {
    const parsed = answerBody.safeParse(body);
    if (!parsed.success) return null;
    const { choices, usage } = parsed.data;
    const { message, finish_reason: stopped } = choices[0];
    return {
      text: withoutThoughts(textOf(message.content)),
      usage: usage
        ? { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens }
        : null,
      stopped: stopped ?? null,
      declined: Boolean(message.refusal) || stopped === 'content_filter',
      cutOff: stopped === 'length',
    };
  },
  readError: (body) => {
    const parsed = errorBody.safeParse(body);
    const { code, type } = parsed.success ? parsed.data : {};
    const words = [code, type].filter((each) => typeof each === 'string');
    return { code: words[0] ?? null, reason: reasonOf(words) };
  },
} satisfies AnswerFormat;

function reasonOf(words: readonly string[]) {
  if (words.some((each) => quotaCodes.has(each))) return 'quota_exceeded';
  return words.some((each) => declinedCodes.has(each)) ? 'declined' : null;
}

const textOf = (content: z.infer<typeof answerBody>['choices'][0]['message']['content']) =>
  typeof content === 'string'
    ? content
    : (content ?? []).map(({ type, text }) => (type === 'text' ? text : '')).join('');

// Open models behind a server without a reasoning parser think aloud before they answer.
const withoutThoughts = (text: string) => text.replace(/^\s*<think>[\s\S]*?(<\/think>|$)/, '');

/** Chat Completions, of OpenAI and of every server that speaks it: `POST {baseUrl}/chat/completions`. */
export function createOpenAi(settings: AiSettings) {
  const credentials = modelCredentials(settings, ownBaseUrl);
  return {
    name: 'openai',
    credentials,
    compose: async (opened, request, io) => {
      const parsed = credentials.safeParse(opened);
      return parsed.success
        ? callModel(toCall(parsed.data, request), format, io)
        : credentialsDoNotFit(parsed.error);
    },
  } satisfies AiProvider;
}

function toCall({ apiKey, baseUrl }: ModelCredentials, request: ComposeRequest): ModelCall {
  const { system, turns } = toPrompt(request);
  const url = endpoint(baseUrl, '/chat/completions');
  // OpenAI deprecates max_tokens and its reasoning models reject it; other servers know nothing else.
  const isOpenAi = new URL(url).host === new URL(ownBaseUrl).host;
  return {
    url,
    headers: { authorization: `Bearer ${apiKey}` },
    body: {
      model: request.model,
      messages: [
        { role: 'system', content: system },
        ...turns.map(({ role, text }) => ({ role, content: text })),
      ],
      [isOpenAi ? 'max_completion_tokens' : 'max_tokens']: maxOutputTokens(request.limit),
    },
  };
}
