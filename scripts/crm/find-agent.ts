import type { Session } from './context.ts';
import { pickOne } from './pick-one.ts';
import { oldestFirst, readAll } from './read-all.ts';

/** The account's agent with this id or name. */
export const findAgent = async ({ database }: Session, accountId: string, wanted: string) => {
  const agents = await readAll(() =>
    database.from('agents').select('id, name, created_at').eq('sub_account_id', accountId),
  );
  return pickOne(oldestFirst(agents), wanted, 'agent');
};
