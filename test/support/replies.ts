import { expect } from 'vitest';
import type { Stack } from '../../dev/stack.ts';
import { createMessageRows, createRest } from './rest.ts';

/** The tools of tests of agents that reply by themselves, through the database's REST API. */
export const watchReplies = (stack: () => Stack) => {
  const rest = createRest(stack);
  const rows = createMessageRows(rest);
  const repliesIn = (conversationId: string) =>
    rows(`conversation_id=eq.${conversationId}&replies_to_id=not.is.null&order=created_at`);
  const statusesIn = async (conversationId: string) =>
    (await repliesIn(conversationId)).map(({ status }) => status);

  return {
    rows,
    change: (path: string, values: object) =>
      rest(path, { method: 'PATCH', body: JSON.stringify(values) }),
    repliesIn,
    statusesIn,
    /** Waits until the conversation's replies have these states, oldest first. */
    expectAnswers: (conversationId: string, statuses: readonly string[]) =>
      expect.poll(() => statusesIn(conversationId), { timeout: 15_000 }).toEqual(statuses),
  };
};
