import { isUuid } from '../../src/lib/is-uuid.ts';
import type { Session } from './context.ts';
import { ask, type DatabaseClient } from './database.ts';
import { oldestFirst, readAll } from './read-all.ts';
import { toChoices } from './to-choices.ts';

export type Account = { readonly id: string; readonly name: string };

/** The accounts with this id or name; several may have the same name. */
export const findNamed = async (
  database: DatabaseClient,
  wanted: string,
): Promise<readonly Account[]> => {
  const every = () => database.from('sub_accounts').select('id, name, created_at');
  const named = oldestFirst(await readAll(() => every().eq('name', wanted)));
  if (!isUuid(wanted)) return named;
  return [...(await ask(every().eq('id', wanted).neq('name', wanted))), ...named];
};

/** One more than is shown, to know whether there are more. */
const someMore = 21;

const findSome = (database: DatabaseClient): Promise<readonly Account[]> =>
  ask(database.from('sub_accounts').select('id, name').order('created_at').limit(someMore));

/** The sub-account that `--account` names; without it, the only one. Throws a list to choose from. */
export const findAccount = async ({ database, account: wanted }: Session): Promise<Account> => {
  const fitting = wanted === null ? [] : await findNamed(database, wanted);
  const accounts = fitting.length > 0 ? fitting : await findSome(database);
  const [account, ...others] = accounts;
  if (!account) {
    throw new Error(
      'There is no sub-account yet: make one with `npm run crm -- accounts add NAME`.',
    );
  }
  const list = toChoices(accounts, 'accounts list');
  if (wanted !== null && fitting.length === 0) {
    throw new Error(`There is no such sub-account; there are:${list}`);
  }
  if (others.length === 0) return account;
  throw new Error(
    wanted === null
      ? `Say which sub-account with --account:${list}`
      : `Several sub-accounts are called so: say --account with an id.${list}`,
  );
};
