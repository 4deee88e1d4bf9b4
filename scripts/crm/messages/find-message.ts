import { isUuid } from '../../../src/lib/is-uuid.ts';
import { parseWireId } from '../../../src/lib/message-id.ts';
import type { Session } from '../context.ts';
import { ask } from '../database.ts';
import { findAccount } from '../find-account.ts';

const parseId = (text: string): string => {
  const id = parseWireId(text) ?? (isUuid(text) ? text : null);
  if (id !== null) return id;
  throw new Error(
    'This is no message id: say one as msg_… or as a UUID; `npm run crm -- messages tail --once` shows the last ones.',
  );
};

const first = <Row>(rows: readonly Row[]): Row | null => rows[0] ?? null;

const agentOf = async ({ database }: Session, agentId: string | null) =>
  agentId === null
    ? null
    : first(await ask(database.from('agents').select('id, name, model').eq('id', agentId)));

/** A message of the account with everything that belongs to it. Throws if there is none. */
export const findMessage = async (session: Session, wanted: string) => {
  const { database } = session;
  const id = parseId(wanted);
  const account = await findAccount(session);
  const message = first(
    await ask(
      database.from('messages').select('*').eq('id', id).eq('sub_account_id', account.id).limit(1),
    ),
  );
  if (message === null) {
    throw new Error(
      `There is no such message in ${account.name}: see whether --account and the id are right.`,
    );
  }
  const [attempts, conversations, agent] = await Promise.all([
    ask(database.from('message_attempts').select('*').eq('message_id', id).order('number')),
    ask(database.from('conversations').select('id, external_id').eq('id', message.conversation_id)),
    agentOf(session, message.agent_id),
  ]);
  return { message, attempts, conversation: first(conversations), agent };
};

export type FoundMessage = Awaited<ReturnType<typeof findMessage>>;
