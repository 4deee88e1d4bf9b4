import type { DatabaseClient } from '../database.ts';
import { readAllOf } from '../read-all.ts';
import type { Check } from './check.ts';
import { type Finding, ok, skipped, warning } from './finding.ts';
import { mayUseTables } from './privileges.ts';

const readKeys = (database: DatabaseClient, accountIds: readonly string[] | null) =>
  readAllOf(accountIds, () =>
    database.from('api_keys').select('id, sub_account_id, revoked_at, expires_at'),
  );

const readSenders = (database: DatabaseClient, accountIds: readonly string[] | null) =>
  readAllOf(accountIds, () =>
    database.from('senders').select('id, sub_account_id, channel, active'),
  );

type Account = {
  readonly name: string;
  readonly keys: Awaited<ReturnType<typeof readKeys>>;
  readonly senders: Awaited<ReturnType<typeof readSenders>>;
};

const byAccount = <Row extends { readonly sub_account_id: string }>(rows: readonly Row[]) => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.sub_account_id);
    if (group) group.push(row);
    else groups.set(row.sub_account_id, [row]);
  }
  return (id: string): readonly Row[] => groups.get(id) ?? [];
};

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

const lookAt = ({ name: subject, keys, senders }: Account, now: number): Finding => {
  const about = { subject };
  const valid = keys.filter(
    ({ revoked_at, expires_at }) =>
      revoked_at === null && (expires_at === null || Date.parse(expires_at) > now),
  );
  const served = unique(senders.filter(({ active }) => active).map(({ channel }) => channel));
  const silent = unique(senders.map(({ channel }) => channel)).filter(
    (channel) => !served.includes(channel),
  );
  if (silent.length > 0) {
    const found = `no sender is active for ${silent.join(', ')}`;
    return warning(found, 'Activate one: `npm run crm -- senders list` shows them.', about);
  }
  if (served.length === 0) {
    return warning('it has no sender', 'Add one: `npm run crm -- senders add --help`.', about);
  }
  if (valid.length === 0) {
    const remedy = 'Make one: `npm run crm -- keys create NAME`.';
    return warning('it has no valid API key', remedy, about);
  }
  const count = `${valid.length} API key${valid.length === 1 ? '' : 's'}`;
  return ok(`${served.join(', ')}; ${count}`, about);
};

/** Whether anybody can send, and on which channels. */
export const accounts: Check = {
  name: 'accounts',
  needs: ['migrations'],
  run: async ({ database, accounts: readAccounts, accountIds, installation }) => {
    const found = await installation();
    if (!database || !found) return [skipped('database')];
    if (!mayUseTables(found)) return [skipped('tables')];
    const all = await readAccounts();
    if (all.length === 0) {
      const remedy = 'Make one: `npm run crm -- accounts add NAME`.';
      return [warning('there is no sub-account yet', remedy)];
    }
    const ids = await accountIds();
    const rows = await Promise.all([readKeys(database, ids), readSenders(database, ids)]);
    const [keysOf, sendersOf] = [byAccount(rows[0]), byAccount(rows[1])];
    return all.map(({ id, name }) =>
      lookAt({ name, keys: keysOf(id), senders: sendersOf(id) }, found.now),
    );
  },
};
