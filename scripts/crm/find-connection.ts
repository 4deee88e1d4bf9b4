import type { Session } from './context.ts';
import { ask } from './database.ts';
import { pickOne } from './pick-one.ts';

/** The account's connection with this id or name, its credentials sealed. */
export const findConnection = async ({ database }: Session, accountId: string, wanted: string) => {
  const connections = await ask(
    database
      .from('connections')
      .select('id, name, provider, credentials')
      .eq('sub_account_id', accountId)
      .order('created_at'),
  );
  return pickOne(connections, wanted, 'connection');
};
