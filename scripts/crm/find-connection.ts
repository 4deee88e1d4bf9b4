import type { Session } from './context.ts';
import { pickOne } from './pick-one.ts';
import { oldestFirst, readAll } from './read-all.ts';

/** The account's connections, their credentials sealed, oldest first. */
export const readConnections = ({ database }: Session, accountId: string) =>
  readAll(() =>
    database
      .from('connections')
      .select(
        'id, name, provider, credentials, last_webhook_at, created_at, senders (count), agents (count)',
      )
      .eq('sub_account_id', accountId),
  ).then(oldestFirst);

export type Connection = Awaited<ReturnType<typeof readConnections>>[number];

/** The account's connection with this id or name. */
export const findConnection = async (session: Session, accountId: string, wanted: string) =>
  pickOne(await readConnections(session, accountId), wanted, 'connection');
