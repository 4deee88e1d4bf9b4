import type { Session } from '../context.ts';
import { ask } from '../database.ts';

const columns =
  'id, channel, sender_type, status, error, created_at, sent_at, delivered_at, read_at, failed_at';

type Range = { readonly offset: number; readonly limit: number };

/** The messages of an account, or of one of its keys. */
export type Scope = { readonly accountId: string; readonly keyId: string | null };

/** The newest messages, newest first. */
export const readRecent = (
  { database }: Session,
  { accountId, keyId }: Scope,
  { offset, limit }: Range,
) =>
  ask(
    database
      .from('messages')
      .select(columns)
      .match({ sub_account_id: accountId, ...(keyId === null ? {} : { api_key_id: keyId }) })
      .order('created_at', { ascending: false })
      .order('id', { ascending: false })
      .range(offset, offset + limit - 1)
      // Watching repeats by itself, and should say at once that nobody responds.
      .retry(false),
  );

export type Recent = Awaited<ReturnType<typeof readRecent>>[number];

const idsAtOnce = 100;

/** Their texts by id. Read separately, because they are rarely wanted. */
export const readTexts = async (
  { database }: Session,
  messages: readonly Recent[],
): Promise<ReadonlyMap<string, string | null>> => {
  const texts = new Map<string, string | null>();
  for (let start = 0; start < messages.length; start += idsAtOnce) {
    const ids = messages.slice(start, start + idsAtOnce).map(({ id }) => id);
    const rows = await ask(database.from('messages').select('id, content').in('id', ids));
    for (const { id, content } of rows) texts.set(id, content);
  }
  return texts;
};
