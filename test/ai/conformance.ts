import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderIo } from '../../src/ports/channel.ts';
import type { Fetch } from '../../src/ports/io.ts';
import {
  answer,
  closedOrigin,
  fetchThrough,
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from '../support/scripted-server.ts';
import { itKeepsItsTemperAndItsSecrets } from './conformance-secrets.ts';
import {
  expectFailure,
  inTime,
  request,
  respond,
  type Subject,
  statuses,
  tooShort,
} from './subject.ts';

/** The promises that the core relies on, for every wire format. */
export const itComposesAsThePortPromises = (subject: Subject): void => {
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

    it.each(Object.entries(subject.failures))(
      'in the words of the vendor: %s',
      async (_, failure) => {
        const [reason, { status, body }] = failure;
        expectFailure(await composeAfter(answer(status, body)), reason);
      },
    );

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

  itKeepsItsTemperAndItsSecrets(subject);
};
