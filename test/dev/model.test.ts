import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { type Model, modelReplies, replyAfter, startModel } from '../../dev/model.ts';

const instruction = 'Confirm the appointment on Thursday.';

const completionSchema = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
  usage: z.object({ prompt_tokens: z.int().positive(), completion_tokens: z.int().positive() }),
});
const messageSchema = z.object({
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  usage: z.object({ input_tokens: z.int().positive(), output_tokens: z.int().positive() }),
});

describe("the model's double", () => {
  let model: Model;
  beforeAll(async () => {
    model = await startModel();
  });
  beforeEach(() => model.reset());
  afterAll(() => model.stop());

  const post = (path: string, headers: Record<string, string>, body: object, init = {}) =>
    fetch(`${model.origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ messages: [{ role: 'user', content: instruction }], ...body }),
      ...init,
    });
  const askOpenai = (key: string = demoData.openai.apiKey, init = {}) =>
    post('/v1/chat/completions', { authorization: `Bearer ${key}` }, { model: 'gpt-5-mini' }, init);
  const askAnthropic = () => {
    const headers = { 'x-api-key': demoData.anthropic.apiKey, 'anthropic-version': '2023-06-01' };
    return post('/v1/messages', headers, { model: 'claude-sonnet-4-5', max_tokens: 100 });
  };

  const openaiText = async () =>
    completionSchema.parse(await (await askOpenai()).json()).choices[0].message.content;
  const anthropicText = async () =>
    messageSchema.parse(await (await askAnthropic()).json()).content[0].text;

  test.each([
    ['OpenAI', openaiText],
    ['Anthropic', anthropicText],
  ])('writes a reply of its own, always the same, in the format of %s', async (_name, ask) => {
    const text = await ask();
    expect(modelReplies).toContain(text);
    expect(await ask()).toBe(text);
    expect(model.calls()).toHaveLength(2);
  });

  test('refuses what the newest models of either vendor do not know', async () => {
    const openai = await post(
      '/v1/chat/completions',
      { authorization: `Bearer ${demoData.openai.apiKey}` },
      { model: 'gpt-5-mini', max_tokens: 100 },
    );
    expect(openai.status).toBe(400);
    expect(await openai.json()).toMatchObject({ error: { code: 'unsupported_parameter' } });
    const anthropic = await post(
      '/v1/messages',
      { 'x-api-key': demoData.anthropic.apiKey, 'anthropic-version': '2026-10-21' },
      { model: 'claude-sonnet-4-5', max_tokens: 100, temperature: 1 },
    );
    expect(anthropic.status).toBe(400);
    expect(await anthropic.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  test('says what it is told to, then goes back to its own words', async () => {
    model.next({ type: 'reply', text: 'A' }, { type: 'empty' });
    expect([await openaiText(), await openaiText()]).toEqual(['A', '']);
    expect(modelReplies).toContain(await openaiText());
  });

  test.each([
    ['OpenAI', () => askOpenai()],
    ['Anthropic', askAnthropic],
  ])('fails as it is told to, in the format of %s', async (_name, ask) => {
    model.next({ type: 'error', status: 429, errorType: 'rate_limit_error', retryAfter: 3 });
    const answer = await ask();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '3']);
    expect(await answer.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
  });

  test('stays as it is told to, behind what is queued, until null or a reset', async () => {
    const down = { type: 'error', status: 503 } as const;
    model.always(down);
    model.next({ type: 'reply', text: 'A' });
    expect(await openaiText()).toBe('A');
    expect([(await askOpenai()).status, (await askOpenai()).status]).toEqual([503, 503]);
    expect(model.standing()).toEqual(down);
    model.always(null);
    expect((await askOpenai()).status).toBe(200);
    model.always(down);
    model.reset();
    expect(model.standing()).toBeNull();
    expect((await askAnthropic()).status).toBe(200);
  });

  test('gives the usual replies after a while, where it is started so', async () => {
    const slow = await startModel({ answer: replyAfter(150) });
    const ask = (ms: number) =>
      fetch(`${slow.origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${demoData.openai.apiKey}` },
        body: JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi' }] }),
        signal: AbortSignal.timeout(ms),
      });
    await expect(ask(50)).rejects.toThrow('timeout');
    const { choices } = completionSchema.parse(await (await ask(10_000)).json());
    expect(modelReplies).toContain(choices[0].message.content);
    await slow.stop();
  });

  test('is late when it is told to', async () => {
    model.next({ type: 'late', ms: 1000, text: 'A' });
    const signal = AbortSignal.timeout(100);
    await expect(askOpenai(demoData.openai.apiKey, { signal })).rejects.toThrow('timeout');
  });

  test('refuses keys that are not the demo’s', async () => {
    expect((await askOpenai('sk-other')).status).toBe(401);
  });
});
