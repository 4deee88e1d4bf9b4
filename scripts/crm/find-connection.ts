import type { Session } from './context.ts';
import { ask } from './database.ts';
import { pickOne } from './pick-one.ts';

/** The account's connections, their credentials sealed, oldest first. */
export const readConnections = ({ database }: Session, accountId: string) =>
  ask(
    database
      .from('connections')
      .select('id, name, provider, credentials, last_webhook_at, senders (count), agents (count)')
      .eq('sub_account_id', accountId)
      .order('created_at'),
  );

export type Connection = Awaited<ReturnType<typeof readConnections>>[number];

/** The account's connection with this id or name. */
export const findConnection = async (session: Session, accountId: string, wanted: string) =>
  pickOne(await readConnections(session, accountId), wanted, 'connection');
