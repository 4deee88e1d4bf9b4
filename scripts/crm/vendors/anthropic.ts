import { z } from 'zod';
import { anthropicVersion, createAnthropic } from '../../../src/ai/anthropic.ts';
import { credentialsDoNotFit, endpoint } from '../../../src/ai/credentials.ts';
import { askVendor, enterAgain } from './ask-vendor.ts';
import type { VendorProbe } from './probe.ts';

// The code that stores the address checks whether the function may call it.
const { credentials } = createAnthropic({ allowPrivateBaseUrls: true });

const models = z.object({ data: z.array(z.unknown()) });
const errorBody = z.object({ error: z.object({ message: z.string() }) });

// Anthropic has no code for this: it is a 400 or 403, known by its words.
const isDisabled = (body: unknown): boolean =>
  /organization has been disabled/i.test(errorBody.safeParse(body).data?.error.message ?? '');

const explain = (status: number, body: unknown): string | null => {
  if (isDisabled(body)) {
    return 'The organization of this API key is disabled: see its console, where Anthropic says why.';
  }
  if (status === 401 || status === 403) {
    return 'The API key is not taken: make a new one and enter it.';
  }
  return status === 404
    ? 'There is no list of models at this base URL: see whether it is the one before /v1.'
    : null;
};

/** https://platform.claude.com/docs/en/api/models/list */
export const anthropic = {
  check: async (opened, io) => {
    const parsed = credentials.safeParse(opened);
    if (!parsed.success) {
      return { ok: false, problem: enterAgain(credentialsDoNotFit(parsed.error)) };
    }
    const { apiKey, baseUrl } = parsed.data;
    const question = {
      vendor: 'Anthropic',
      url: endpoint(baseUrl, '/v1/models'),
      headers: { 'x-api-key': apiKey, 'anthropic-version': anthropicVersion(baseUrl) },
      explain,
    };
    const answer = await askVendor(question, models, io);
    return answer.ok ? { ok: true, account: null } : { ok: false, problem: answer.problem };
  },
  readWebhook: null,
} as const satisfies VendorProbe;
