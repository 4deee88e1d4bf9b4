-- Accounts at vendors, the senders that they own, and the agents that write.

create table public.connections (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  provider text not null check (provider ~ '^[a-z][a-z0-9_]*$'),
  name text not null check (length(name) between 1 and 200),
  credentials text not null,
  last_webhook_at timestamptz,
  created_at timestamptz not null default now(),
  unique (sub_account_id, id)
);

comment on table public.connections is 'An account at a vendor: of a channel or of an AI model.';
comment on column public.connections.provider is 'The provider''s word in the registries src/channels and src/ai.';
comment on column public.connections.credentials is
  'Sealed by the function (src/lib/credentials-vault.ts) with this row''s id as associated data; never in the clear.';
comment on column public.connections.last_webhook_at is
  'When the vendor last called with a right signature, to a minute.';

alter table public.connections enable row level security;
revoke all on table public.connections from public, anon, authenticated;
grant select, insert, update, delete on table public.connections to service_role;

create table public.agents (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  connection_id uuid,
  name text not null check (length(name) between 1 and 200),
  model text not null check (length(model) between 1 and 200),
  instructions text not null check (length(instructions) <= 100000),
  active boolean not null default true,
  reply_pause_ms integer not null default 1500 check (reply_pause_ms between 0 and 600000),
  person_pause_hours numeric not null default 12 check (person_pause_hours between 0 and 8760),
  max_unanswered integer not null default 3 check (max_unanswered > 0),
  max_replies_per_hour integer not null default 20 check (max_replies_per_hour > 0),
  daily_token_limit integer check (daily_token_limit > 0),
  created_at timestamptz not null default now(),
  unique (sub_account_id, id),
  foreign key (sub_account_id, connection_id)
    references public.connections (sub_account_id, id) on delete set null (connection_id)
);

comment on table public.agents is 'An AI agent: a model at a connection, with instructions.';
comment on column public.agents.reply_pause_ms is
  'How long after the contact''s last message it replies, so that several messages in a row get one reply.';
comment on column public.agents.person_pause_hours is
  'How long it keeps quiet in a conversation after a person has written there.';
comment on column public.agents.max_unanswered is
  'After so many messages of agents without one of the contact between them, it keeps quiet.';
comment on column public.agents.max_replies_per_hour is
  'Replies in one conversation; ends a talk with another machine.';
comment on column public.agents.daily_token_limit is
  'Input and output tokens from midnight UTC on, all its messages together; null: no limit.';

create index agents_connection_idx on public.agents (sub_account_id, connection_id);

alter table public.agents enable row level security;
revoke all on table public.agents from public, anon, authenticated;
grant select, insert, update, delete on table public.agents to service_role;

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
  answering_agent_id uuid,
  address_key text not null,
  created_at timestamptz not null default now(),
  unique (sub_account_id, id),
  unique (sub_account_id, channel, address_key),
  foreign key (sub_account_id, connection_id) references public.connections (sub_account_id, id) on delete cascade,
  foreign key (sub_account_id, answering_agent_id)
    references public.agents (sub_account_id, id) on delete set null (answering_agent_id)
);

comment on table public.senders is 'A number, page or mailbox that messages go out from, on one channel.';
comment on column public.senders.address is
  'As the vendor knows it: a number or messaging service, a phone number id, a page id, a mailbox.';
comment on column public.senders.priority is 'The lowest is tried first.';
comment on column public.senders.failures is 'Failures in a row; a success sets it to 0.';
comment on column public.senders.rests_until is 'Until then the sender is tried after all others.';
comment on column public.senders.answering_agent_id is
  'Replies to what contacts write to this sender, where the conversation has no agent of its own.';
comment on column public.senders.address_key is
  'Finds the sender however its address is spelled. `npm run crm -- senders add` makes it (src/lib/address-key.ts).';

create index senders_connection_idx on public.senders (sub_account_id, connection_id);
create index senders_answering_agent_idx on public.senders (sub_account_id, answering_agent_id)
  where answering_agent_id is not null;
create index senders_mailbox_idx on public.senders (crm_api.mailbox_of(address_key)) where channel = 'email';
create index senders_domain_idx on public.senders (crm_api.domain_of(address_key)) where channel = 'email';

alter table public.senders enable row level security;
revoke all on table public.senders from public, anon, authenticated;
grant select, insert, update, delete on table public.senders to service_role;
