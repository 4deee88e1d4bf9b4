import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCredentialsVault } from '../../src/lib/credentials-vault.ts';

const newKey = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
const key = newKey();
const vault = createCredentialsVault([key]);

describe('credentials vault', () => {
  it('opens what it sealed, for the same connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.uuid(), async (credentials, id) => {
        const envelope = await vault.seal(credentials, id);
        expect(await vault.open(envelope, id)).toEqual(JSON.parse(JSON.stringify(credentials)));
      }),
    );
  });

  it('does not open for another connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.uuid(), async (id, other) => {
        fc.pre(id !== other);
        const envelope = await vault.seal({ token: 'secret' }, id);
        await expect(vault.open(envelope, other)).rejects.toThrow();
      }),
    );
  });

  it('does not open once a character is changed', async () => {
    const envelope = await vault.seal({ token: 'secret-token-of-some-length' }, 'c1');
    await fc.assert(
      fc.asyncProperty(fc.nat(envelope.length - 2), async (at) => {
        const changed = envelope[at] === 'A' ? 'B' : 'A';
        const forged = envelope.slice(0, at) + changed + envelope.slice(at + 1);
        await expect(vault.open(forged, 'c1')).rejects.toThrow();
      }),
    );
  });

  it('holds nothing in the clear and never seals the same way twice', async () => {
    const first = await vault.seal({ token: 'secret' }, 'c1');
    const second = await vault.seal({ token: 'secret' }, 'c1');
    expect(first).not.toBe(second);
    expect(
      atob(first.split('.')[3]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''),
    ).not.toContain('secret');
  });

  it('opens with an older key while a newer one seals', async () => {
    const envelope = await vault.seal({ token: 'secret' }, 'c1');
    const rotated = createCredentialsVault([newKey(), key]);
    expect(await rotated.open(envelope, 'c1')).toEqual({ token: 'secret' });
    await expect(createCredentialsVault([newKey()]).open(envelope, 'c1')).rejects.toThrow(
      /CREDENTIALS_KEY/,
    );
    const fresh = await rotated.seal({ token: 'secret' }, 'c1');
    await expect(vault.open(fresh, 'c1')).rejects.toThrow();
  });

  it.each(['', 'plain', 'v2.a.b.c', 'v1.a.b', 'v1.a.b.c.d'])('rejects %j', async (envelope) => {
    await expect(vault.open(envelope, 'c1')).rejects.toThrow();
  });
});
