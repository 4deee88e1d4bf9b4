import type { Session } from './context.ts';
import { ask } from './database.ts';

export type Account = { readonly id: string; readonly name: string };

const most = 1000;

const choose = (accounts: readonly Account[], named: string | null): Account => {
  const fitting = accounts.filter(
    ({ id, name }) => named === null || id === named || name === named,
  );
  const [account, ...others] = fitting;
  if (account && others.length === 0) return account;
  const list = accounts.map(({ id, name }) => `\n  ${id}  ${name}`).join('');
  if (accounts.length === 0) {
    throw new Error(
      'There is no sub-account yet: make one with `npm run crm -- accounts add NAME`.',
    );
  }
  if (named === null) throw new Error(`Say which sub-account with --account:${list}`);
  if (account)
    throw new Error(`Several sub-accounts are called so: say --account with an id.${list}`);
  throw new Error(`There is no such sub-account; there are:${list}`);
};

/** The sub-account that `--account` names; without it the only one there is. Throws the list to choose from. */
export const findAccount = async ({ database, account }: Session): Promise<Account> => {
  const accounts = await ask(
    database.from('sub_accounts').select('id, name').order('created_at').limit(most),
  );
  return choose(accounts, account);
};
