import { createClient } from '@supabase/supabase-js';
import * as z from 'zod';
import { remember } from '../lib/remember.ts';
import type { Database } from './database.types.ts';

export type StoreSettings = { readonly url: string; readonly secretKey: string };

export type Functions = Database['public']['Functions'];
export type FunctionName = keyof Functions;

const composed = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) });

/** The parts of a call that are the same each time. */
export type FunctionRequest = Readonly<z.infer<typeof composed>>;

/** More than there are functions. */
const most = 100;

/**
 * Asks supabase-js once for each function where it would call it and with which headers. It would compose both anew for
 * each call, with a client, a builder and three copies of the headers.
 */
export const composeRequests = ({ url, secretKey }: StoreSettings) => {
  const client = createClient<Database>(url, secretKey, {
    // Nobody signs in here. With this token, the client does not look for a session.
    accessToken: async () => secretKey,
    global: {
      // Answers each request with its own URL and headers.
      fetch: async (input, init) => {
        const headers = Object.fromEntries(new Headers(init?.headers));
        return Response.json({ url: String(input), headers });
      },
    },
  });
  return remember(most, async (name: FunctionName): Promise<FunctionRequest> => {
    const { data } = await client.rpc(name).throwOnError();
    return composed.parse(data);
  });
};
