import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { channels, type OutboundMessage, type SendOutcome } from '../../src/ports/channel.ts';
import {
  answer,
  closedOrigin,
  fetchThrough,
  type ScriptedServer,
  startScriptedServer,
} from '../support/scripted-server.ts';
import { describeNeverThrowing } from './never-throws.ts';
import type { ProviderFixture } from './provider-fixture.ts';
import { describeWebhook } from './webhook-conformance.ts';

const page = '<html><body>Something is wrong</body></html>';
const unknown = { type: 'unknown' };
const refused = (reason: string) => ({ type: 'refused', reason });
const unavailable = {
  ...refused('provider_unavailable'),
  laterMayHelp: true,
  otherSenderMayHelp: true,
};

const statusesWithoutAWord = [
  [400, refused('other')],
  [401, refused('misconfigured')],
  [402, refused('quota_exceeded')],
  [403, refused('misconfigured')],
  [404, refused('misconfigured')],
  [408, unknown],
  [422, refused('other')],
  [429, refused('rate_limited')],
  [500, unknown],
  [502, unknown],
  [503, refused('provider_unavailable')],
  [504, unknown],
  [520, unknown],
  [521, refused('provider_unavailable')],
  [522, unknown],
  [523, refused('provider_unavailable')],
  [524, unknown],
  [525, refused('provider_unavailable')],
  [526, refused('provider_unavailable')],
  [530, refused('provider_unavailable')],
] as const;

const unreadable = [
  '',
  page,
  '{"sid":"SM1","id":"e',
  '{}',
  '[]',
  'null',
  '"text"',
  '{"id":7,"sid":7}',
];

/** The promises of the port, tested through real HTTP for one provider on one channel. */
export const describeChannelProvider = (fixture: ProviderFixture): void => {
  const { provider, channel } = fixture;
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.stop());

  const send = (
    changes: Partial<OutboundMessage> = {},
    credentials: unknown = fixture.credentials,
  ): Promise<SendOutcome> => {
    const io = { fetch: server.fetch, signal: AbortSignal.timeout(5000) };
    return provider.send(credentials, { ...fixture.message, ...changes }, io);
  };
  /** The time is up soon after the server has read so many requests. */
  const sendInAHurry = async (taken = 1): Promise<SendOutcome> => {
    const hurry = new AbortController();
    const io = { fetch: server.fetch, signal: hurry.signal };
    const sent = provider.send(fixture.credentials, fixture.message, io);
    await expect.poll(() => server.requests.length, { timeout: 20_000 }).toBe(taken);
    setTimeout(() => hurry.abort(new DOMException('The time is up.', 'TimeoutError')), 150);
    return sent;
  };

  describe(`${provider.name} on ${channel}`, () => {
    test('carries the longest text that it says it does, whole', async () => {
      const text = 'a'.repeat(provider.carries[channel]?.text.max ?? 0);
      server.answerWith(answer(200, fixture.accepted.body));
      expect(await send({ content: { text } })).toMatchObject({ type: 'accepted' });
      expect(text).not.toBe('');
      expect(server.requests[0]?.body.match(/a{20,}/)?.[0]).toBe(text);
    });

    test.each([200, 201, 202])('is accepted with the id of the message on a %i', async (status) => {
      server.answerWith(answer(status, fixture.accepted.body));
      const outcome = await send();
      expect(outcome).toEqual({ type: 'accepted', providerMessageId: fixture.accepted.id });
      expect(server.requests).toMatchObject([{ method: 'POST', url: fixture.url }]);
    });

    test.each(fixture.documentedErrors)('reads $when (HTTP $status)', async (documented) => {
      const { status, body, expected } = documented;
      server.answerWith(answer(status, body));
      const type = expected === 'unknown' ? expected : 'refused';
      expect(await send()).toMatchObject({ type, ...(expected !== 'unknown' && expected) });
    });

    test.each(statusesWithoutAWord)('judges a bare %i by its status', async (status, expected) => {
      server.answerWith(answer(status, page), answer(status, { unexpected: [true] }));
      expect(await send()).toMatchObject(expected);
      expect(await send()).toMatchObject(expected);
    });

    test.each(unreadable)('does not know after a 200 with the body %j', async (body) => {
      server.answerWith(answer(200, body));
      expect(await send()).toMatchObject(unknown);
    });

    test('does not know after a 200 whose body stalls until the time is up', async () => {
      server.answerWith({ type: 'stall_body', status: 200, start: '{"' });
      expect(await sendInAHurry()).toMatchObject(unknown);
    });

    test('does not know after a 200 whose body breaks off', async () => {
      server.answerWith({ type: 'cut_body', status: 200, start: '{"' });
      expect(await send()).toMatchObject(unknown);
    });

    test('takes a 400 whose body stalls for a refusal, as its status has arrived', async () => {
      server.answerWith({ type: 'stall_body', status: 400, start: '{"' });
      expect(await sendInAHurry()).toMatchObject({ type: 'refused', code: null });
    });

    test.each([
      ['hang_before_reading', 0],
      ['hang_after_reading', 1],
    ] as const)('does not know after the time is up on %s', async (type, taken) => {
      server.answerWith({ type });
      expect(await sendInAHurry(taken)).toMatchObject({
        ...unknown,
        message: 'No answer came in time.',
      });
      expect(server.requests).toHaveLength(taken);
    });

    test.each([
      ['cut_before_reading', 0],
      ['cut_after_reading', 1],
    ] as const)('does not know after %s, and does not ask again', async (type, taken) => {
      server.answerWith({ type });
      expect(await send()).toMatchObject(unknown);
      expect(server.requests).toHaveLength(taken);
    });

    test('is refused when the connection was never made', async () => {
      const io = { fetch: fetchThrough(await closedOrigin()), signal: AbortSignal.timeout(5000) };
      const outcome = await provider.send(fixture.credentials, fixture.message, io);
      expect(outcome).toMatchObject(unavailable);
    });

    test.each([
      [301, unavailable],
      [302, unavailable],
      [303, unknown],
      [307, unavailable],
      [308, unavailable],
    ])('does not follow a %i, so the credentials go nowhere else', async (status, expected) => {
      const elsewhere = await startScriptedServer();
      elsewhere.answerWith(answer(200, fixture.accepted.body));
      server.answerWith(answer(status, page, { location: `${elsewhere.origin}/` }));
      const outcome = await send();
      await elsewhere.stop();
      expect(outcome).toMatchObject(expected);
      expect(elsewhere.requests).toEqual([]);
    });

    test.each([
      [{ 'retry-after': '7' }, 7000],
      [{ 'retry-after': '0.5' }, 500],
      [
        {
          date: 'Wed, 22 Apr 2026 10:00:00 GMT',
          'retry-after': 'Wed, 22 Apr 2026 10:02:00 GMT',
        },
        120_000,
      ],
      [{ 'retry-after': 'soon' }, null],
      [{}, null],
    ])('waits as %o says', async (headers, retryAfterMs) => {
      server.answerWith(answer(429, {}, headers), answer(400, {}, headers));
      expect(await send()).toMatchObject({ reason: 'rate_limited', retryAfterMs });
      expect(await send()).toMatchObject({ reason: 'other', retryAfterMs: null });
    });

    test.each(fixture.wrongCredentials.map((wrong) => ({ wrong })))(
      'makes no call with the credentials $wrong',
      async ({ wrong }) => {
        const outcome = await send({}, wrong);
        expect(outcome).toMatchObject({ ...refused('misconfigured'), otherSenderMayHelp: true });
        expect(JSON.stringify(outcome)).not.toContain(fixture.secret);
        expect(server.requests).toEqual([]);
      },
    );

    test.each(channels.filter((other) => !provider.carries[other]))(
      'makes no call for %s, on which it carries nothing',
      async (other) => {
        expect(await send({ channel: other })).toMatchObject(refused('misconfigured'));
        expect(server.requests).toEqual([]);
      },
    );
  });

  describeNeverThrowing(fixture);
  describeWebhook(fixture);
};
