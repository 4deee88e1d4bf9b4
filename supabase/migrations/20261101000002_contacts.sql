-- Whom we write to: contacts, their addresses, and the conversations with them.
-- Foreign keys carry the sub-account, so that a row can never refer to another tenant's.

create table public.contacts (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  name text check (length(name) <= 200),
  created_at timestamptz not null default now(),
  unique (sub_account_id, id)
);

comment on table public.contacts is 'A person. Reached through contact_addresses.';

alter table public.contacts enable row level security;
revoke all on table public.contacts from public, anon, authenticated;
grant select, insert, update, delete on table public.contacts to service_role;

create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  contact_id uuid not null,
  external_id text check (length(external_id) between 1 and 255),
  created_at timestamptz not null default now(),
  unique (sub_account_id, id),
  unique (sub_account_id, external_id),
  foreign key (sub_account_id, contact_id) references public.contacts (sub_account_id, id) on delete cascade
);

comment on table public.conversations is 'All messages with one contact, over every channel.';
comment on column public.conversations.external_id is 'The caller''s own id for it, such as conv_abc123.';

create index conversations_contact_idx on public.conversations (sub_account_id, contact_id);

alter table public.conversations enable row level security;
revoke all on table public.conversations from public, anon, authenticated;
grant select, insert, update, delete on table public.conversations to service_role;
