import { z } from 'zod';
import type { Postgres } from '../../dev/machine/postgres.ts';

const newestSchema = z.array(z.object({ message: z.string(), call: z.string() }));

/** The columns of the newest message and of its call that have a value. */
const newest = `
  select
    (select string_agg(key, ', ' order by key) from jsonb_each(to_jsonb(m)) where value <> 'null') as message,
    (select string_agg(key, ', ' order by key) from jsonb_each(to_jsonb(a)) where value <> 'null') as call
  from public.messages m
  join public.message_attempts a on a.message_id = m.id
  order by m.created_at desc
  limit 1`;

/** Throws if the two do not store the same: then comparing their costs says nothing. */
export const assertSameRows = async (
  { query }: Postgres,
  sends: readonly (() => Promise<void>)[],
): Promise<void> => {
  const stored: string[] = [];
  for (const send of sends) {
    await send();
    stored.push(JSON.stringify(newestSchema.parse(await query(newest)), null, 2));
  }
  if (new Set(stored).size > 1) {
    throw new Error(`plain-send.ts stores other columns than the functions: ${stored.join('\n')}`);
  }
};
