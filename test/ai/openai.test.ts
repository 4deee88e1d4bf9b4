import { LLMock } from '@copilotkit/aimock';
import { describe, expect, it } from 'vitest';
import { createAiProviders } from '../../src/ai/index.ts';
import { createOpenAi } from '../../src/ai/openai.ts';
import type { ComposeRequest, CompositionFailure } from '../../src/ports/ai.ts';
import { itComposesAsThePortPromises } from './conformance.ts';
import { recorded } from './recorded.ts';
import { request } from './subject.ts';

const provider = createOpenAi({ allowPrivateBaseUrls: false });
const local = createOpenAi({ allowPrivateBaseUrls: true });
const credentials = { apiKey: 'sk-test-key' };

const completion = (message: unknown, finish = 'stop') => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'a-model',
  choices: [{ index: 0, message, finish_reason: finish, logprobs: null }],
  usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
});
const says = (content: unknown, finish?: string) =>
  completion({ role: 'assistant', content, refusal: null }, finish);
const error = (code: string | number | null, type: string | null = null, message = 'words') => ({
  error: { message, type, param: null, code },
});

const within200 = (reason: CompositionFailure, body: unknown) =>
  [reason, { status: 200, body }] as const;
const errorsWithin200 = {
  'a status 400 within a 200': within200('misconfigured', error(400)),
  'a status 401 within a 200': within200('misconfigured', error(401)),
  'a status 402 within a 200': within200('quota_exceeded', error(402)),
  'a status 429 within a 200': within200('overloaded', error(429)),
  'a status 502 within a 200': within200('unreachable', error(502)),
  'a status in quotes within a 200': within200('overloaded', error('503')),
  'a quota within a 200': within200('quota_exceeded', error('insufficient_quota')),
  'a rate within a 200': within200('overloaded', error('rate_limit_exceeded')),
  'a key within a 200': within200('misconfigured', error('invalid_api_key')),
  'a word that nobody knows within a 200': within200('unreachable', error('upstream_fell_over')),
  'words alone within a 200': within200('unreachable', { error: 'Something went wrong.' }),
  'a list of errors within a 200': within200('overloaded', [error(429)]),
  'an error without an envelope within a 200': within200('overloaded', {
    object: 'error',
    message: 'words',
    type: 'rate_limited',
    code: '1300',
  }),
};

itComposesAsThePortPromises({
  provider,
  credentials,
  url: 'https://api.openai.com/v1/chat/completions',
  success: (text) => says(text),
  error: (words) => ({ error: { message: words, type: words, param: words, code: words } }),
  failures: {
    'quota by type': ['quota_exceeded', { status: 429, body: error(null, 'insufficient_quota') }],
    'quota by code': ['quota_exceeded', { status: 429, body: error('insufficient_quota') }],
    'credit used up': ['quota_exceeded', { status: 429, body: error('credit_balance_exhausted') }],
    'project limit': [
      'quota_exceeded',
      { status: 429, body: error('project_spend_limit_exceeded', 'insufficient_quota') },
    ],
    'rate limit': ['overloaded', { status: 429, body: error('rate_limit_exceeded', 'tokens') }],
    'server overloaded': ['overloaded', { status: 503, body: error('server_is_overloaded') }],
    'slow down': ['overloaded', { status: 503, body: error('slow_down') }],
    'no such model': ['misconfigured', { status: 404, body: error('model_not_found') }],
    'prompt flagged': [
      'declined',
      { status: 400, body: error('invalid_prompt', 'invalid_request_error') },
    ],
    'content filter as 400': ['declined', { status: 400, body: error('content_filter') }],
    'content filter as a stop': ['declined', { status: 200, body: says('Hal', 'content_filter') }],
    refusal: [
      'declined',
      {
        status: 200,
        body: completion({ role: 'assistant', content: null, refusal: 'I cannot.' }),
      },
    ],
    'a refusal among the parts': [
      'declined',
      {
        status: 200,
        body: says([
          { type: 'text', text: 'Well.' },
          { type: 'refusal', refusal: 'I cannot.' },
        ]),
      },
    ],
    'null content': ['empty', { status: 200, body: says(null) }],
    'no content at all': ['empty', { status: 200, body: completion({ role: 'assistant' }) }],
    'only a tool call': ['unfinished', { status: 200, body: says(null, 'tool_calls') }],
    'text beside a tool call': [
      'unfinished',
      { status: 200, body: says('Let me see.', 'tool_calls') },
    ],
    'a word for the end that nobody knows': [
      'unfinished',
      { status: 200, body: says('Hi', 'abort') },
    ],
    'all tokens spent on thinking': ['thought_too_long', { status: 200, body: says('', 'length') }],
    'thoughts that never end': [
      'thought_too_long',
      { status: 200, body: says('<think>well', 'length') },
    ],
    'thoughts without an opening tag that never end': [
      'thought_too_long',
      { status: 200, body: says('She owes us. '.repeat(300), 'length') },
    ],
    'an end that is no word': [
      'unfinished',
      { status: 200, body: { choices: [{ finish_reason: 7, message: { content: 'Hi' } }] } },
    ],
    'thoughts alone': ['empty', { status: 200, body: says('<think>well</think>') }],
    'a token of the chat template': [
      'control_markup',
      { status: 200, body: says('Hi <|tool|> x') },
    ],
    'a break in the middle of the text': [
      'unreachable',
      {
        status: 200,
        body: { choices: [{ finish_reason: 'error', message: { content: 'Hi Jane, your app' } }] },
      },
    ],
    'too few resources in the middle': [
      'overloaded',
      { status: 200, body: says('Hi J', 'insufficient_system_resource') },
    ],
    'an error beside the text': [
      'overloaded',
      { status: 200, body: { ...says('Hi Jane'), error: { code: 429, message: 'words' } } },
    ],
    'an error of the choice': [
      'unreachable',
      {
        status: 200,
        body: {
          choices: [
            {
              finish_reason: 'stop',
              error: { code: 502, message: 'words' },
              message: { content: 'Hi' },
            },
          ],
        },
      },
    ],
    ...errorsWithin200,
    'a budget of requests under way': [
      'overloaded',
      {
        status: 402,
        body: { error: { code: 402, metadata: { limit_source: 'openrouter_in_flight_budget' } } },
      },
    ],
    'a text that moderation stopped': [
      'declined',
      { status: 403, body: { error: { code: 403, metadata: { reasons: ['harassment'] } } } },
    ],
    'a lack of capacity': ['overloaded', { status: 498, body: {} }],
    'a daily allocation': [
      'quota_exceeded',
      { status: 429, body: { success: false, errors: [{ code: 3036, message: 'words' }] } },
    ],
    'an error of another server': [
      'misconfigured',
      { status: 422, body: { detail: [{ loc: ['body'], msg: 'no', type: 'missing' }] } },
    ],
  },
  wrongShapes: {
    'no choices': { id: '1' },
    'an empty list of choices': { choices: [] },
    'a choice without a message': { choices: [{ text: 'Hi' }] },
    'content that is a number': says(1),
    'the other wire format': { type: 'message', content: [{ type: 'text', text: 'Hi' }] },
  },
});

const composeWith = async (body: unknown, asked: ComposeRequest = request, opened = credentials) =>
  recorded(provider, opened, asked, body);

describe('openai', () => {
  it('sends system, turns and a bounded number of tokens, with the key as bearer', async () => {
    const { sent, headers } = await composeWith(says('Hi'));
    expect(headers.authorization).toBe('Bearer sk-test-key');
    expect(sent).toMatchObject({ model: 'a-model', max_completion_tokens: 2848 });
    expect(sent).not.toHaveProperty('max_tokens');
    expect(sent).toHaveProperty(
      'messages',
      ['system', 'user', 'assistant', 'user'].map((role) => expect.objectContaining({ role })),
    );
  });

  it('says max_tokens to every other server, behind the path of its base URL', async () => {
    const compatible = { ...credentials, baseUrl: 'https://models.example/api/v1/?version=2' };
    const { sent, url } = await composeWith(says('Hi'), request, compatible);
    expect(url).toBe('https://models.example/api/v1/chat/completions?version=2');
    expect(sent).toMatchObject({ max_tokens: 2848 });
    expect(sent).not.toHaveProperty('max_completion_tokens');
  });

  it('joins the text of content in parts and leaves out the other parts', async () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'Hello ' },
      { type: 'text', text: 'Jane' },
    ];
    expect((await composeWith(says(parts))).outcome).toMatchObject({ text: 'Hello Jane' });
  });

  it('leaves out what a model without a reasoning parser thinks aloud', async () => {
    const { outcome } = await composeWith(says('<think>\nShe asks…\n</think>\n\nHello'));
    expect(outcome).toMatchObject({ text: 'Hello' });
  });

  it('ends at a sentence when the tokens ran out', async () => {
    const { outcome } = await composeWith(says('We open at nine. You can come wh', 'length'));
    expect(outcome).toMatchObject({ type: 'composed', text: 'We open at nine.' });
  });

  it('counts no tokens where the server does not, and keeps the text', async () => {
    for (const usage of [undefined, null, {}, { prompt_tokens: -1, completion_tokens: 'x' }, 7]) {
      const { outcome } = await composeWith({ ...says('Hi'), usage });
      expect(outcome).toMatchObject({ text: 'Hi', usage: { inputTokens: 0, outputTokens: 0 } });
    }
  });

  it("keeps the vendor's code and none of its words", async () => {
    const { outcome } = await composeWith(error('model_not_found', null, 'No x for you'), request);
    expect(outcome).toMatchObject({ reason: 'misconfigured', code: 'model_not_found' });
    expect(JSON.stringify(outcome)).not.toContain('for you');
  });

  it('composes against the real wire format, spoken by aimock', async () => {
    const mock = await LLMock.create({ port: 0 });
    mock.onMessage('Confirm the appointment', { content: 'See you on Monday, Jane.' });
    const io = { fetch, signal: AbortSignal.timeout(10_000) };
    const opened = { ...credentials, baseUrl: `${mock.url}/v1` };
    expect(await local.compose(opened, request, io)).toMatchObject({
      type: 'composed',
      text: 'See you on Monday, Jane.',
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
    });
    mock.nextRequestError(429, { message: 'no', type: 'insufficient_quota' });
    expect(await local.compose(opened, request, io)).toMatchObject({ reason: 'quota_exceeded' });
    await mock.stop();
  });
});

describe('createAiProviders', () => {
  it('holds every provider under its own name', () => {
    const providers = createAiProviders({ allowPrivateBaseUrls: false });
    expect(Object.entries(providers).map(([name, one]) => [name, one.name])).toEqual([
      ['openai', 'openai'],
      ['anthropic', 'anthropic'],
    ]);
  });

  it.each(['http://127.0.0.1:4010/v1', 'https://10.0.0.1', 'http://localhost:1'])(
    'lets %s pass only where private base URLs are allowed',
    (baseUrl) => {
      for (const allowed of [true, false]) {
        for (const one of Object.values(createAiProviders({ allowPrivateBaseUrls: allowed }))) {
          expect(one.credentials.safeParse({ apiKey: 'k', baseUrl }).success).toBe(allowed);
        }
      }
    },
  );
});
