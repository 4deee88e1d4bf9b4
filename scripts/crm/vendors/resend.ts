import { z } from 'zod';
import { credentialsDoNotFit } from '../../../src/channels/credentials.ts';
import { resend as provider } from '../../../src/channels/resend.ts';
import { askVendor, enterAgain, notKnown, type Question, type Refusal } from './ask-vendor.ts';
import type { VendorProbe } from './probe.ts';

const errorBody = z.object({ name: z.string() });
const nameOf = (body: unknown) => errorBody.safeParse(body).data?.name;

// https://resend.com/docs/api-reference/errors
const problems: Readonly<Record<string, string>> = {
  restricted_api_key: 'The API key may only send.',
  missing_api_key: 'Resend does not take the API key: make a new one and enter it.',
  invalid_api_key: 'Resend does not take the API key: make a new one and enter it.',
  suspended_api_key: 'Resend has suspended the API key: see its dashboard, where it says why.',
  invalid_access: 'Resend does not let this API key in: see its dashboard, where it says why.',
};

const explain = (_: number, body: unknown): string | null => problems[nameOf(body) ?? ''] ?? null;

const question = (apiKey: string, path: string): Question => ({
  vendor: 'Resend',
  url: `https://api.resend.com${path}`,
  headers: { Authorization: `Bearer ${apiKey}`, 'User-Agent': 'crm-api' },
  explain,
});

const isRestricted = ({ body }: Refusal): boolean => nameOf(body) === 'restricted_api_key';

// https://resend.com/docs/api-reference/domains/list-domains
const domains = z.object({ data: z.array(z.object({ name: z.string() })) });

// https://resend.com/docs/api-reference/webhooks/list-webhooks
const webhooks = z.object({
  data: z.array(z.object({ endpoint: z.string(), status: z.string().nullish() })),
});

const look = 'Look at https://resend.com/webhooks.';
const note =
  'This API key may only send: nothing else can be asked with it, and emails that come in stay without text.';

/** https://resend.com/docs/api-reference */
export const resend = {
  check: async (opened, io) => {
    const parsed = provider.credentials.safeParse(opened);
    if (!parsed.success) {
      return { ok: false, problem: enterAgain(credentialsDoNotFit(parsed.error)) };
    }
    const answer = await askVendor(question(parsed.data.apiKey, '/domains'), domains, io);
    if (answer.ok) {
      const names = answer.value.data.map(({ name }) => name);
      return { ok: true, account: names.length > 0 ? names.slice(0, 3).join(', ') : null };
    }
    return isRestricted(answer)
      ? { ok: true, account: null, note }
      : { ok: false, problem: answer.problem };
  },
  readWebhook: async (opened, _, io) => {
    const parsed = provider.credentials.safeParse(opened);
    if (!parsed.success) return notKnown(enterAgain(credentialsDoNotFit(parsed.error)), look);
    const path = '/webhooks?limit=100';
    const answer = await askVendor(question(parsed.data.apiKey, path), webhooks, io);
    if (!answer.ok) return notKnown(answer.problem, look);
    const enabled = answer.value.data.filter(({ status }) => status !== 'disabled');
    return { known: true, urls: enabled.map(({ endpoint }) => endpoint) };
  },
} as const satisfies VendorProbe;
