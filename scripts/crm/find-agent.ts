import type { Session } from './context.ts';
import { ask } from './database.ts';
import { pickOne } from './pick-one.ts';

/** The account's agent with this id or name. */
export const findAgent = async ({ database }: Session, accountId: string, wanted: string) => {
  const agents = await ask(
    database.from('agents').select('id, name').eq('sub_account_id', accountId).order('created_at'),
  );
  return pickOne(agents, wanted, 'agent');
};
