-- Webhooks that were stored already.

create table public.webhook_events (
  connection_id uuid not null,
  event_id text not null check (length(event_id) between 1 and 500),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  received_at timestamptz not null default now(),
  primary key (connection_id, event_id),
  foreign key (sub_account_id, connection_id)
    references public.connections (sub_account_id, id) on delete cascade
);

comment on table public.webhook_events is 'Webhooks already taken, by the provider''s own id: twice is once.';

create index webhook_events_connection_idx on public.webhook_events (sub_account_id, connection_id);

alter table public.webhook_events enable row level security;
revoke all on table public.webhook_events from public, anon, authenticated;
grant select, insert, update, delete on table public.webhook_events to service_role;
