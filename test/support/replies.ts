import { expect } from 'vitest';
import { z } from 'zod';
import type { Stack } from '../../dev/stack.ts';
import { createRest } from './rest.ts';

const rowsSchema = z.array(
  z.object({
    id: z.string(),
    conversation_id: z.string(),
    status: z.string(),
    content: z.string().nullable(),
    replies_to_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    metadata: z.object({ email_message_id: z.string().optional() }).loose(),
  }),
);

/** The tools of tests of agents that reply by themselves, through the database's REST API. */
export const watchReplies = (stack: () => Stack) => {
  const rest = createRest(stack);
  const rows = async (query: string) => rowsSchema.parse(await rest(`messages?${query}`));
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
