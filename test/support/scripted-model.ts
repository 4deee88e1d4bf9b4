import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { startApi } from './api.ts';
import { answer, type Script, startScriptedServer } from './scripted-server.ts';

const openaiConnectionId = 'c0477ec7-0000-4000-8000-000000000004';
const modelHosts = [
  'api.openai.com',
  'eu.api.openai.com',
  'acme.openai.azure.com',
  'api.anthropic.com',
  'models.example',
];
const isModel = (url: string) => modelHosts.includes(new URL(url).host);

const askedSchema = z.looseObject({
  model: z.string(),
  max_tokens: z.number().optional(),
  max_completion_tokens: z.number().optional(),
  system: z.string().optional(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
});

/** A body of Chat Completions with this text. */
export const chat = (
  content: unknown,
  finish_reason: string | null = 'stop',
  completion_tokens = 5,
) => ({
  choices: [{ index: 0, finish_reason, message: { role: 'assistant', content } }],
  usage: { prompt_tokens: 100, completion_tokens },
});

/** A body of Anthropic's Messages with this text. */
export const claude = (text: string, stop_reason: string | null = 'end_turn') => ({
  type: 'message',
  content: [{ type: 'text', text }],
  stop_reason,
  usage: { input_tokens: 100, output_tokens: 5 },
});

/** The function in front of a model whose server answers as it is told, with bodies of our own. */
export const startWithScriptedModel = async () => {
  const server = await startScriptedServer();
  let clock: number | null = null;
  const api = await startApi({
    around: (route) => (url, init) => (isModel(url) ? server.fetch(url, init) : route(url, init)),
    io: { now: () => clock ?? Date.now() },
  });
  return {
    ...api,
    server,
    /** Milliseconds since 1970; null: the host's own clock again. */
    setClock: (now: number | null) => {
      clock = now;
    },
    /** Gives the demo's account at OpenAI another address. */
    setBaseUrl: async (baseUrl: string | null) => {
      const { apiKey } = demoData.openai;
      const credentials = baseUrl === null ? { apiKey } : { apiKey, baseUrl };
      const sealed = await api.deps.vault.seal(credentials, openaiConnectionId);
      await api.database.query(
        `update public.connections set credentials = '${sealed}' where id = '${openaiConnectionId}'`,
      );
    },
    /** Sends while the model's server answers so; the last answer repeats. */
    play: async (body: object, ...scripts: readonly [Script, ...Script[]]) => {
      const before = server.requests.length;
      server.answerWith(...scripts);
      const answered = await api.send(body);
      const requests = server.requests.slice(before);
      const asked = requests.map((each) => askedSchema.parse(JSON.parse(each.body)));
      const texts = api.vendors.sent().map(({ text }) => text);
      return { answered, requests, asked, texts };
    },
    stop: async () => {
      await api.stop();
      await server.stop();
    },
  };
};

export type ScriptedModel = Awaited<ReturnType<typeof startWithScriptedModel>>;
export const says = (body: unknown): Script => answer(200, body);
