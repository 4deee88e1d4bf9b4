import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProviderFixture } from './provider-fixture.ts';
import { aCall, receivedAt } from './webhook-call.ts';

const signatureHeaders = (value: string) => ({
  'x-twilio-signature': value,
  'x-hub-signature-256': value,
  'svix-id': 'evt_1',
  'svix-timestamp': `${receivedAt / 1000}`,
  'svix-signature': value,
});

/** The promises of a provider's webhook to every caller. */
export const describeWebhook = ({ provider, channel, credentials }: ProviderFixture): void => {
  const { webhook } = provider;
  // Each vendor's secret is given, so only the signature is missing.
  const whole = { authToken: 'a', appSecret: 'a', verifyToken: 'a', webhookSecret: 'whsec_YQ==' };

  describe(`the webhook of ${provider.name} on ${channel}`, () => {
    test('does not believe a call that is not signed', async () => {
      for (const known of [{ ...whole, ...credentials }, whole, {}, null, 'a', 7]) {
        expect(await webhook.verify(known, aCall('{}'))).toBe(false);
        for (const value of ['', 'x', '%%%', 'v1,', 'v1,%', 'sha256=', 'sha256=zz']) {
          const call = aCall('{}', { headers: signatureHeaders(value) });
          expect(await webhook.verify(known, call)).toBe(false);
        }
      }
    });

    test('reads nothing out of garbage, and never throws', () => {
      const garbage = fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes)),
        fc.oneof(fc.string({ unit: 'binary' }), fc.json()),
      );
      const property = fc.property(garbage, (body) => {
        expect(webhook.parse(aCall(body)) ?? []).toEqual([]);
      });
      fc.assert(property, { numRuns: 500 });
    });

    test('names the type of its answer', () => {
      expect(webhook.answer.contentType).toMatch(/^text\/[a-z]+$/);
    });

    test('answers no question whose token is not its own', async () => {
      const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.challenge': '1' });
      for (const token of ['', 'b', 'undefined', 'null']) {
        query.set('hub.verify_token', token);
        for (const known of [whole, { verifyToken: '' }, {}, null]) {
          expect((await webhook.challenge?.(known, query)) ?? null).toBeNull();
        }
      }
    });

    test('has no text where there are no credentials, or no connection', async () => {
      const io = { fetch: () => Promise.reject(new Error('x')), signal: AbortSignal.timeout(5000) };
      for (const known of [{}, null, 'a', credentials]) {
        const outcome = await webhook.fetchText?.(known, 'x', io);
        if (outcome)
          expect(outcome).toMatchObject({ type: 'not_fetched', status: null, code: null });
      }
    });
  });
};
