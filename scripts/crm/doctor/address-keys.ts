import { randomUUID } from 'node:crypto';
import { isStale } from '../contacts/stale-keys.ts';
import { ask, type DatabaseClient } from '../database.ts';
import type { Check } from './check.ts';
import { ok, problem, skipped } from './finding.ts';
import { mayUseTables } from './privileges.ts';

const columns = 'id, sub_account_id, channel, address, address_key';

/** Ids are random, so those after a random one are a random sample, and the index of the ids brings them. */
const sampleSize = 500;

const readSample = async (database: DatabaseClient, accountIds: readonly string[] | null) => {
  const all = () => database.from('contact_addresses').select(columns);
  // Gateways refuse long addresses, so of many accounts the first hundred are asked for.
  const start = () =>
    accountIds === null ? all() : all().in('sub_account_id', accountIds.slice(0, 100));
  const from = randomUUID();
  const after = await ask(start().gte('id', from).order('id').limit(sampleSize));
  if (after.length === sampleSize) return after;
  // The random id was near the end: the sample goes on from the beginning, so few addresses are all looked at.
  const wanted = sampleSize - after.length;
  return [...after, ...(await ask(start().lt('id', from).order('id').limit(wanted)))];
};

const readSenders = (database: DatabaseClient, accountIds: readonly string[] | null) => {
  const all = database.from('senders').select(columns).order('id').limit(sampleSize);
  return ask(accountIds === null ? all : all.in('sub_account_id', accountIds.slice(0, 100)));
};

/** Whether addresses are found: their keys are made by this code, and stay as they are when it makes others. */
export const addressKeys: Check = {
  name: 'addresses',
  needs: ['accounts'],
  run: async ({ database, accountIds, installation }) => {
    const found = await installation();
    if (!database || !found) return [skipped('database')];
    if (!mayUseTables(found)) return [skipped('tables')];
    const ids = await accountIds();
    const rows = await Promise.all([readSample(database, ids), readSenders(database, ids)]);
    const stale = rows.flat().filter(isStale).length;
    if (stale === 0)
      return [ok(`a random ${sampleSize} at most have the keys that this version makes`)];
    return [
      problem(
        `${stale} of a random ${sampleSize} at most have a key that this version does not make, so who writes from there is not known`,
        'Make them anew: `npm run crm -- contacts rekey`.',
      ),
    ];
  },
};
