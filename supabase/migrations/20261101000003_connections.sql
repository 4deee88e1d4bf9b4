-- What we send through: accounts at vendors, the senders that they own, the agents that write.

create table public.connections (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  provider text not null check (provider ~ '^[a-z][a-z0-9_]*$'),
  name text not null check (length(name) between 1 and 200),
  credentials text not null,
  created_at timestamptz not null default now(),
  unique (sub_account_id, id)
);

comment on table public.connections is 'An account at a vendor: of a channel or of an AI model.';
comment on column public.connections.provider is 'The provider''s word in the registries src/channels and src/ai.';
comment on column public.connections.credentials is
  'Sealed by the function (src/lib/credentials-vault.ts) with this row''s id as associated data; never in the clear.';

alter table public.connections enable row level security;
revoke all on table public.connections from public, anon, authenticated;
grant select, insert, update, delete on table public.connections to service_role;

create table public.senders (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  connection_id uuid not null,
  channel text not null check (channel in ('sms', 'email', 'whatsapp', 'facebook', 'instagram')),
  address text not null check (length(address) between 1 and 320),
  priority integer not null default 100,
  active boolean not null default true,
  failures integer not null default 0,
  rests_until timestamptz,
  created_at timestamptz not null default now(),
  unique (sub_account_id, id),
  foreign key (sub_account_id, connection_id) references public.connections (sub_account_id, id) on delete cascade
);

comment on table public.senders is 'What the contact sees as the sender on one channel.';
comment on column public.senders.address is
  'As the vendor knows it: a number or messaging service, a phone number id, a page id, a mailbox.';
comment on column public.senders.priority is 'The lowest is tried first.';
comment on column public.senders.failures is 'Failures in a row; a success sets it to 0.';
comment on column public.senders.rests_until is 'Until then the sender is tried after all others.';

create index senders_connection_idx on public.senders (sub_account_id, connection_id);

alter table public.senders enable row level security;
revoke all on table public.senders from public, anon, authenticated;
grant select, insert, update, delete on table public.senders to service_role;

create table public.agents (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  connection_id uuid,
  name text not null check (length(name) between 1 and 200),
  model text not null check (length(model) between 1 and 200),
  instructions text not null check (length(instructions) <= 100000),
  active boolean not null default true,
  created_at timestamptz not null default now(),
  unique (sub_account_id, id),
  foreign key (sub_account_id, connection_id)
    references public.connections (sub_account_id, id) on delete set null (connection_id)
);

comment on table public.agents is 'An AI agent: a model at a connection, with instructions.';

create index agents_connection_idx on public.agents (sub_account_id, connection_id);

alter table public.agents enable row level security;
revoke all on table public.agents from public, anon, authenticated;
grant select, insert, update, delete on table public.agents to service_role;

create table public.contact_addresses (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  contact_id uuid not null,
  channel text not null check (channel in ('sms', 'email', 'whatsapp', 'facebook', 'instagram')),
  address text not null check (length(address) between 1 and 320),
  only_sender_id uuid,
  opted_out_at timestamptz,
  last_inbound_at timestamptz,
  learnt_from_thread boolean not null default false,
  provisional boolean not null default false,
  created_at timestamptz not null default now(),
  foreign key (sub_account_id, contact_id) references public.contacts (sub_account_id, id) on delete cascade,
  foreign key (sub_account_id, only_sender_id)
    references public.senders (sub_account_id, id) on delete cascade
);

comment on table public.contact_addresses is 'Where a contact can be reached on a channel.';
comment on column public.contact_addresses.address is
  'E.164, an email address, a page-scoped id, or on WhatsApp a number or a business-scoped id.';
comment on column public.contact_addresses.only_sender_id is
  'The one sender that can reach it: page-scoped ids mean nothing to another page. Null: any sender.';
comment on column public.contact_addresses.last_inbound_at is
  'When the contact last wrote from here, automatic mail aside; null: not known.';
comment on column public.contact_addresses.learnt_from_thread is
  'Known only from an email that answered one to the contact, who may have forwarded it: written to when there is no other, '
  'answered by no agent by itself, and told nothing of what was said elsewhere.';
comment on column public.contact_addresses.provisional is
  'Made by an email of which only From is known so far: its headers may name somebody else as the writer.';

create index contact_addresses_contact_idx on public.contact_addresses (sub_account_id, contact_id, channel);
create index contact_addresses_only_sender_idx on public.contact_addresses (sub_account_id, only_sender_id)
  where only_sender_id is not null;

alter table public.contact_addresses enable row level security;
revoke all on table public.contact_addresses from public, anon, authenticated;
grant select, insert, update, delete on table public.contact_addresses to service_role;
