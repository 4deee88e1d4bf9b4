import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { messageStatuses } from '../../src/ports/message.ts';
import type { StoreContext } from './context.ts';

/** The words that a column of messages may hold, as its check names them. */
const wordsOf = async (context: StoreContext, column: string): Promise<string[]> => {
  const [row] = await context.database().query(`
    select pg_get_constraintdef(oid) as words from pg_constraint
    where conrelid = 'public.messages'::regclass and conname = 'messages_${column}_check'`);
  return [...String(row?.words).matchAll(/'(\w+)'/g)].map(([, word = '']) => word);
};

/** The columns that keep their first value, or that a function for one kind of event changes. */
const notSaved = [
  ...['id', 'sub_account_id', 'conversation_id', 'channel', 'sender_type', 'body', 'awaits_text'],
  ...['subject', 'reply_prefix', 'agent_id', 'prompt', 'replies_to_id', 'request_hash', 'metadata'],
  'created_at',
];

export const describeWords = (context: StoreContext) => {
  describe('a message in the database', () => {
    it('has the statuses that the code knows, and no others', async () => {
      expect((await wordsOf(context, 'status')).toSorted()).toEqual(messageStatuses.toSorted());
    });

    it('begins with the defaults of its table: crm_api.new_message names each', async () => {
      const forgotten = await context.database().query(`
        select c.column_name as name
        from information_schema.columns c, gen_random_uuid() id,
          to_jsonb(crm_api.new_message(id, id, id, 'sms', 'user')) made
        where c.table_schema = 'public' and c.table_name = 'messages'
          and c.column_default is not null and made ->> c.column_name is null`);
      expect(forgotten).toEqual([]);
    });

    it('has no column that nobody decided about: crm_api.save_message writes it, or it is not saved', async () => {
      const [row] = await context.database().query(`
        select array_to_json(array(
          select column_name from information_schema.columns
          where table_schema = 'public' and table_name = 'messages'
        ))::text as columns, prosrc as body
        from pg_proc where oid = 'crm_api.save_message'::regproc`);
      const [, assigned = ''] = /\bset ([\s\S]*)\bwhere\b/.exec(String(row?.body)) ?? [];
      const saved = [...assigned.matchAll(/(\w+) = /g)].map(([, name]) => name);
      const columns = z.array(z.string()).parse(JSON.parse(String(row?.columns)));
      expect([...saved, ...notSaved].sort()).toEqual(columns.sort());
    });
  });
};
