import { describe, expect, it } from 'vitest';
import { toAddressKey, toKeyedAddress } from '../../src/lib/address-key.ts';

describe('the key of a number', () => {
  it.each([
    ['+15005550101', '+15005550101'],
    ['1-500-555-0101', '+15005550101'],
    ['whatsapp:+1 (500) 555.0101', '+15005550101'],
    ['\u202a+1\u2011500\u2011555\u20110101\u202c', '+15005550101'],
    ['\uff0b\uff11 500 555 0101', '+15005550101'],
    ['+1 1 500 555 0101', '+15005550101'],
    ['0049 (0)171 1234567', '+491711234567'],
    ['+44 07700 900123', '+447700900123'],
    ['+7 8 916 123-45-67', '+79161234567'],
    ['+36 06 20 123 4567', '+36201234567'],
    ['+370 8 612 34567', '+37061234567'],
    ['+375 80 29 123 45 67', '+375291234567'],
    ['+993 8 65 123456', '+99365123456'],
    ['+5511987654321', '+551187654321'],
    ['+5215512345678', '+525512345678'],
    ['+52 045 55 1234 5678', '+525512345678'],
    ['+54 9 11 5555 1234', '+541155551234'],
    ['+54 011 15 5555 1234', '+541155551234'],
    ['+54 341 15 555-1234', '+543415551234'],
    ['+54 2944 15 55-1234', '+542944551234'],
    ['+22997123456', '+2290197123456'],
    ['+22501123456', '+2250101123456'],
    ['+22544123456', '+2250544123456'],
    ['+22507123456', '+2250707123456'],
    ['+84 0162 123 4567', '+84321234567'],
  ])('of %j is %s', (address, key) => {
    expect(toAddressKey('sms', address)).toBe(key);
    expect(toAddressKey('whatsapp', address)).toBe(key);
  });

  it.each([
    ['+390612345678', 'Italy dials no 0: it is part of the number'],
    ['+551132345678', 'a landline in Brazil has no ninth digit'],
    ['+225', 'too short for a number'],
    ['MG0123456789abcdef0123456789abcdef', 'a messaging service'],
    ['US.13491208655302741918', 'a business-scoped id'],
    ['+841801234567', 'no mobile prefix that Vietnam renamed'],
  ])('of %s is as it is: %s', (address) => {
    expect(toAddressKey('whatsapp', address)).toBe(address);
  });

  it('is the same when it is made of a key', () => {
    for (const address of [
      '+54 9 11 5555 1234',
      '+22997123456',
      '+5215512345678',
      '+841621234567',
    ]) {
      const key = toAddressKey('sms', address);
      expect(toAddressKey('sms', key)).toBe(key);
    }
  });
});

it.each([
  ['Jane@Example.COM', 'jane@example.com'],
  [' Jane Doe <Jane@example.com> ', 'jane@example.com'],
  ['Jane <jane@example.com', 'jane <jane@example.com'],
  ['jane+news@example.com', 'jane+news@example.com'],
])('the key of the mailbox %j is %s', (address, key) => {
  expect(toAddressKey('email', address)).toBe(key);
});

it.each(['facebook', 'instagram'] as const)('an id on %s is its own key', (channel) => {
  expect(toAddressKey(channel, ' Abc71 ')).toBe('Abc71');
});

it('keeps the address beside its key', () => {
  const address = 'whatsapp:+15005550101';
  expect(toKeyedAddress('whatsapp', address)).toEqual({
    channel: 'whatsapp',
    address,
    key: '+15005550101',
  });
});
