import type { Session } from './context.ts';
import { pickOne } from './pick-one.ts';
import { oldestFirst, readAll } from './read-all.ts';

/** The account's agents, oldest first. */
export const readAgents = ({ database }: Session, accountId: string) =>
  readAll(() =>
    database.from('agents').select('id, name, active, created_at').eq('sub_account_id', accountId),
  ).then(oldestFirst);

/** The account's agent with this id or name. */
export const findAgent = async (session: Session, accountId: string, wanted: string) =>
  pickOne(await readAgents(session, accountId), wanted, 'agent');
