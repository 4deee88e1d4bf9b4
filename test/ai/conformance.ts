import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AiProvider, ComposeOutcome, ComposeRequest, CompositionFailure } from '../../src/ports/ai.ts';
import type { ProviderIo } from '../../src/ports/channel.ts';
import type { Fetch } from '../../src/ports/io.ts';
import {
  answer,
  closedOrigin,
  fetchThrough,
  type ScriptedServer,
  type Script,
  startScriptedServer,
} from '../support/scripted-server.ts';

export type Answered = { readonly status: number; readonly body: unknown };

/** What the suite has to know about a wire format. */
export type Subject = {
  readonly provider: AiProvider;
  readonly credentials: Readonly<Record<string, unknown>>;
  readonly url: string;
  /** The body of a 200 that holds this text, three tokens in and five out. */
  readonly success: (text: string) => unknown;
  /** The body of an error, with the words wherever the vendor has room for words. */
  readonly error: (words: string) => unknown;
  /** The format's own ways to fail, each by a name. */
  readonly failures: Readonly<Record<string, readonly [CompositionFailure, Answered]>>;
  /** Bodies of a 200 that are not of this format. */
  readonly wrongShapes: Readonly<Record<string, unknown>>;
};

export const request: ComposeRequest = {
  model: 'a-model',
  instructions: 'You are Nora of the Harbour Clinic. INSTRUCTION-SECRET',
  prompt: 'Confirm the appointment on Monday. PROMPT-SECRET',
  history: [
    { from: 'contact', text: 'Can I come on Monday? CUSTOMER-SECRET' },
    { from: 'business', text: 'Let me see.' },
    { from: 'contact', text: 'Thanks' },
  ],
  contactName: 'Jane NAME-SECRET',
  channel: 'sms',
  limit: { max: 1600, unit: 'characters' },
  draftTooLong: null,
};
const privateWords = /SECRET|sk-test|appointment|Monday/i;

const statuses: readonly (readonly [number, CompositionFailure])[] = [
  [300, 'unreadable'],
  [304, 'unreadable'],
  [400, 'misconfigured'],
  [401, 'misconfigured'],
  [402, 'quota_exceeded'],
  [403, 'misconfigured'],
  [404, 'misconfigured'],
  [408, 'unreachable'],
  [409, 'unreachable'],
  [413, 'misconfigured'],
  [422, 'misconfigured'],
  [429, 'overloaded'],
  [500, 'unreachable'],
  [502, 'unreachable'],
  [503, 'overloaded'],
  [504, 'unreachable'],
  [529, 'overloaded'],
];

const inTime = () => AbortSignal.timeout(10_000);
const tooShort = () => AbortSignal.timeout(150);

const respond =
  (status: number, body: string): Fetch =>
  async () =>
    new Response([204, 205, 304].includes(status) ? null : body, { status });

const expectFailure = (outcome: ComposeOutcome, reason: CompositionFailure) => {
  expect(outcome).toMatchObject({ type: 'not_composed', reason });
  if (outcome.type !== 'not_composed') return;
  expect(outcome.message).not.toMatch(privateWords);
  expect(outcome.code ?? '').not.toMatch(privateWords);
};

/** What the core relies on, whatever the wire format. */
export function itComposesAsThePortPromises(subject: Subject): void {
  const { provider, credentials } = subject;
  const compose = (io: ProviderIo) => provider.compose(credentials, request, io);
  const composeOn = (fetch: Fetch) => compose({ fetch, signal: inTime() });
  let server: ScriptedServer;

  const composeAfter = (script: Script, signal = inTime()) => {
    server.answerWith(script);
    return compose({ fetch: server.fetch, signal });
  };

  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.stop());

  describe(`${provider.name}: a text`, () => {
    it('comes back with the tokens it cost, after one POST to the one address', async () => {
      const before = server.requests.length;
      expect(await composeAfter(answer(200, subject.success('See you on Monday.')))).toEqual({
        type: 'composed',
        text: 'See you on Monday.',
        usage: { inputTokens: 3, outputTokens: 5 },
      });
      expect(server.requests.length).toBe(before + 1);
      expect(server.requests.at(-1)).toMatchObject({
        method: 'POST',
        url: subject.url,
        headers: { 'content-type': 'application/json' },
      });
    });

    it('is kept letter for letter', async () => {
      const text = 'Grüße 👩‍👩‍👧 مرحبا\n"quoted" \\ <b>';
      expect(await composeAfter(answer(200, subject.success(text)))).toMatchObject({ text });
    });
  });

  describe(`${provider.name}: a failure`, () => {
    it.each(statuses)('of HTTP %i is %s', async (status, reason) => {
      expectFailure(await composeAfter(answer(status, subject.error('no'))), reason);
    });

    it.each(statuses)('of HTTP %i without a body is the same: %s', async (status, reason) => {
      expectFailure(await composeOn(respond(status, '')), reason);
    });

    it.each(Object.entries(subject.failures))('in the words of the vendor: %s', async (_, failure) => {
      const [reason, { status, body }] = failure;
      expectFailure(await composeAfter(answer(status, body)), reason);
    });

    it('carries how long the vendor asks to wait', async () => {
      const busy = answer(429, subject.error('busy'), { 'retry-after': '7' });
      expect(await composeAfter(busy)).toMatchObject({ retryAfterMs: 7_000 });
      const exact = answer(503, subject.error('busy'), { 'retry-after-ms': '250' });
      expect(await composeAfter(exact)).toMatchObject({ retryAfterMs: 250 });
    });

    it('is unreachable where nothing listens or the connection is cut', async () => {
      expectFailure(await composeOn(fetchThrough(await closedOrigin())), 'unreachable');
      expectFailure(await composeAfter({ type: 'cut_before_reading' }), 'unreachable');
      expectFailure(await composeAfter({ type: 'cut_after_reading' }), 'unreachable');
    });

    it('is too slow when the time is used up, before and while the server answers', async () => {
      expectFailure(await composeAfter({ type: 'hang_before_reading' }, tooShort()), 'too_slow');
      expectFailure(await composeAfter({ type: 'hang_after_reading' }, tooShort()), 'too_slow');
      const stalled = { type: 'stall_body', status: 200, start: '{"id":' } as const;
      expectFailure(await composeAfter(stalled, tooShort()), 'too_slow');
      expectFailure(await composeAfter(answer(200, {}), AbortSignal.abort()), 'too_slow');
    });

    it('keeps the meaning of the status when the body of an error never ends', async () => {
      const stalled = { type: 'stall_body', status: 429, start: '{"error":' } as const;
      expectFailure(await composeAfter(stalled, tooShort()), 'overloaded');
    });

    it('is unreadable when a 200 is not JSON', async () => {
      for (const body of ['', '<html>', '{"a":', 'null', '[]', '""']) {
        expectFailure(await composeOn(respond(200, body)), 'unreadable');
      }
    });

    it.each(Object.entries(subject.wrongShapes))('is unreadable: %s', async (_, body) => {
      expectFailure(await composeAfter(answer(200, body)), 'unreadable');
    });

    it.each(['', ' \n', '\u200b'])('is empty when the text is %j', async (text) => {
      const outcome = await composeAfter(answer(200, subject.success(text)));
      expectFailure(outcome, 'empty');
      expect(outcome.usage).toEqual({ inputTokens: 3, outputTokens: 5 });
    });
  });

  describe(`${provider.name}: the key and the texts`, () => {
    it.each([301, 302, 303, 307, 308])('follow no redirect: HTTP %i', async (status) => {
      const elsewhere = await startScriptedServer();
      const redirect = answer(status, '', { location: `${elsewhere.origin}/steal` });
      expectFailure(await composeAfter(redirect), 'unreadable');
      expect(elsewhere.requests).toEqual([]);
      await elsewhere.stop();
    });

    it('are nowhere in a failure, even when the vendor quotes them all', async () => {
      const quoted = `sk-test-key ${JSON.stringify(request)}`;
      for (const [status] of [...statuses, [200]]) {
        const outcome = await composeOn(respond(status, JSON.stringify(subject.error(quoted))));
        expect(outcome.type).toBe('not_composed');
        expect(JSON.stringify(outcome)).not.toMatch(privateWords);
      }
    });
  });

  describe(`${provider.name}: credentials`, () => {
    it.each([
      ['nothing', null],
      ['a string', 'sk-test'],
      ['no key', { apiKey: undefined }],
      ['an empty key', { apiKey: ' ' }],
      ['a key with a line break', { apiKey: 'sk-test\r\nx-evil: 1' }],
      ['a key that no header takes', { apiKey: 'sk-tést' }],
      ['a base URL without TLS', { baseUrl: 'http://models.example' }],
      ['a private base URL', { baseUrl: 'https://169.254.169.254/latest' }],
      ['a base URL with a password', { baseUrl: 'https://a:b@models.example' }],
      ['a base URL that is none', { baseUrl: 'models' }],
    ])('of %s are misconfigured, and nothing is called', async (_, bad) => {
      const opened = bad !== null && typeof bad === 'object' ? { ...credentials, ...bad } : bad;
      let calls = 0;
      const fetch: Fetch = async () => {
        calls += 1;
        return new Response('{}');
      };
      const outcome = await provider.compose(opened, request, { fetch, signal: inTime() });
      expectFailure(outcome, 'misconfigured');
      expect(outcome).toMatchObject({ code: 'invalid_credentials' });
      expect(calls).toBe(0);
    });

    it('may have blanks around a pasted key', async () => {
      server.answerWith(answer(200, subject.success('Hi')));
      const pasted = { ...credentials, apiKey: ' sk-test-key\n' };
      const io = { fetch: server.fetch, signal: inTime() };
      expect(await provider.compose(pasted, request, io)).toMatchObject({ text: 'Hi' });
      expect(JSON.stringify(server.requests.at(-1)?.headers)).toMatch(/[" ]sk-test-key"/);
    });
  });

  describe(`${provider.name}: compose`, () => {
    it('never throws, whatever the server answers', async () => {
      const good = JSON.stringify(subject.success('Hello'));
      const mangled = fc
        .tuple(fc.nat(good.length), fc.nat(20), fc.string({ maxLength: 8 }))
        .map(([at, length, put]) => good.slice(0, at) + put + good.slice(at + length));
      const body = fc.oneof(fc.json(), fc.string(), mangled, fc.constant(good));
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 200, max: 599 }), body, async (status, text) => {
          const outcome = await composeOn(respond(status, text));
          if (outcome.type === 'composed') expect(outcome.text.trim()).not.toBe('');
          else expect(outcome.message).toMatch(/^.+\.$/);
        }),
        { numRuns: 1000 },
      );
    });

    it('never throws, whatever fetch throws', async () => {
      await fc.assert(
        fc.asyncProperty(fc.anything(), async (thrown) => {
          const fetch: Fetch = () => {
            throw thrown;
          };
          expectFailure(await composeOn(fetch), 'unreachable');
        }),
      );
    });

    it('never throws, whatever the credentials and the texts are', async () => {
      const text = fc.string({ unit: 'binary' });
      const entry = fc.record({ from: fc.constantFrom('contact', 'business'), text });
      await fc.assert(
        fc.asyncProperty(fc.anything(), text, fc.array(entry), async (opened, words, history) => {
          const io = { fetch: respond(200, JSON.stringify(subject.success('Hi'))), signal: inTime() };
          const asked = { ...request, history, prompt: words, contactName: words };
          expect(await provider.compose(credentials, asked, io)).toMatchObject({ text: 'Hi' });
          expect((await provider.compose(opened, asked, io)).type).toBe('not_composed');
        }),
      );
    });
  });
}
