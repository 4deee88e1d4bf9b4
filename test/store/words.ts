import { describe, expect, it } from 'vitest';
import { messageStatuses } from '../../src/ports/message.ts';
import type { StoreContext } from './context.ts';

/** The words that a column of messages may hold, as its check names them. */
const wordsOf = async (context: StoreContext, column: string): Promise<string[]> => {
  const [row] = await context.database().query(`
    select pg_get_constraintdef(oid) as words from pg_constraint
    where conrelid = 'public.messages'::regclass and conname = 'messages_${column}_check'`);
  return [...String(row?.words).matchAll(/'(\w+)'/g)].map(([, word = '']) => word);
};

export const describeWords = (context: StoreContext) => {
  describe('a message in the database', () => {
    it('has the statuses that the code knows, and no others', async () => {
      expect((await wordsOf(context, 'status')).toSorted()).toEqual(messageStatuses.toSorted());
    });
  });
};
