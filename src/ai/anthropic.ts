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

const ownBaseUrl = 'https://api.anthropic.com';
export const anthropicVersion = '2023-06-01';

const quotaCodes = new Set(['billing_error', 'enforced_spend_limit_reached']);
const cutOffReasons = new Set(['max_tokens', 'model_context_window_exceeded']);

const answerBody = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional().catch(undefined) })),
  stop_reason: z.string().nullish().catch(null),
  usage: z.object({ input_tokens: tokenCount, output_tokens: tokenCount }).nullish().catch(null),
});

const errorBody = z.object({
  error: z.object({
    type: z.string(),
    message: z.string().catch(''),
    details: z.object({ error_code: z.string() }).nullish().catch(null),
  }),
});

const format = {
  readAnswer: (body) => {
    const parsed = answerBody.safeParse(body);
    if (!parsed.success) return null;
    const { content, stop_reason: stopped, usage } = parsed.data;
    return {
      text: content.map(({ type, text }) => (type === 'text' ? text : '')).join(''),
      usage: usage ? { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens } : null,
      stopped: stopped ?? null,
      declined: stopped === 'refusal',
      cutOff: cutOffReasons.has(stopped ?? ''),
    };
  },
  readError: (body) => {
    const parsed = errorBody.safeParse(body);
    if (!parsed.success) return { code: null, reason: null };
    const { type, message, details } = parsed.data.error;
    const code = details?.error_code ?? type;
    return { code, reason: reasonOf(code, type, message) };
  },
} satisfies AnswerFormat;

// Two causes come as a plain invalid_request_error, told apart by their words alone.
function reasonOf(code: string, type: string, message: string) {
  if (quotaCodes.has(code) || quotaCodes.has(type)) return 'quota_exceeded';
  if (type !== 'invalid_request_error') return null;
  if (/credit balance is too low/i.test(message)) return 'quota_exceeded';
  return /content filtering policy/i.test(message) ? 'declined' : null;
}

/** Anthropic's Messages: `POST {baseUrl}/v1/messages`. */
export function createAnthropic(settings: AiSettings) {
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
}

function toCall({ apiKey, baseUrl }: ModelCredentials, request: ComposeRequest): ModelCall {
  const { system, turns } = toPrompt(request);
  return {
    url: endpoint(baseUrl, '/v1/messages'),
    headers: { 'x-api-key': apiKey, 'anthropic-version': anthropicVersion },
    body: {
      model: request.model,
      max_tokens: maxOutputTokens(request.limit),
      system,
      messages: turns.map(({ role, text }) => ({ role, content: text })),
    },
  };
}
