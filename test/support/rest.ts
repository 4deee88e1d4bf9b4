import { z } from 'zod';
import type { Stack } from '../../dev/stack.ts';

/** Asks the stack's tables through Supabase's REST API, with the secret key. */
export const createRest =
  (stack: () => Pick<Stack, 'database'>) =>
  async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const { url, secretKey } = stack().database;
    const response = await fetch(`${url}/rest/v1/${path}`, {
      ...init,
      headers: {
        apikey: secretKey,
        authorization: `Bearer ${secretKey}`,
        'content-type': 'application/json',
      },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  };

const rowsSchema = z.array(
  z
    .object({
      id: z.string(),
      conversation_id: z.string(),
      address_id: z.string().nullable(),
      sender_type: z.string(),
      agent_id: z.string().nullable(),
      status: z.string(),
      content: z.string().nullable(),
      replies_to_id: z.string().nullable(),
      provider_message_id: z.string().nullable(),
      metadata: z
        .object({
          email_message_id: z.string().optional(),
          attachments: z.array(z.object({ kind: z.string() }).loose()).optional(),
        })
        .loose(),
    })
    .loose(),
);

/** The rows of messages that a query of the REST API finds. */
export const createMessageRows = (rest: ReturnType<typeof createRest>) => async (query: string) =>
  rowsSchema.parse(await rest(`messages?${query}`));
