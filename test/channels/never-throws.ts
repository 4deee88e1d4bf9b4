import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { refusalReasons } from '../../src/ports/channel.ts';
import type { Fetch } from '../../src/ports/io.ts';
import type { ProviderFixture } from './provider-fixture.ts';

const withoutBody = new Set([204, 205, 304]);

const vendorCode = fc.oneof(
  fc.integer(),
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'toString', 1, 2, 10, 100, 190, 21211, 131047),
);

// Half of them look like the vendors' own errors, so that the code after the first check runs too.
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record({ code: vendorCode, name: vendorCode, message: fc.anything(), id: fc.anything() })
    .map((error) => JSON.stringify(error)),
  fc
    .record({ code: vendorCode, error_subcode: vendorCode, error_data: fc.anything() })
    .map((error) => JSON.stringify({ error })),
);

const headers = fc.record({
  'retry-after': fc.stringMatching(/^[ -~]*$/),
  'x-business-use-case-usage': fc.oneof(fc.stringMatching(/^[ -~]*$/), fc.constant('{"1":[{}]}')),
});

const status = fc.oneof(
  fc.integer({ min: 200, max: 599 }),
  fc.constantFrom(200, 201, 302, 400, 401, 429, 500, 503),
);

const word = { code: z.string().nullable(), message: z.string().nullable() };
const outcomeShape = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('accepted'), providerMessageId: z.string().min(1) }),
  z.strictObject({ type: z.literal('unknown'), ...word }),
  z.strictObject({
    type: z.literal('refused'),
    ...word,
    reason: z.enum(refusalReasons),
    laterMayHelp: z.boolean(),
    otherSenderMayHelp: z.boolean(),
    retryAfterMs: z.number().nonnegative().nullable(),
  }),
]);

export const describeNeverThrowing = (fixture: ProviderFixture): void => {
  const { provider, channel, credentials, message, secret } = fixture;
  const sendThrough = (fetch: Fetch) =>
    provider.send(credentials, message, { fetch, signal: new AbortController().signal });

  describe(`${provider.name} on ${channel}, whatever happens`, () => {
    test('turns any answer into an outcome that its status allows', async () => {
      const property = fc.asyncProperty(status, body, headers, async (code, text, init) => {
        const payload = withoutBody.has(code) ? null : text;
        const response = new Response(payload, { status: code, headers: init });
        const outcome = outcomeShape.parse(await sendThrough(async () => response));
        const isSuccess = code >= 200 && code < 300;
        expect(isSuccess ? ['accepted', 'unknown'] : ['refused', 'unknown']).toContain(
          outcome.type,
        );
        expect(JSON.stringify(outcome)).not.toContain(secret);
      });
      await fc.assert(property, { numRuns: 500 });
    });

    test('turns anything that is thrown into an outcome', async () => {
      const property = fc.asyncProperty(fc.anything(), async (thrown) => {
        const outcome = await sendThrough(() => Promise.reject(thrown));
        expect(outcome.type).toBe('unknown');
      });
      await fc.assert(property, { numRuns: 200 });
    });

    test('keeps the words of the runtime, which quote the URL, to itself', async () => {
      const thrown = new TypeError(`error sending request for url (${fixture.url}) ${secret}`);
      const outcome = await sendThrough(() => Promise.reject(thrown));
      expect(JSON.stringify(outcome)).not.toContain(fixture.url);
      expect(JSON.stringify(outcome)).not.toContain(secret);
    });
  });
};
