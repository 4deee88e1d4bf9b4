import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { createAiProviders } from '../../src/ai/index.ts';
import type { AiProvider, ComposeRequest } from '../../src/ports/ai.ts';
import { recorded } from './recorded.ts';
import { request } from './subject.ts';

// The vendors' own schemas are beside the repository, not part of it.
const folder = new URL('../../../shared/vendors/contracts/', import.meta.url);
const absent = !existsSync(folder);
if (absent)
  console.warn(
    'The requests to models are not checked: there are no contracts beside the repository.',
  );

const providers = createAiProviders({ allowPrivateBaseUrls: false });
const key = { apiKey: 'sk-test-key' };

type Contract = {
  readonly file: string;
  readonly schema: string;
  readonly provider: AiProvider;
  readonly credentials: unknown;
};
const contracts: Readonly<Record<string, Contract>> = {
  OpenAI: {
    file: 'openai.json',
    schema: 'CreateChatCompletionRequest',
    provider: providers.openai,
    credentials: key,
  },
  Mistral: {
    file: 'mistral.chat.json',
    schema: 'ChatCompletionRequest',
    provider: providers.openai,
    credentials: { ...key, baseUrl: 'https://api.mistral.ai/v1' },
  },
  Anthropic: {
    file: 'anthropic.messages.json',
    schema: 'CreateMessageParams',
    provider: providers.anthropic,
    credentials: key,
  },
};

const requests: Readonly<Record<string, ComposeRequest>> = {
  'with a history': request,
  'without a history or a name': { ...request, history: [], contactName: null },
  'after a message of the business': {
    ...request,
    history: [{ from: 'business', text: 'Hi', at: request.now }],
  },
  'to shorten a draft': { ...request, draftTooLong: 'Far too long' },
  'for a long email': { ...request, channel: 'email', limit: { max: 500_000, unit: 'characters' } },
};

// A word of OpenAPI 3.0 that JSON Schema does not know; no request here contains null.
const withoutNullable = (word: string, value: unknown) =>
  word === 'nullable' && value === true ? undefined : value;

const validator = ({ file, schema }: Contract) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(JSON.parse(readFileSync(new URL(file, folder), 'utf8'), withoutNullable), file);
  return ajv.compile({ $ref: `${file}#/components/schemas/${schema}` });
};

describe.skipIf(absent).each(Object.entries(contracts))('a request to %s', (_, contract) => {
  const validate = absent ? () => false : validator(contract);
  const sentFor = async (asked: ComposeRequest) =>
    (await recorded(contract.provider, contract.credentials, asked, {})).sent;

  it.each(Object.entries(requests))("fits the vendor's schema %s", async (_name, asked) => {
    const sent = await sentFor(asked);
    const valid = validate(sent);
    expect('errors' in validate ? validate.errors : null).toBe(null);
    expect(valid).toBe(true);
  });

  it("does not fit the vendor's schema when it is wrong", async () => {
    const sent = await sentFor(request);
    expect(sent).toHaveProperty('messages');
    const good = Object(sent);
    expect(validate({ ...good, messages: undefined })).toBe(false);
    expect(validate({ ...good, messages: [{ role: 'contact', content: 'Hi' }] })).toBe(false);
    expect(validate({ ...good, model: 7 })).toBe(false);
  });
});
