import { z } from 'zod';
import type { Postgres } from '../machine/postgres.ts';

/** Records every state of a message, outside of what the function can see. */
export const keepHistory = `
  create schema faults;
  create table faults.history (
    id bigint generated always as identity primary key,
    message_id uuid not null,
    at timestamptz not null default clock_timestamp(),
    status text not null,
    content text,
    lease_id uuid,
    lease_expires_at timestamptz,
    tries integer not null,
    error jsonb
  );
  create index on faults.history (message_id);
  create function faults.note() returns trigger language plpgsql security definer set search_path = '' as $$
  begin
    insert into faults.history (message_id, status, content, lease_id, lease_expires_at, tries, error)
    values (new.id, new.status, new.content, new.lease_id, new.lease_expires_at, new.tries, new.error);
    return null;
  end;
  $$;
  create trigger note after insert or update on public.messages
    for each row execute function faults.note();
`;

const rowSchema = z.object({
  id: z.string(),
  status: z.string(),
  content: z.string().nullable(),
  leased: z.boolean(),
  /** How many different texts it had. */
  texts: z.number(),
  said: z.string(),
});

/** The final state of a message. `said` is the caller's request. */
export type StoredRow = z.infer<typeof rowSchema>;

/** Every message that somebody wanted to send. */
export const readRows = async (query: Postgres['query']): Promise<readonly StoredRow[]> => {
  const rows = await query(`
    select m.id, m.status, m.content, m.lease_expires_at is not null as leased,
      coalesce(m.prompt, m.content) as said,
      (select count(distinct h.content)::int from faults.history h where h.message_id = m.id) as texts
    from public.messages m
    where m.sender_type <> 'contact'
  `);
  return z.array(rowSchema).parse(rows);
};

const stateSchema = z.object({
  at: z.date(),
  status: z.string(),
  content: z.string().nullable(),
  lease_id: z.string().nullable(),
  lease_expires_at: z.date().nullable(),
  tries: z.number(),
  error: z.object({ code: z.string() }).nullable(),
});

/** The states of one message, a line each. */
export const readHistory = async (
  query: Postgres['query'],
  messageId: string,
): Promise<readonly string[]> => {
  const rows = await query('select * from faults.history where message_id = $1 order by id', [
    messageId,
  ]);
  return z
    .array(stateSchema)
    .parse(rows)
    .map(({ at, status, content, lease_id, lease_expires_at, tries, error }) => {
      const lease = `lease ${lease_id?.slice(0, 8)} until ${lease_expires_at?.toISOString() ?? 'none'}`;
      return `${at.toISOString()} row: ${status}, try ${tries}, ${lease}, error ${error?.code ?? 'none'}, text ${JSON.stringify(content)}`;
    });
};
