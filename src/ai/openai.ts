import * as z from 'zod';
import type { AiProvider, ComposeOutcome, ComposeRequest } from '../ports/ai.ts';
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
import { findError, readError } from './openai-error.ts';
import { maxOutputTokens, toPrompt } from './prompt.ts';
import { tokenCount } from './token-count.ts';

const ownBaseUrl = 'https://api.openai.com/v1';

const part = z.object({ type: z.string(), text: z.string().optional().catch(undefined) });
const answerBody = z.object({
  choices: z.tuple(
    [
      z.object({
        // An unknown word ends no message.
        finish_reason: z.string().nullish().catch('none'),
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

const format = {
  readResponse: (body) => {
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
      // Ollama and others give no word for the end of a whole response. A server that breaks off says so, or closes the
      // connection.
      ending: isRefusal(message) ? 'declined' : toEnding(stopped || 'stop'),
    };
  },
  findError,
  readError,
} satisfies AnswerFormat;

type Message = z.infer<typeof answerBody>['choices'][0]['message'];

const isRefusal = ({ refusal, content }: Message) =>
  Boolean(refusal) || (Array.isArray(content) && content.some(({ type }) => type === 'refusal'));

const textOf = (content: Message['content']) =>
  typeof content === 'string'
    ? content
    : (content ?? [])
        .map(({ type, text }) => (type === 'text' || type === 'output_text' ? text : ''))
        .join('');

// How many pairs of address and model are remembered, for all sub-accounts together.
const mostLearnt = 1_000;

/** Chat Completions, of OpenAI and of every server that speaks it: `POST {baseUrl}/chat/completions`. */
export const createOpenAi = (settings: AiSettings) => {
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
        // Changes each word once, so a server that refuses both spellings is not asked forever.
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
};

const isMisconfigured = (outcome: ComposeOutcome) =>
  outcome.type === 'not_composed' && outcome.reason === 'misconfigured';

/** A word that was changed is neither changed back nor changed again. */
const isNew = (before: ChatDialect, now: ChatDialect, other: ChatDialect) =>
  (['limitField', 'systemRole'] as const).every(
    (field) => other[field] === now[field] || now[field] === before[field],
  );

const toCall = (
  { apiKey, baseUrl }: ModelCredentials,
  request: ComposeRequest,
  { limitField, systemRole }: ChatDialect,
): ModelCall => {
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
};
