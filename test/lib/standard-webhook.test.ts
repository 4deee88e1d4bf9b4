import { describe, expect, test } from 'vitest';
import { verifyStandardWebhook } from '../../src/lib/standard-webhook.ts';

// A public test vector of Svix.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const timestamp = 1_614_265_330;
const body = new TextEncoder().encode('{"test": 2432232314}');
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';

const headersOf = (changes: Readonly<Record<string, string>> = {}, prefix = 'svix') => {
  const values = { id, timestamp: `${timestamp}`, signature, ...changes };
  return new Headers(Object.entries(values).map(([name, value]) => [`${prefix}-${name}`, value]));
};
const call = { headers: headersOf(), body, receivedAt: timestamp * 1000 };

describe('a Standard Webhook', () => {
  test("is verified under Svix's names and under the standard's", async () => {
    expect(await verifyStandardWebhook(secret, call)).toBe(true);
    const standard = { ...call, headers: headersOf({}, 'webhook') };
    expect(await verifyStandardWebhook(secret, standard)).toBe(true);
  });

  test('is verified with a secret that has lost its prefix', async () => {
    expect(await verifyStandardWebhook(secret.slice('whsec_'.length), call)).toBe(true);
  });

  test.each([
    `v1,${btoa('x'.repeat(32))} ${signature}`,
    `v1a,abc v2,${signature.slice(3)} ${signature}`,
    `${signature} v1,%%%`,
  ])('is verified when one of several signatures fits: %s', async (several) => {
    const headers = headersOf({ signature: several });
    expect(await verifyStandardWebhook(secret, { ...call, headers })).toBe(true);
  });

  test.each([-5 * 60, 5 * 60])('is fresh %d s from its time', async (seconds) => {
    const receivedAt = (timestamp + seconds) * 1000;
    expect(await verifyStandardWebhook(secret, { ...call, receivedAt })).toBe(true);
  });

  test.each([-5 * 60 - 1, 5 * 60 + 1, 86_400])('is not %d s from its time', async (seconds) => {
    const receivedAt = (timestamp + seconds) * 1000;
    expect(await verifyStandardWebhook(secret, { ...call, receivedAt })).toBe(false);
  });

  test('is turned away with any bit of its body flipped', async () => {
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const other = body.map((byte, index) =>
        index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      );
      expect(await verifyStandardWebhook(secret, { ...call, body: other })).toBe(false);
    }
  });

  test.each([
    ['another id', { id: 'msg_other' }],
    ['another time', { timestamp: `${timestamp + 1}` }],
    ['a time that is none', { timestamp: `${timestamp}e0` }],
    ['no time', { timestamp: '' }],
    ['no signature', { signature: '' }],
    ['a signature without its version', { signature: signature.slice(3) }],
    ['a signature of another version', { signature: signature.replace('v1', 'v2') }],
  ])('is turned away with %s', async (_, changes) => {
    const headers = headersOf(changes);
    expect(await verifyStandardWebhook(secret, { ...call, headers })).toBe(false);
  });

  test.each(['whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'whsec_', '', 'whsec_%'])(
    'is turned away with the secret %j',
    async (other) => {
      expect(await verifyStandardWebhook(other, call)).toBe(false);
    },
  );

  test('is turned away without headers', async () => {
    expect(await verifyStandardWebhook(secret, { ...call, headers: new Headers() })).toBe(false);
  });
});
