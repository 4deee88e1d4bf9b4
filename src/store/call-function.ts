import * as z from 'zod';
import { connectionWasNeverMade } from '../lib/connection-never-made.ts';
import { parseJson } from '../lib/parse-json.ts';
import type { Fetch } from '../ports/io.ts';
import { type Answer, ask } from './ask.ts';
import {
  composeRequests,
  type FunctionName,
  type Functions,
  type StoreSettings,
} from './compose-requests.ts';

/** Calls a function of the database, whose errors are AppErrors, and resolves to its result. */
export type CallFunction = <Name extends FunctionName>(
  name: Name,
  args: Functions[Name]['Args'],
) => Promise<unknown>;

// PostgREST's format, which is Postgres' own. The gateway before it has others.
const databaseError = z.object({
  code: z.string().optional().catch(undefined),
  message: z.string(),
});

const readAnswer = async (response: Response): Promise<Answer> => {
  const { status, ok } = response;
  const text = await response.text();
  // A function that returns nothing has no body.
  const data = text === '' ? null : parseJson(text);
  if (ok && data !== undefined) return { status, data, error: null };
  const error = databaseError.safeParse(data);
  return { status, data: null, error: error.success ? error.data : { message: text } };
};

/** A call that never left gets the response that PostgREST gives when it has not asked Postgres. */
const toAnswer = (thrown: unknown): Answer => {
  if (connectionWasNeverMade(thrown)) {
    return { status: 503, data: null, error: { code: 'PGRST000', message: 'no connection' } };
  }
  return { status: 0, data: null, error: { message: String(thrown) } };
};

/** Calls the functions as supabase-js does, with the same bytes, but without its work at each call. */
export const createCallFunction = (settings: StoreSettings, fetch: Fetch): CallFunction => {
  const findRequest = composeRequests(settings);
  return async (name, args) => {
    const { url, headers } = await findRequest(name);
    const body = JSON.stringify(args);
    return ask(async (signal) => {
      try {
        return await readAnswer(await fetch(url, { method: 'POST', headers, body, signal }));
      } catch (thrown) {
        return toAnswer(thrown);
      }
    });
  };
};
