import { ask, type DatabaseClient } from '../database.ts';
import { once } from './once.ts';

/** Milliseconds in which a vendor reports something about each message. */
const reportedWithin = 600_000;

/** Only that many are read, because the table of all messages is long. */
const most = 200;

// In the order of messages_recent_idx.
const readSenders = async (database: DatabaseClient, accountId: string, now: number) => {
  const before = new Date(now - reportedWithin).toISOString();
  const messages = await ask(
    database
      .from('messages')
      .select('sender_id, sent_at')
      .eq('sub_account_id', accountId)
      .lt('created_at', before)
      .order('created_at', { ascending: false })
      .order('id', { ascending: false })
      .limit(most),
  );
  const sent = messages.filter(
    ({ sent_at }) => sent_at !== null && Date.parse(sent_at) < now - reportedWithin,
  );
  return new Set(sent.map(({ sender_id }) => sender_id));
};

type Sender = { readonly id: string; readonly sub_account_id: string };

/** Whether a sender has sent one of its account's newest messages long enough ago. `now` is the database's time. */
export const createSentForLong = (database: DatabaseClient, now: number) => {
  const accounts = new Map<string, () => ReturnType<typeof readSenders>>();
  return async ({ id, sub_account_id: accountId }: Sender): Promise<boolean> => {
    const read = accounts.get(accountId) ?? once(() => readSenders(database, accountId, now));
    accounts.set(accountId, read);
    return (await read()).has(id);
  };
};
