import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fetch } from '../../src/ports/io.ts';
import { answer, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import {
  expectFailure,
  inTime,
  privateWords,
  request,
  respond,
  type Subject,
  statuses,
} from './subject.ts';

/** The part of the suite about bad input, and about secrets that must not get out. */
export const itKeepsItsTemperAndItsSecrets = (subject: Subject): void => {
  const { provider, credentials } = subject;
  const composeOn = (fetch: Fetch) =>
    provider.compose(credentials, request, { fetch, signal: inTime() });
  let server: ScriptedServer;

  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.stop());

  describe(`${provider.name}: the key and the texts`, () => {
    it.each([301, 302, 303, 307, 308])('follow no redirect: HTTP %i', async (status) => {
      const elsewhere = await startScriptedServer();
      const redirect = answer(status, '', { location: `${elsewhere.origin}/steal` });
      server.answerWith(redirect);
      expectFailure(await composeOn(server.fetch), 'unreadable');
      expect(elsewhere.requests).toEqual([]);
      await elsewhere.stop();
    });

    it.each(['sk-test-key', 'PROMPT-SECRET', `sk-test-key ${JSON.stringify(request)}`])(
      'are nowhere in a failure, even when the vendor quotes them everywhere: %#',
      async (quoted) => {
        for (const [status] of [...statuses, [200]]) {
          const outcome = await composeOn(respond(status, JSON.stringify(subject.error(quoted))));
          expect(outcome.type).toBe('not_composed');
          expect(JSON.stringify(outcome)).not.toMatch(privateWords);
        }
      },
    );
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
      const entry = fc.record({
        from: fc.constantFrom('contact', 'business'),
        text,
        at: fc.integer(),
      });
      await fc.assert(
        fc.asyncProperty(fc.anything(), text, fc.array(entry), async (opened, words, history) => {
          const io = {
            fetch: respond(200, JSON.stringify(subject.success('Hi'))),
            signal: inTime(),
          };
          const asked = { ...request, history, prompt: words, contactName: words };
          expect(await provider.compose(credentials, asked, io)).toMatchObject({ text: 'Hi' });
          expect((await provider.compose(opened, asked, io)).type).toBe('not_composed');
        }),
      );
    });
  });
};
