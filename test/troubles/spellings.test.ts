import { randomUUID } from 'node:crypto';
import metadata from 'libphonenumber-js/metadata.max.json' with { type: 'json' };
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { toAddressKey } from '../../src/lib/address-key.ts';
import type { Channel } from '../../src/ports/channel.ts';
import { addressValues } from '../support/address-values.ts';
import { type Api, expectSent, manual, startApi } from '../support/api.ts';
import { metaCall, smsCallFrom } from '../support/webhook-requests.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { PUBLIC_URL: publicUrl } });
});
afterAll(() => api.stop());

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A new contact of the demo's account with this address. */
const keepContact = async (channel: Channel, address: string): Promise<string> => {
  const externalId = `conv_${randomUUID()}`;
  await api.database.query(
    `with account as (select id from public.sub_accounts where name = 'Acme Dental'),
      person as (insert into public.contacts (sub_account_id) select id from account returning id, sub_account_id),
      spoken as (
        insert into public.conversations (sub_account_id, contact_id, external_id)
        select sub_account_id, id, ${quote(externalId)} from person
      )
    insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
    select sub_account_id, id, ${addressValues(channel, address)} from person`,
  );
  return externalId;
};

const forget = () =>
  api.database.query(
    `delete from public.contacts where id <> 'c047ac70-0000-4000-8000-000000000001'`,
  );

const whatsappCall = (from: string, text: string) =>
  metaCall({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '1',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { phone_number_id: demoData.meta.phoneNumberId },
              messages: [
                {
                  from: from.replaceAll(/\D/g, ''),
                  id: `wamid.${randomUUID()}`,
                  timestamp: `${Math.floor(Date.now() / 1000)}`,
                  type: 'text',
                  text: { body: text },
                },
              ],
            },
          },
        ],
      },
    ],
  });

const write = async (channel: string, from: string, text: string) => {
  const id = `SM${randomUUID().replaceAll('-', '')}`;
  const { path, ...call } =
    channel === 'sms' ? smsCallFrom(from, text, id) : whatsappCall(from, text);
  expect(await api.request(path, call)).toMatchObject({ status: 200 });
};

const send = (channel: string, conversationId: string) =>
  api.send({ ...manual, channel, conversation_id: conversationId });

/** Each list is one phone number, as people, vendors and sheets write it. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  'Brazil, with and without the ninth digit': [
    '+5511987654321',
    '+551187654321',
    '+55 (0)11 98765-4321',
  ],
  'Mexico, with and without the 1': ['+525512345678', '+5215512345678', '+52 044 55 1234 5678'],
  'Argentina, with 9, with 15, and with neither': [
    '+5491155551234',
    '+54 11 15 5555-1234',
    '+541155551234',
    '+54 9 11 15 5555-1234',
    '+54 011 15 5555 1234',
  ],
  'Argentina, an area of three digits': ['+5493415551234', '+54 341 15 555-1234'],
  'Argentina, an area of four digits': ['+5492944551234', '+54 2944 15 55-1234'],
  'Benin, before and after 2024': ['+22997123456', '+2290197123456'],
  'Ivory Coast, before and after 2021, Orange': ['+22507123456', '+2250707123456'],
  'Ivory Coast, before and after 2021, MTN': ['+22544123456', '+2250544123456'],
  'Vietnam, before and after 2018': ['+841621234567', '+84321234567', '+84 0162 123 4567'],
  'a German trunk zero in brackets': ['+491711234567', '+49 (0)171 1234567', '00491711234567'],
  'a British trunk zero': ['+447700900123', '+44 07700 900123'],
  'a Russian trunk 8': ['+79161234567', '+7 8 916 123-45-67'],
  'marks that nobody sees': ['+12125550101', '\u202a+1 212 555 0101\u202c', '+1 1 212 555 0101'],
};

describe.each(['sms', 'whatsapp'] as const)('STOP over %s', (channel) => {
  it.each(Object.entries(spellings))('reaches every spelling of a number: %s', async (_, same) => {
    for (const stored of same) {
      for (const arriving of same) {
        const conversationId = await keepContact(channel, stored);
        await write(channel, arriving, 'STOP');
        const answer = await send(channel, conversationId);
        expect(answer, `${stored} is stored, ${arriving} wrote`).toMatchObject({
          status: 422,
          body: { error: { code: 'recipient_opted_out', retry: 'never' } },
        });
        await forget();
      }
    }
  });

  it.each([
    ['Italian landlines keep their 0', '+390612345678', '+39612345678'],
    ['Brazilian landlines had no 9', '+551132345678', '+5511932345678'],
    [
      'two operators of Ivory Coast have the same last eight digits',
      '+2250107123456',
      '+2250707123456',
    ],
    ['one is a digit shorter', '+4917112345', '+491711234567'],
    ['a short code is no number abroad', '490123456', '49123456'],
  ])('stays one person’s where %s', async (_, stored, arriving) => {
    const conversationId = await keepContact(channel, stored);
    await write(channel, arriving, 'STOP');
    expect(await send(channel, conversationId)).not.toMatchObject({
      body: { error: { code: 'recipient_opted_out' } },
    });
    await forget();
  });
});

it('sends to the number as it is stored, however it arrives', async () => {
  const conversationId = await keepContact('whatsapp', '+525512345678');
  await write('whatsapp', '5215512345678', 'Hello');
  expectSent(await send('whatsapp', conversationId));
  expect(api.vendors.sent().at(-1)?.to.replace(/^\+/, '')).toBe('525512345678');
  await forget();
});

/** Ten digits or fewer, as the country's plan describes its numbers; the first that fits. */
const sampleOf = (region: readonly unknown[]): string | null => {
  const pattern = new RegExp(`^(?:${region[2]})$`);
  for (const length of [9, 10, 8, 7]) {
    for (let start = 100; start < 1000; start += 1) {
      const number = `${start}`.padEnd(length, '23456789');
      if (pattern.test(number)) return number;
    }
  }
  return null;
};

const hasNumbersWithZero = (region: readonly unknown[]): boolean => {
  const patterns = [new RegExp(`^(?:${region[2]})$`)];
  for (let start = 100; start < 1000; start += 1) {
    for (let length = 6; length <= 13; length += 1) {
      const numbers = [...'0123456789'].map((digit) => `0${start}`.padEnd(length, digit));
      if (numbers.some((number) => patterns.some((pattern) => pattern.test(number)))) return true;
    }
  }
  return false;
};

it('takes the zero out that is dialled within a country, and no zero that is part of a number', () => {
  const plans = Object.entries(metadata.country_calling_codes).map(([code, regions]) => {
    const known: Readonly<Record<string, readonly unknown[]>> = metadata.countries;
    const all = regions.map((region) => known[region] ?? []);
    const dials = all.some((region) => region[5] === '0');
    const number = all.map(sampleOf).find((sample) => sample !== null) ?? '';
    return { code, number, same: dials && !all.some(hasNumbersWithZero) };
  });
  const toKey = (digits: string) => toAddressKey('sms', `+${digits}`);
  const found = Object.fromEntries(
    plans.map(({ code, number }) => [
      code,
      toKey(`${code}0${number}`) === toKey(`${code}${number}`),
    ]),
  );
  expect(found).toEqual(Object.fromEntries(plans.map(({ code, same }) => [code, same])));
});
