import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/lib/bytes.ts';
import { signHmac, verifyHmac } from '../../src/lib/hmac.ts';

// RFC 2202 (SHA-1) and RFC 4231 (SHA-256), test case 2.
const vectors = [
  { hash: 'SHA-1', hex: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79' },
  { hash: 'SHA-256', hex: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843' },
] as const;
const key = 'Jefe';
const message = 'what do ya want for nothing?';

describe.each(vectors)('HMAC with $hash', ({ hash, hex }) => {
  test('is what the RFC says', async () => {
    expect(toHex(await signHmac(hash, key, message))).toBe(hex);
    expect(await verifyHmac(hash, key, { hex }, message)).toBe(true);
  });

  test('takes bytes, base64 and upper case as well', async () => {
    const bytes = await signHmac(hash, { base64: btoa(key) }, new TextEncoder().encode(message));
    const base64 = btoa(String.fromCharCode(...bytes));
    expect(await verifyHmac(hash, key, { base64 }, message)).toBe(true);
    expect(await verifyHmac(hash, key, bytes, message)).toBe(true);
    expect(await verifyHmac(hash, key, { hex: hex.toUpperCase() }, message)).toBe(true);
  });

  test.each([
    ['another message', key, { hex }, `${message}?`],
    ['another secret', 'jefe', { hex }, message],
    ['no secret', '', { hex }, message],
    ['a cut signature', key, { hex: hex.slice(0, -2) }, message],
    ['half a byte', key, { hex: hex.slice(0, -1) }, message],
    ['half a byte too much', key, { hex: `${hex}0` }, message],
    ['no signature', key, { hex: '' }, message],
    ['no hexadecimal', key, { hex: hex.replace(/../, 'zz') }, message],
    ['no base64', key, { base64: '%%%' }, message],
    ['a secret that is no base64', { base64: '%' }, { hex }, message],
  ])('turns away %s', async (_, secret, signature, given) => {
    expect(await verifyHmac(hash, secret, signature, given)).toBe(false);
  });

  test('turns away a signature with any bit flipped', async () => {
    const right = await signHmac(hash, key, message);
    for (let bit = 0; bit < right.length * 8; bit += 1) {
      const wrong = right.map((byte, index) =>
        index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      );
      expect(await verifyHmac(hash, key, wrong, message)).toBe(false);
    }
  });
});
