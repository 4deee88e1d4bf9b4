import type { Stack } from '../../dev/stack.ts';

/** Asks the stack's tables through Supabase's REST API, with the secret key. */
export const createRest =
  (stack: () => Stack) =>
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
