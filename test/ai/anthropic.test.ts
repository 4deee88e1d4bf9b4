import { LLMock } from '@copilotkit/aimock';
import { describe, expect, it } from 'vitest';
import { createAnthropic } from '../../src/ai/anthropic.ts';
import { itComposesAsThePortPromises } from './conformance.ts';
import { recorded } from './recorded.ts';
import { request } from './subject.ts';

const provider = createAnthropic({ allowPrivateBaseUrls: false });
const local = createAnthropic({ allowPrivateBaseUrls: true });
const credentials = { apiKey: 'sk-test-key' };

const message = (content: unknown, stop = 'end_turn') => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'a-model',
  content,
  stop_reason: stop,
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 5 },
});
const says = (text: string, stop?: string) => message([{ type: 'text', text }], stop);
const error = (type: string, words = 'words', details?: unknown) => ({
  type: 'error',
  error: { type, message: words, details },
  request_id: 'req_1',
});

itComposesAsThePortPromises({
  provider,
  credentials,
  url: 'https://api.anthropic.com/v1/messages',
  success: (text) => says(text),
  error: (words) => error(words, words, { error_code: words }),
  failures: {
    billing: ['quota_exceeded', { status: 402, body: error('billing_error') }],
    'billing under another status': [
      'quota_exceeded',
      { status: 403, body: error('billing_error') },
    ],
    'spend limit': [
      'quota_exceeded',
      {
        status: 429,
        body: error('rate_limit_error', 'words', { error_code: 'enforced_spend_limit_reached' }),
      },
    ],
    'no credit': [
      'quota_exceeded',
      {
        status: 400,
        body: error('invalid_request_error', 'Your credit balance is too low to access the API.'),
      },
    ],
    'rate limit': ['overloaded', { status: 429, body: error('rate_limit_error') }],
    overloaded: ['overloaded', { status: 529, body: error('overloaded_error') }],
    'bad key': ['misconfigured', { status: 401, body: error('authentication_error') }],
    'no such model': ['misconfigured', { status: 404, body: error('not_found_error') }],
    'bad request': ['misconfigured', { status: 400, body: error('invalid_request_error') }],
    'filtered output': [
      'declined',
      {
        status: 400,
        body: error('invalid_request_error', 'Output blocked by content filtering policy'),
      },
    ],
    refusal: ['declined', { status: 200, body: says('I will not', 'refusal') }],
    'a spend limit of a contract': [
      'quota_exceeded',
      {
        status: 429,
        body: error('rate_limit_error', 'words', { error_code: 'contract_spend_limit_reached' }),
      },
    ],
    'a ramp that is too steep': [
      'overloaded',
      {
        status: 429,
        body: error('rate_limit_error', 'words', { error_code: 'ramp_limit_exceeded' }),
      },
    ],
    'overload within a 200': ['overloaded', { status: 200, body: error('overloaded_error') }],
    'a key within a 200': ['misconfigured', { status: 200, body: error('authentication_error') }],
    'credit within a 200': ['quota_exceeded', { status: 200, body: error('billing_error') }],
    'a text beside a tool call': ['unfinished', { status: 200, body: says('Hm', 'tool_use') }],
    'a pause': ['unfinished', { status: 200, body: says('Hm', 'pause_turn') }],
    'no word for the end': [
      'unfinished',
      { status: 200, body: { ...says('Hm'), stop_reason: null } },
    ],
    'a token of the chat template': [
      'control_markup',
      { status: 200, body: says('Hi <|tool|> x') },
    ],
    'no blocks': ['empty', { status: 200, body: message([]) }],
    'only thinking': [
      'thought_too_long',
      { status: 200, body: message([{ type: 'thinking', thinking: 'hm' }], 'max_tokens') },
    ],
    'only a tool call': [
      'empty',
      { status: 200, body: message([{ type: 'tool_use', id: 't', name: 'n', input: {} }]) },
    ],
  },
  wrongShapes: {
    'no content': { type: 'message' },
    'content that is a string': message('Hi'),
    'content that is null': message(null),
    'a block that is a string': message(['Hi']),
    'the other wire format': { choices: [{ message: { content: 'Hi' } }] },
  },
});

describe('anthropic', () => {
  it('sends the system text apart, turns that begin with the user, and its version', async () => {
    const { sent, headers } = await recorded(provider, credentials, request, says('Hi'));
    expect(headers).toMatchObject({
      'x-api-key': 'sk-test-key',
      'anthropic-version': '2026-10-21',
    });
    expect(headers).not.toHaveProperty('authorization');
    for (const field of ['temperature', 'top_p', 'top_k']) expect(sent).not.toHaveProperty(field);
    expect(sent).toMatchObject({
      model: 'a-model',
      max_tokens: 2848,
      system: expect.stringContaining('Nora'),
      messages: ['user', 'assistant', 'user'].map((role) => expect.objectContaining({ role })),
    });
  });

  it('calls another server behind the path of its base URL', async () => {
    const compatible = { ...credentials, baseUrl: 'https://models.example/anthropic/' };
    const { url, headers } = await recorded(provider, compatible, request, says('Hi'));
    expect(headers).toMatchObject({ 'anthropic-version': '2023-06-01' });
    expect(url).toBe('https://models.example/anthropic/v1/messages');
  });

  it('joins the blocks of text and leaves out the others', async () => {
    const blocks = [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'other', text: 'hm' },
      { type: 'text', text: 'Hello ' },
      { type: 'text', text: 'Jane' },
    ];
    const { outcome } = await recorded(provider, credentials, request, message(blocks));
    expect(outcome).toMatchObject({ text: 'Hello Jane' });
  });

  it('ends at a sentence when the tokens ran out', async () => {
    const cutOff = says('We open at nine. You can come wh', 'max_tokens');
    const { outcome } = await recorded(provider, credentials, request, cutOff);
    expect(outcome).toMatchObject({ type: 'composed', text: 'We open at nine.' });
  });

  it('composes against the real wire format, spoken by aimock', async () => {
    const mock = await LLMock.create({ port: 0 });
    mock.onMessage('Confirm the appointment', { content: 'See you on Monday, Jane.' });
    const io = { fetch, signal: AbortSignal.timeout(10_000) };
    const opened = { ...credentials, baseUrl: mock.url };
    expect(await local.compose(opened, request, io)).toMatchObject({
      type: 'composed',
      text: 'See you on Monday, Jane.',
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
    });
    mock.nextRequestError(529, { message: 'no', type: 'overloaded_error' });
    expect(await local.compose(opened, request, io)).toMatchObject({ reason: 'overloaded' });
    await mock.stop();
  });
});
