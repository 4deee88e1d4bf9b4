import { z } from 'zod';
import { credentialsDoNotFit, endpoint } from '../../../src/ai/credentials.ts';
import { createOpenAi } from '../../../src/ai/openai.ts';
import { askVendor, enterAgain } from './ask-vendor.ts';
import type { VendorProbe } from './probe.ts';

// The code that stores the address checks whether the function may call it.
const { credentials } = createOpenAi({ allowPrivateBaseUrls: true });

const models = z.object({ data: z.array(z.unknown()) });
const errorBody = z.object({
  error: z.object({ code: z.string().nullish(), message: z.string().catch('') }),
});

// OpenAI accepts a key that may only write messages, and then says which scope is missing for this question.
const mayNotList = (body: unknown): boolean =>
  /missing scopes: api\.model\.read/i.test(errorBody.safeParse(body).data?.error.message ?? '');

const explain = (status: number, body: unknown): string | null => {
  if (errorBody.safeParse(body).data?.error.code === 'account_deactivated') {
    return 'The account of this API key is deactivated: see its console, where it says why.';
  }
  if (status === 401 || status === 403) {
    return 'The API key is not taken: make a new one and enter it.';
  }
  return status === 404
    ? 'There is no list of models at this base URL: see whether it ends as the server wants it, such as in /v1.'
    : null;
};

/** https://developers.openai.com/api/reference/resources/models/methods/list, and every server that speaks it. */
export const openai = {
  check: async (opened, io) => {
    const parsed = credentials.safeParse(opened);
    if (!parsed.success) {
      return { ok: false, problem: enterAgain(credentialsDoNotFit(parsed.error)) };
    }
    const { apiKey, baseUrl } = parsed.data;
    const url = endpoint(baseUrl, '/models');
    const question = {
      vendor: new URL(url).host === 'api.openai.com' ? 'OpenAI' : "The model's server",
      url,
      headers: { Authorization: `Bearer ${apiKey}` },
      explain,
    };
    const answer = await askVendor(question, models, io);
    if (answer.ok) return { ok: true, account: null };
    return mayNotList(answer.body)
      ? { ok: true, account: null, note: 'This API key may not list models.' }
      : { ok: false, problem: answer.problem };
  },
  readWebhook: null,
} as const satisfies VendorProbe;
