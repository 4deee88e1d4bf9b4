import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { type Model, startModel } from '../../dev/model.ts';
import type { FaultInput, VendorHost } from '../../dev/vendors/faults.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import { createVendorFetch } from '../../scripts/crm/local-stack/route-fetch.ts';
import { vendorProbes } from '../../scripts/crm/vendors/index.ts';
import type { Checked, VendorProbe } from '../../scripts/crm/vendors/probe.ts';
import { createAiProviders } from '../../src/ai/index.ts';
import { channelProviders } from '../../src/channels/index.ts';
import type { Channel } from '../../src/ports/channel.ts';
import type { Fetch } from '../../src/ports/io.ts';
import {
  closedOrigin,
  type ScriptedServer,
  startScriptedServer,
} from '../support/scripted-server.ts';

const { twilio, meta, resend, openai, anthropic } = demoData;
const elsewhere = 'https://elsewhere.example/hook';

const never = new AbortController().signal;

const probeOf = (provider: string): VendorProbe => {
  const probe = vendorProbes[provider];
  if (!probe) throw new Error(`There is no probe for ${provider}.`);
  return probe;
};

/** Each account of the demo, and its vendor's answer about it. */
const accounts = [
  {
    name: 'twilio',
    provider: 'twilio',
    host: 'api.twilio.com',
    credentials: { accountSid: twilio.accountSid, authToken: twilio.authToken },
    secret: 'authToken',
    account: demoData.subAccount.name,
  },
  {
    name: 'meta',
    provider: 'meta',
    host: 'graph.facebook.com',
    credentials: { accessToken: meta.accessToken },
    secret: 'accessToken',
    account: demoData.subAccount.name,
  },
  {
    name: 'meta by Instagram Login',
    provider: 'meta',
    host: 'graph.instagram.com',
    credentials: { accessToken: meta.instagramAccessToken, instagramLogin: true },
    secret: 'accessToken',
    account: 'acme.dental',
  },
  {
    name: 'resend',
    provider: 'resend',
    host: 'api.resend.com',
    credentials: { apiKey: resend.apiKey },
    secret: 'apiKey',
    account: resend.domain,
  },
  {
    name: 'openai',
    provider: 'openai',
    host: null,
    credentials: { apiKey: openai.apiKey },
    secret: 'apiKey',
    account: null,
  },
  {
    name: 'anthropic',
    provider: 'anthropic',
    host: null,
    credentials: { apiKey: anthropic.apiKey },
    secret: 'apiKey',
    account: null,
  },
] as const;

type Account = (typeof accounts)[number];

const channelAccounts = accounts.flatMap((account) =>
  account.host === null ? [] : [{ ...account, host: account.host }],
);

describe('the probes of the vendors', () => {
  let vendors: Vendors;
  let model: Model;
  let scripted: ScriptedServer;
  let fetchDoubles: Fetch;
  beforeAll(async () => {
    [vendors, model, scripted] = await Promise.all([
      startVendors(),
      startModel(),
      startScriptedServer(),
    ]);
    fetchDoubles = createVendorFetch({ vendorOrigin: vendors.origin, modelOrigin: model.origin });
  });
  beforeEach(() => {
    vendors.reset();
    vendors.callBack({
      twilio: 'https://crm.example.com/twilio',
      meta: 'https://crm.example.com/meta',
      resend: 'https://crm.example.com/resend',
    });
  });
  afterAll(() => Promise.all([vendors.stop(), model.stop(), scripted.stop()]));

  const check = (
    { provider }: Pick<Account, 'provider'>,
    credentials: unknown,
    fetch: Fetch = fetchDoubles,
    signal = never,
  ): Promise<Checked> => probeOf(provider).check(credentials, { fetch, signal });

  const readWebhook = async (
    { provider, credentials }: { readonly provider: string; readonly credentials: object },
    channel: Channel,
    address: string,
  ) => {
    const io = { fetch: fetchDoubles, signal: never };
    return probeOf(provider).readWebhook?.(credentials, { channel, address }, io);
  };

  const problemOf = (checked: Checked | undefined): string => {
    if (!checked || checked.ok) throw new Error(`Expected a problem: ${JSON.stringify(checked)}`);
    return checked.problem;
  };

  /** One sentence with a remedy, and without the credentials. */
  const expectSentence = (problem: string, credentials: object) => {
    expect(problem).toMatch(/^[A-Z][^\n]*: [^\n]+\.$|^[A-Z][^\n]*\. Enter them again\.$/);
    for (const secret of Object.values(credentials)) expect(problem).not.toContain(String(secret));
  };

  it('are exactly those of the providers of channels and models', () => {
    const providers = [
      ...Object.keys(channelProviders),
      ...Object.keys(createAiProviders({ allowPrivateBaseUrls: false })),
    ];
    expect(Object.keys(vendorProbes).sort()).toEqual(providers.sort());
  });

  it('read where channels call back, and models never do', () => {
    for (const [provider, { readWebhook: read }] of Object.entries(vendorProbes)) {
      expect(read !== null, provider).toBe(Object.hasOwn(channelProviders, provider));
    }
  });

  describe.each(accounts)('$name', (account) => {
    it('is well with the account’s credentials, and names it', async () => {
      expect(await check(account, account.credentials)).toEqual({
        ok: true,
        account: account.account,
      });
    });

    it('asks by GET alone, and sends nothing', async () => {
      const methods: (string | undefined)[] = [];
      const fetch: Fetch = (url, init) => {
        methods.push(init?.method);
        expect(init?.redirect).toBe('manual');
        return fetchDoubles(url, init);
      };
      await check(account, account.credentials, fetch);
      expect(methods).toEqual([undefined]);
      expect(vendors.sent()).toEqual([]);
    });

    it('says so when the vendor does not take the credentials', async () => {
      const wrong = { ...account.credentials, [account.secret]: 'wrong-secret-0123456789' };
      const problem = problemOf(await check(account, wrong));
      expectSentence(problem, { apiKey: 'wrong-secret-0123456789' });
      expect(problem).toMatch(/not take|not taken/);
    });

    it.each([
      ['missing', undefined],
      ['of the wrong type', 7],
      ['no header', 'two\nlines'],
    ])('names a field that is %s, without asking the vendor', async (_, value) => {
      const malformed = { ...account.credentials, [account.secret]: value };
      const unused = () => Promise.reject(new Error('asked'));
      const problem = problemOf(await check(account, malformed, unused));
      expectSentence(problem, { apiKey: 'two\nlines' });
      expect(problem).toContain(account.secret);
    });

    it.each([
      ['429', { type: 'answer', status: 429, body: {} }, /limits the rate/],
      ['500', { type: 'answer', status: 500, body: 'oops' }, /trouble of its own \(HTTP 500\)/],
      ['503', { type: 'answer', status: 503, body: {} }, /trouble of its own \(HTTP 503\)/],
      ['a 401 in no format', { type: 'answer', status: 401, body: '<html>' }, /not take/],
      ['a 403 in no format', { type: 'answer', status: 403, body: '' }, /not take/],
      ['a page of HTML', { type: 'answer', status: 200, body: '<html>hi</html>' }, /proxy/],
      ['other JSON', { type: 'answer', status: 200, body: [1] }, /proxy/],
      ['half a body', { type: 'cut_body', status: 200, start: '{"da' }, /proxy/],
      [
        'a redirect',
        { type: 'answer', status: 302, headers: { location: 'https://other.example/' } },
        /HTTP 302/,
      ],
      ['a cut connection', { type: 'cut_after_reading' }, /broke off/],
    ] as const)('has a sentence on %s', async (_, script, words) => {
      scripted.answerWith(script);
      const before = scripted.requests.length;
      const problem = problemOf(await check(account, account.credentials, scripted.fetch));
      expectSentence(problem, account.credentials);
      expect(problem).toMatch(words);
      expect(scripted.requests.length).toBe(before + 1);
    });

    it('has a sentence on a server that is not there', async () => {
      const origin = await closedOrigin();
      const fetchNobody: Fetch = (_, init) => fetch(origin, init);
      const problem = problemOf(await check(account, account.credentials, fetchNobody));
      expect(problem).toMatch(/cannot be reached from here/);
    });

    it.each([
      ['before it answers', { type: 'hang_after_reading' }],
      ['in the middle', { type: 'stall_body', status: 200, start: '{"data":[' }],
    ] as const)('ends with the signal when the vendor hangs %s', async (_, script) => {
      scripted.answerWith(script);
      const signal = AbortSignal.timeout(150);
      const problem = problemOf(await check(account, account.credentials, scripted.fetch, signal));
      expectSentence(problem, account.credentials);
      expect(problem).toMatch(/did not answer in time/);
    });
  });

  describe.each(channelAccounts)('the double of $name', (account) => {
    const fault = (
      input:
        | { readonly type: 'status'; readonly status: number }
        | { readonly type: 'hang_before' }
        | { readonly type: 'garbage' },
    ): FaultInput => {
      const host: VendorHost = account.host;
      return { ...input, host, on: 'read' };
    };

    it.each([
      [{ type: 'status', status: 429 }, /limits the rate/],
      [{ type: 'status', status: 503 }, /trouble of its own|temporar/],
      [{ type: 'garbage' }, /proxy/],
    ] as const)('can be told to answer %j once', async (input, words) => {
      vendors.fail(fault(input));
      expect(problemOf(await check(account, account.credentials))).toMatch(words);
      expect((await check(account, account.credentials)).ok).toBe(true);
    });

    it('can be told to hang, which the signal ends', async () => {
      vendors.fail(fault({ type: 'hang_before' }));
      const signal = AbortSignal.timeout(150);
      const checked = await check(account, account.credentials, fetchDoubles, signal);
      expect(problemOf(checked)).toMatch(/did not answer in time/);
    });
  });

  describe('what vendors have a word of their own for', () => {
    const [twilioAccount, metaAccount, , resendAccount, openaiAccount, anthropicAccount] = accounts;
    const metaError = (code: number, subcode?: number) => ({
      error: { code, error_subcode: subcode, message: 'secret words', type: 'OAuthException' },
    });
    it.each([
      [
        'a suspended Twilio account',
        twilioAccount,
        200,
        { friendly_name: 'x', status: 'suspended' },
        /account is not active/,
      ],
      [
        'Twilio’s 20005',
        twilioAccount,
        403,
        { code: 20005, message: 'x' },
        /account is not active/,
      ],
      ['a Twilio account that is not there', twilioAccount, 404, { code: 20404 }, /Account SID/],
      ['an expired token at Meta', metaAccount, 400, metaError(190, 463), /has expired/],
      ['a permission that Meta misses', metaAccount, 403, metaError(200), /lacks a permission/],
      ['Meta’s own rate limit', metaAccount, 400, metaError(4), /limits the rate/],
      ['a restricted account at Meta', metaAccount, 400, metaError(368), /restricted/],
      [
        'a suspended key at Resend',
        resendAccount,
        403,
        { name: 'suspended_api_key', message: 'x' },
        /has suspended/,
      ],
      [
        'a deactivated account at OpenAI',
        openaiAccount,
        401,
        { error: { code: 'account_deactivated', message: 'x' } },
        /is deactivated/,
      ],
      ['a base URL without models', openaiAccount, 404, 'no', /base URL/],
      [
        'a disabled organization at Anthropic',
        anthropicAccount,
        400,
        { error: { type: 'x', message: 'This organization has been disabled.' } },
        /is disabled/,
      ],
    ] as const)('%s', async (_, account, status, body, words) => {
      scripted.answerWith({ type: 'answer', status, body });
      const problem = problemOf(await check(account, account.credentials, scripted.fetch));
      expectSentence(problem, account.credentials);
      expect(problem).toMatch(words);
      expect(problem).not.toContain('secret words');
    });

    it('a Resend key that may only send: it is well', async () => {
      const fault = { host: 'api.resend.com', on: 'read', type: 'status', status: 401 } as const;
      vendors.fail({ ...fault, code: 'restricted_api_key' });
      expect(await check(resendAccount, resendAccount.credentials)).toEqual({
        ok: true,
        account: null,
        note: expect.stringContaining('may only send'),
      });
    });

    it('an OpenAI key that may not list models: it is well', async () => {
      const message = 'You have insufficient permissions. Missing scopes: api.model.read.';
      scripted.answerWith({ type: 'answer', status: 403, body: { error: { message } } });
      const checked = await check(openaiAccount, openaiAccount.credentials, scripted.fetch);
      expect(checked).toEqual({ ok: true, account: null, note: expect.any(String) });
    });

    it('an account that is named after its owner’s address: it is not shown', async () => {
      const body = { friendly_name: "jane@example.com's Account", status: 'active' };
      scripted.answerWith({ type: 'answer', status: 200, body });
      expect(await check(twilioAccount, twilioAccount.credentials, scripted.fetch)).toEqual({
        ok: true,
        account: "[redacted]'s Account",
      });
    });

    it('a model on an own server: the list beside the base URL is asked, its query kept', async () => {
      scripted.answerWith({ type: 'answer', status: 200, body: { data: [] } });
      const baseUrl = `${scripted.origin}/openai/v1/?api-version=2`;
      const credentials = { apiKey: 'local', baseUrl };
      expect((await check(openaiAccount, credentials, fetch)).ok).toBe(true);
      expect(scripted.requests.at(-1)?.url).toBe(
        `${scripted.origin}/openai/v1/models?api-version=2`,
      );
    });
  });

  describe('where a vendor calls back', () => {
    const [twilioAccount, metaAccount, instagramAccount, resendAccount] = accounts;
    const readable = [
      ['a Twilio number', twilioAccount, 'sms', twilio.phoneNumber, 'twilio'],
      ['a WhatsApp number', metaAccount, 'whatsapp', meta.phoneNumberId, 'meta'],
      ['a Resend account', resendAccount, 'email', resend.from, 'resend'],
    ] as const;

    it.each(readable)('%s tells it', async (_, account, channel, address, key) => {
      const read = () => readWebhook(account, channel, address);
      expect(await read()).toEqual({ known: true, urls: [`https://crm.example.com/${key}`] });
      vendors.configureWebhooks({ [key]: elsewhere });
      expect(await read()).toEqual({ known: true, urls: [elsewhere] });
      vendors.configureWebhooks({ [key]: null });
      expect(await read()).toEqual({ known: true, urls: [] });
    });

    it('a page tells only whether it passes its messages on', async () => {
      const read = () => readWebhook(metaAccount, 'facebook', meta.pageId);
      expect(await read()).toEqual({ known: false, look: expect.stringContaining('Page') });
      vendors.configureWebhooks({ meta: null });
      expect(await read()).toEqual({ known: true, urls: [] });
    });

    it.each([
      ['a messaging service', twilioAccount, 'sms', `MG${'0'.repeat(32)}`, /Services/],
      ['WhatsApp at Twilio', twilioAccount, 'whatsapp', '+15005550006', /WhatsApp senders/],
      ['an Instagram account', instagramAccount, 'instagram', meta.instagramId, /Instagram/],
      ['a number of another account', twilioAccount, 'sms', '+15005550099', /no such number/],
      ['a page of another account', metaAccount, 'facebook', '9', /Page/],
      [
        'a vendor that refuses',
        { provider: 'twilio', credentials: { accountSid: 'AC1', authToken: 'x' } },
        'sms',
        twilio.phoneNumber,
        /not take.*Active numbers/,
      ],
      [
        'credentials that do not fit',
        { provider: 'resend', credentials: {} },
        'email',
        resend.from,
        /apiKey.*resend\.com\/webhooks/,
      ],
    ] as const)('%s: it says where to look', async (_, account, channel, address, words) => {
      expect(await readWebhook(account, channel, address)).toEqual({
        known: false,
        look: expect.stringMatching(words),
      });
    });

    it('a WhatsApp number of its own comes before its account’s, and that before the app’s', async () => {
      const urls = { phone_number: 'https://n/', whatsapp_business_account: 'https://w/' };
      const read = async (configuration: object) => {
        const body = { webhook_configuration: configuration, id: '1' };
        scripted.answerWith({ type: 'answer', status: 200, body });
        const io = { fetch: scripted.fetch, signal: never };
        const sender = { channel: 'whatsapp', address: '1' } as const;
        return probeOf('meta').readWebhook?.(metaAccount.credentials, sender, io);
      };
      expect(await read({ ...urls, application: 'https://a/' })).toMatchObject({
        urls: ['https://n/'],
      });
      const { phone_number: _, ...account } = urls;
      expect(await read({ ...account, application: 'https://a/' })).toMatchObject({
        urls: ['https://w/'],
      });
    });

    it.each([{}, { webhook_configuration: null }])(
      'a WhatsApp number of which Meta tells %j: it says where to look',
      async (told) => {
        scripted.answerWith({ type: 'answer', status: 200, body: { ...told, id: '1' } });
        const io = { fetch: scripted.fetch, signal: never };
        const sender = { channel: 'whatsapp', address: '1' } as const;
        expect(await probeOf('meta').readWebhook?.(metaAccount.credentials, sender, io)).toEqual({
          known: false,
          look: expect.stringMatching(/^Meta does not tell.*dashboard/),
        });
      },
    );

    it('a number that leaves it to an application: it says where to look', async () => {
      const number = { sms_url: elsewhere, sms_application_sid: 'AP1' };
      scripted.answerWith({
        type: 'answer',
        status: 200,
        body: { incoming_phone_numbers: [number] },
      });
      const io = { fetch: scripted.fetch, signal: never };
      const sender = { channel: 'sms', address: twilio.phoneNumber } as const;
      expect(
        await probeOf('twilio').readWebhook?.(twilioAccount.credentials, sender, io),
      ).toMatchObject({
        known: false,
        look: expect.stringContaining('application'),
      });
    });

    it('can be set over the doubles’ control route, until they are reset', async () => {
      const put = (body: object) =>
        fetch(`${vendors.origin}/_control/webhooks`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
      expect((await put({ nobody: elsewhere })).status).toBe(400);
      expect((await put({ twilio: elsewhere })).status).toBe(204);
      const read = () => readWebhook(twilioAccount, 'sms', twilio.phoneNumber);
      expect(await read()).toMatchObject({ urls: [elsewhere] });
      vendors.reset();
      expect(await read()).toMatchObject({ urls: ['https://crm.example.com/twilio'] });
    });
  });
});
