import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorOf, expectSent, manual, written } from '../support/api.ts';
import {
  chat,
  claude,
  type ScriptedModel,
  says,
  startWithScriptedModel,
} from '../support/scripted-model.ts';
import { answer } from '../support/scripted-server.ts';

let api: ScriptedModel;
beforeAll(async () => {
  api = await startWithScriptedModel();
});
beforeEach(async () => {
  api.reset();
  api.setClock(null);
  await api.setBaseUrl(null);
});
afterAll(() => api?.stop());

const byClaude = { ...written, agent_id: 'a1b2c3d4-e5f6-7890-abcd-ef1234567891' };
const hi = 'Hi Jane, see you tomorrow at 10.';
const secret = 'Okay, Jane still owes us for March, better not to mention it.';

/** Each is a whole response of a model behind a server that leaves its markup in. */
const aloud = {
  'DeepSeek and QwQ, whose template opens the tag': `${secret}\n</think>\n\n${hi}`,
  'a tag in its other spellings': `<Thinking>\n${secret}\n</ THINKING >\n${hi}`,
  'two rounds of it': `<think>${secret}</think>Well.<think>${secret}</think>${hi}`,
  'a model trained to reflect': `<reflection>${secret}</reflection><answer>${hi}</answer>`,
  Seed: `<seed:think>${secret}</seed:think>${hi}`,
  Magistral: `[THINK]${secret}[/THINK]${hi}`,
  Kimi: `◁think▷${secret}◁/think▷${hi}`,
  'a gateway that escapes': `&lt;think&gt;${secret}&lt;/think&gt;${hi}`,
  'gpt-oss': `<|channel|>analysis<|message|>${secret}<|end|><|start|>assistant<|channel|>final<|message|>${hi}<|return|>`,
  'gpt-oss without its tokens': `analysis${secret}assistantfinal${hi}`,
  Cohere: `<|START_THINKING|>${secret}<|END_THINKING|><|START_RESPONSE|>${hi}<|END_RESPONSE|>`,
  Gemma: `<|channel>thought\n${secret}<channel|>${hi}<turn|>`,
  Qwen: `<|im_start|>assistant\n<think>\n\n</think>\n\n${hi}<|im_end|>\n<|im_start|>user\nThanks!`,
  Llama: `<|start_header_id|>assistant<|end_header_id|>\n\n${hi}<|eot_id|>`,
  'older Gemma': `<start_of_turn>model\n${hi}<end_of_turn>`,
  'DeepSeek’s full width': `<｜Assistant｜>${hi}<｜end▁of▁sentence｜>`,
  Mistral: `${hi}</s>`,
  LongCat: `<longcat_think>\n${secret}\n</longcat_think>\n${hi}`,
  'LongCat, whose template opens the tag': `${secret}</longcat_think>${hi}`,
  'a tag of several words': `<chain_of_thought>${secret}</chain_of_thought>${hi}`,
  'a tag with more behind it': `<thinking_process>${secret}</thinking_process>${hi}`,
  'gpt-oss without its tokens and its thoughts': `assistantfinal${hi}`,
};

describe('what a model writes for itself', () => {
  it.each(Object.entries(aloud))('does not reach the contact: %s', async (_, text) => {
    const { answered, texts } = await api.play(written, says(chat(text)));
    expect(expectSent(answered).content).toBe(hi);
    expect(texts).toEqual([hi]);
  });

  it.each(Object.values(aloud))('does not in the other wire format either: %#', async (text) => {
    const { texts } = await api.play(byClaude, says(claude(text)));
    expect(texts).toEqual([hi]);
  });

  it('does not after the model was asked to shorten', async () => {
    const long = 'Long words. '.repeat(200);
    const { texts, asked } = await api.play(
      written,
      says(chat(`${secret}</think>${long}`)),
      says(chat(`${secret}</think>${hi}`)),
    );
    expect(texts).toEqual([hi]);
    expect(JSON.stringify(asked)).not.toContain('owes us');
  });

  it('does not in parts of content', async () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: secret }] },
      { type: 'reasoning', text: secret },
      { type: 'text', text: hi },
    ];
    expect((await api.play(written, says(chat(parts)))).texts).toEqual([hi]);
  });

  it.each([
    `${hi}<tool_call>{"name":"find"}</tool_call>`,
    '[TOOL_CALLS][{"name":"find","arguments":{}}]',
    '<｜tool▁calls▁begin｜>find',
    '<｜DSML｜function_calls>\n<｜DSML｜invoke name="find">\n</｜DSML｜invoke>',
    '<longcat_tool_call>find</longcat_tool_call>',
    'functools[{"name": "find", "arguments": {}}]',
    `${hi}<0x0A>`,
    `${hi}\n<details type="reasoning" done="true">${secret}</details>`,
    '<|python_tag|>find()',
    '{"name": "find", "parameters": {"day": "Monday"}}',
    `${hi} <|some_new_token|>`,
    `${hi}\n<contact_message>\nThanks!\n</contact_message>`,
    '<function=find>\n<parameter=day>Monday</parameter>\n</function>',
  ])('is asked for once more, and then not sent: %s', async (text) => {
    const { answered, asked, texts } = await api.play(written, says(chat(text)));
    expect(answered.status).toBe(502);
    expect(errorOf(answered)).toMatchObject({ code: 'ai_unavailable', retry: 'never' });
    expect(errorOf(answered).message).toContain('control markup');
    expect({ calls: asked.length, texts }).toEqual({ calls: 2, texts: [] });
    expect((await api.play(written, says(chat(text)), says(chat(hi)))).texts).toEqual([hi]);
  });

  it.each([
    'I <3 you, Jane',
    'a < b, and b > c',
    'See you at [10 am], or at <10:30>.',
    'Use the <b> key, then <Enter> & </end>.',
    'Send <name>, <cancel_reason> and <think-tank>|<b>; [reasoning] too.',
    'Was <s>20</s> now 10. Think | reflect; [think] about it.',
    'The analysis is final: {"name"} stays "name": yes.',
  ])('is not seen in ordinary text: %s', async (text) => {
    expect((await api.play(written, says(chat(text)))).texts).toEqual([text]);
  });
});

const failing = (body: object) => api.play(written, says(body));

describe('an answer that is not whole', () => {
  it.each([
    ['error', 'safe'],
    ['insufficient_system_resource', 'safe'],
    ['content_filter', 'never'],
    ['tool_calls', 'never'],
    ['abort', 'never'],
    ['a_word_of_tomorrow', 'never'],
  ])('is not sent: it ended with %s', async (finish, retry) => {
    const { answered, texts } = await failing(chat('Hi Jane, your appointment tomorr', finish));
    expect(errorOf(answered)).toMatchObject({ code: 'ai_unavailable', retry });
    expect(texts).toEqual([]);
  });

  it('ends at its last sentence where it took all tokens and its server gives no word for that', async () => {
    const cut = (tokens: number) => chat('Hi Jane, see you at 10. Please br', null, tokens);
    const { asked, texts } = await api.play(written, says(cut(5)));
    expect(texts).toEqual(['Hi Jane, see you at 10. Please br']);
    const { max_tokens: one, max_completion_tokens: other } = asked[0] ?? {};
    const { texts: ended } = await api.play(written, says(cut(one ?? other ?? 0)));
    expect(ended.at(-1)).toBe('Hi Jane, see you at 10.');
  });

  it('is not sent with an error in its choice', async () => {
    const error = { code: 502, message: 'Provider disconnected' };
    const [choice] = chat('Hi Jane, your appointment tomorr', 'error').choices;
    const { answered, texts } = await failing({ choices: [{ ...choice, error }] });
    expect(errorOf(answered)).toMatchObject({ code: 'ai_unavailable', retry: 'safe' });
    expect(texts).toEqual([]);
  });

  it.each([
    ['end_turn', hi],
    ['stop_sequence', hi],
    ['max_tokens', 'Hi Jane, see you tomorrow at'],
    ['tool_use', null],
    ['pause_turn', null],
    ['refusal', null],
    [null, null],
  ])('of the other wire format is not sent either: %s', async (stop, text) => {
    const { texts } = await api.play(byClaude, says(claude(hi, stop)));
    expect(texts).toEqual(text === null ? [] : [text]);
  });

  it.each([
    [401, 'never', 'credentials'],
    [402, 'safe', 'credit'],
    [429, 'safe', 'overloaded'],
    [502, 'safe', 'broke off'],
  ])('is told by the code %i of the error within a 200', async (code, retry, word) => {
    const { answered, texts } = await failing({ error: { code, message: 'words' } });
    expect(errorOf(answered)).toMatchObject({ code: 'ai_unavailable', retry });
    expect(errorOf(answered).message).toContain(word);
    expect(texts).toEqual([]);
  });
});

const unsupported = (param: string) =>
  answer(400, {
    error: { code: 'unsupported_parameter', param, message: `Unsupported: '${param}'` },
  });
const limitsOf = (asked: readonly { max_tokens?: unknown; max_completion_tokens?: unknown }[]) =>
  asked.map((body) => Object.keys(body).filter((name) => name.startsWith('max_')));

describe('a word that a model’s server does not know', () => {
  it.each(['https://eu.api.openai.com/v1', 'https://acme.openai.azure.com/openai/v1'])(
    'is not said to OpenAI’s models at %s',
    async (baseUrl) => {
      await api.setBaseUrl(baseUrl);
      const { asked } = await api.play(written, says(chat(hi)));
      expect(limitsOf(asked)).toEqual([['max_completion_tokens']]);
    },
  );

  it('is put otherwise once, and remembered', async () => {
    await api.setBaseUrl('https://models.example/first');
    const first = await api.play(written, unsupported('max_tokens'), says(chat(hi)));
    expect(limitsOf(first.asked)).toEqual([['max_tokens'], ['max_completion_tokens']]);
    expect(first.texts).toEqual([hi]);
    const second = await api.play(written, says(chat(hi)));
    expect(limitsOf(second.asked)).toEqual([['max_completion_tokens']]);
  });

  it('is put otherwise where the newer one is not known, even on an address of OpenAI’s', async () => {
    await api.setBaseUrl('https://eu.api.openai.com/older');
    const { asked } = await api.play(written, unsupported('max_completion_tokens'), says(chat(hi)));
    expect(limitsOf(asked)).toEqual([['max_completion_tokens'], ['max_tokens']]);
  });

  it('is not asked for ever, where the server refuses both', async () => {
    await api.setBaseUrl('https://models.example/both');
    const { asked, answered } = await api.play(written, unsupported('max_tokens'));
    expect(asked).toHaveLength(2);
    expect(errorOf(answered)).toMatchObject({ code: 'ai_unavailable', retry: 'never' });
  });

  it.each([
    [
      "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
      'unsupported_value',
      'developer',
    ],
    ['System role not supported', null, 'user'],
    ['Conversation roles must alternate user/assistant/user/assistant/...', null, 'user'],
  ])('may be the role: %s', async (message, code, role) => {
    await api.setBaseUrl(`https://models.example/${message.length}`);
    const refusal = answer(400, { error: { message, code, param: 'messages[0].role' } });
    const { asked, texts } = await api.play(written, refusal, says(chat(hi)));
    expect(asked[1]?.messages[0]?.role).toBe(role);
    expect(asked[1]?.messages[0]?.content).toContain('front desk of Acme Dental');
    expect(texts).toEqual([hi]);
  });

  it('is not looked for in other refusals', async () => {
    await api.setBaseUrl('https://models.example/large');
    const tooLarge = answer(400, { error: { message: 'max_tokens is too large', code: 400 } });
    expect((await api.play(written, tooLarge)).asked).toHaveLength(1);
  });
});

describe('a model that thinks its tokens away', () => {
  const nothing = says(chat('', 'length', 2848));

  it('is given four times as many, once', async () => {
    const { asked, texts } = await api.play(written, nothing, says(chat(hi)));
    expect(asked.map((body) => body.max_completion_tokens)).toEqual([2848, 11_392]);
    expect(texts).toEqual([hi]);
  });

  it('is a failure that no machine repeats, with what it cost', async () => {
    const { answered, asked } = await api.play(written, nothing, says(chat('', 'length', 11_392)));
    const error = errorOf(answered);
    expect(error).toMatchObject({ code: 'ai_unavailable', retry: 'never' });
    expect(error.message).toMatch(/thinking.*11,392 tokens.*another model or shorten the instruct/);
    expect(asked).toHaveLength(2);
    const { body } = await api.getMessage(error.message_id ?? '');
    expect(body).toMatchObject({ usage: { input_tokens: 200, output_tokens: 14_240 } });
  });

  it('is told as such where the server does not take so many', async () => {
    const refused = answer(400, { error: { message: 'max_tokens: 11392 > 8192' } });
    const { answered } = await api.play(written, nothing, refused);
    expect(errorOf(answered).message).toMatch(/thinking.*2,848 tokens/);
  });

  it('does not have its unended thoughts sent, cut at a sentence', async () => {
    const thoughts = `${secret} `.repeat(100);
    const { answered, texts } = await api.play(written, says(chat(thoughts, 'length', 2848)));
    expect(errorOf(answered)).toMatchObject({ code: 'ai_unavailable', retry: 'never' });
    expect(texts).toEqual([]);
  });

  it('is not tried eight times for an asynchronous message', async () => {
    api.server.answerWith(nothing);
    const queued = await api.send(written, { prefer: 'respond-async' });
    expect(queued.status).toBe(202);
    await api.drain();
    const { message_id } = z.object({ message_id: z.string() }).parse(queued.body);
    expect((await api.getMessage(message_id)).body).toMatchObject({
      status: 'failed',
      error: { code: 'ai_unavailable', retry: 'never' },
    });
  });
});

describe('a contact who asks on a Friday for tomorrow', () => {
  const friday = Date.UTC(2026, 10, 27, 10, 20);
  const setZone = (zone: string) =>
    api.database.query(`update public.sub_accounts set time_zone = '${zone}'`);
  const ago = (hours: number) => new Date(friday - hours * 3_600_000).toISOString();
  const wrote = (sender: 'contact' | 'user', text: string, hours: number) =>
    api.database.query(`
      insert into public.messages
        (id, sub_account_id, conversation_id, channel, sender_type, status, content, created_at, happened_at)
      select gen_random_uuid(), c.sub_account_id, c.id, 'whatsapp', '${sender}',
        '${sender === 'contact' ? 'received' : 'sent'}', '${text}', '${ago(hours)}', '${ago(hours)}'
      from public.conversations c where c.external_id = 'conv_abc123'`);

  it('is answered by an agent who knows the day, and when everything was written', async () => {
    await api.database.query('delete from public.messages');
    await setZone('Europe/Berlin');
    await wrote('contact', 'Do you have a slot?', 75);
    await wrote('user', 'On Tuesday at 9.', 50);
    await wrote('contact', 'Can I come tomorrow?', 0.1);
    api.setClock(friday);
    const { asked } = await api.play(written, says(chat(hi)));
    const [system, ...turns] = (asked[0]?.messages ?? []).map(({ content }) => content);
    expect(system).toMatch(/\n\nIt is Friday, 27 November 2026, 11:20 \(Europe\/Berlin\)\.$/);
    expect(turns).toEqual([
      '<contact_message sent="3 days ago">\nDo you have a slot?\n</contact_message>',
      'On Tuesday at 9.',
      expect.stringMatching(
        /<time_note>.* 2 days ago\.<\/time_note>\n\n<contact_message>\nCan I come tomorrow\?/,
      ),
    ]);
  });

  it('gets no tag of ours that the model has copied', async () => {
    const copied = `<time_note>The message above was written 2 days ago.</time_note>\n${hi}`;
    const { texts } = await api.play(written, says(chat(copied)), says(chat(hi)));
    expect(texts).toEqual([hi]);
  });

  it('is answered all the same where the host does not know the zone', async () => {
    api.setClock(friday);
    await setZone('XYZ3');
    const { asked, texts } = await api.play(written, says(chat(hi)));
    expect(asked[0]?.messages[0]?.content).toContain('27 November 2026, 10:20 (UTC)');
    expect(texts).toEqual([hi]);
    await setZone('UTC');
  });
});

describe('an agent’s SMS', () => {
  const typographic =
    'Hi Jane! It’s all set — we’ll see you tomorrow at 10\u202fam for your “check-up”… Bring:\n• your insurance card\u00a0(cafe\u0301 next door)';
  const plain =
    'Hi Jane! It\'s all set - we\'ll see you tomorrow at 10 am for your "check-up"... Bring:\n- your insurance card (café next door)';

  it('has plain signs in place of typographic ones, so that it is one and not three', async () => {
    expect((await api.play(written, says(chat(typographic)))).texts).toEqual([plain]);
  });

  it.each(['Dzień dobry — it’s set', 'It’s set 👍', 'Tudo certo — “amanhã”'])(
    'stays as it is where that would not make it one: %s',
    async (text) => {
      expect((await api.play(written, says(chat(text)))).texts).toEqual([text]);
    },
  );

  it('is changed nowhere else: not on another channel, and not in what a person wrote', async () => {
    const mailed = await api.play({ ...written, channel: 'email' }, says(chat('It’s set — bye')));
    expect(mailed.texts[0]).toContain('It’s set — bye');
    api.reset();
    await api.send({ ...manual, content: 'It’s set — bye' });
    expect(api.vendors.sent().map(({ text }) => text)).toEqual(['It’s set — bye']);
  });

  it('is measured after that', async () => {
    const fits = 'a–'.repeat(800);
    const { asked, texts } = await api.play(written, says(chat(fits)));
    expect(asked).toHaveLength(1);
    expect(texts).toEqual(['a-'.repeat(800)]);
  });
});
