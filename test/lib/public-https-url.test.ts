import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicHttpsUrl } from '../../src/lib/public-https-url.ts';

describe('isPublicHttpsUrl', () => {
  it.each([
    'https://api.openai.com/v1',
    'https://api.example.co.uk:8443/a?b=c#d',
    'https://8.8.8.8/v1',
    'https://172.15.0.1',
    'https://172.32.0.1',
    'https://100.63.255.255',
    'https://100.128.0.1',
    'https://223.255.255.254',
    'https://[2606:4700:4700::1111]/',
    'https://[2a00:1450:4001::200e]',
    'https://bücher.example',
    'https://local.example',
    'https://localhost.example',
  ])('takes %s', (url) => {
    expect(isPublicHttpsUrl(url)).toBe(true);
  });

  it.each([
    'http://api.openai.com',
    'ftp://a.example',
    'javascript:alert(1)',
    'not a url',
    '',
    'https://',
    'https://user@a.example',
    'https://user:pass@a.example',
    'https://:pass@a.example',
  ])('refuses %j, which is not plain https', (url) => {
    expect(isPublicHttpsUrl(url)).toBe(false);
  });

  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'printer.local',
    'printer.local.',
    'metadata.google.internal',
    'router.home.arpa',
    'postgres',
    'ⓛocalhost',
  ])('refuses the name %s', (host) => {
    expect(isPublicHttpsUrl(`https://${host}/v1`)).toBe(false);
  });

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
  ])('refuses the address %s', (host) => {
    expect(isPublicHttpsUrl(`https://${host}`)).toBe(false);
  });

  it.each([
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0x7f.1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '%31%32%37.0.0.1',
  ])('refuses loopback spelled %s', (host) => {
    expect(isPublicHttpsUrl(`https://${host}`)).toBe(false);
  });

  it.each([
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:a00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '100::1',
    '2001::1',
    '2001:0:1::1',
    '2001:1ff:1::1',
    '2001:db8::1',
    '2002:7f00:1::1',
    '3fff:1::1',
    '5f00::1',
  ])('refuses [%s]', (host) => {
    expect(isPublicHttpsUrl(`https://[${host}]`)).toBe(false);
  });

  it('refuses a private IPv4 address in every number base', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const spelling = fc.constantFrom(
      (part: number) => `${part}`,
      (part: number) => `0${part.toString(8)}`,
      (part: number) => `0x${part.toString(16)}`,
    );
    const address = fc.tuple(fc.constantFrom(10, 127), octet, octet, octet);
    fc.assert(
      fc.property(address, spelling, (octets, spell) => {
        expect(isPublicHttpsUrl(`https://${octets.map(spell).join('.')}/`)).toBe(false);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl()), (text) => {
        expect(typeof isPublicHttpsUrl(text)).toBe('boolean');
        expect(typeof isPublicHttpsUrl(`https://${text}`)).toBe('boolean');
      }),
    );
  });
});

it.each(['a.', 'ä.', '1.'])(
  'says no of a host that is longer than any, and never throws: %s',
  (part) => {
    for (const count of [200, 1e4, 1e5]) {
      expect(isPublicHttpsUrl(`https://${part.repeat(count)}example.com/`)).toBe(false);
    }
  },
);
