import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { toKeyedAddress } from '../../src/lib/address-key.ts';
import { addressValues } from '../support/address-values.ts';

let postgres: Postgres;
let database: Database;
let accountId: string;

beforeAll(async () => {
  postgres = await startMigratedPostgres();
  database = await startDatabase({ postgresUrl: postgres.adminUrl });
  const [account] = await postgres.query(
    `insert into public.sub_accounts (name) values ('Acme') returning id`,
  );
  accountId = z.string().parse(account?.id);
});
afterAll(async () => {
  await database?.stop();
  await postgres?.stop();
});

const importCall = (addresses: readonly string[], externalId: string | null = null) => {
  const rows = addresses.map((address) => ({
    name: null,
    external_id: externalId,
    addresses: [toKeyedAddress('whatsapp', address)],
  }));
  const call = `public.import_contacts('${accountId}', '${JSON.stringify(rows)}')`;
  return `select jsonb_path_query_array(${call}, '$[*].outcome') as outcomes`;
};

/** The same number in the provider's spelling, as when a contact writes. */
const writeFrom = (address: string) =>
  database.query(
    `select contact_id from crm_api.keep_address(
      '${accountId}', row(${addressValues('whatsapp', address)})::crm_api.address, null, null, null, null
    )`,
  );

/** The other connection does this before the first has committed. */
const whileOpen = async <Result>(statement: string, other: () => Promise<Result>) => {
  await postgres.query('begin');
  const first = await postgres.query(statement);
  let isDone = false;
  const running = other().finally(() => {
    isDone = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const waited = !isDone;
  await postgres.query('commit');
  return { first, waited, second: await running };
};

const countContacts = async (addresses: readonly string[]) => {
  const [row] = await postgres.query(
    `select count(distinct contact_id)::int as n from public.contact_addresses
    where address_key = any ($1)`,
    [addresses],
  );
  return row?.n;
};

it('an import and a contact who writes at that moment make one contact, however the number is spelled', async () => {
  const { waited } = await whileOpen(importCall(['+4915100000001']), () =>
    writeFrom('4915100000001'),
  );
  expect(waited).toBe(true);
  expect(await countContacts(['+4915100000001'])).toBe(1);
});

it('two imports of the same people wait for each other, whatever order they come in', async () => {
  const people = ['+4915100000002', '+4915100000003'];
  const { first, second } = await whileOpen(importCall(people), () =>
    database.query(importCall(people.toReversed())),
  );
  expect(first).toEqual([{ outcomes: ['imported', 'imported'] }]);
  expect(second).toEqual([{ outcomes: ['unchanged', 'unchanged'] }]);
  expect(await countContacts(people)).toBe(2);
});

it('two imports that name one conversation with two numbers leave it to the first', async () => {
  const { first, second } = await whileOpen(importCall(['+4915100000004'], 'crm_1'), () =>
    database.query(importCall(['+4915100000005'], 'crm_1')),
  );
  expect(first).toEqual([{ outcomes: ['imported'] }]);
  expect(second).toEqual([{ outcomes: ['conflict'] }]);
  expect(await countContacts(['+4915100000004'])).toBe(1);
  expect(await countContacts(['+4915100000005'])).toBe(0);
});
