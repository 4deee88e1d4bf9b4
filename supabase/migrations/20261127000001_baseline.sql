-- Made from supabase/schemas by `npm run migration -- --baseline`: change it there.

-- supabase/schemas/00_names.sql

-- Runs first: if a project that is in use has any of these names, nothing is made, and the error lists them.
do $$
declare
  v_relations text[] := array[
    'agents', 'api_keys', 'connections', 'contact_addresses', 'contacts', 'conversations', 'jobs', 'message_attempts',
    'messages', 'senders', 'sub_accounts', 'webhook_events',
    'agents_connection_idx', 'api_keys_sub_account_id_idx', 'contact_addresses_contact_idx',
    'contact_addresses_only_sender_idx', 'conversations_answering_agent_idx', 'conversations_contact_idx',
    'jobs_due_idx', 'jobs_lease_idx', 'jobs_tried_idx',
    'messages_agent_usage_idx', 'messages_composing_idx',
    'messages_echo_idx', 'messages_email_message_id_idx', 'messages_history_idx', 'messages_idempotency_key_idx',
    'messages_last_subject_idx', 'messages_lease_idx', 'messages_open_replies_idx',
    'messages_provider_message_id_idx', 'messages_queued_by_key_idx', 'messages_queues_idx',
    'messages_recent_idx', 'messages_sent_by_idx', 'messages_unread_idx', 'senders_answering_agent_idx',
    'senders_connection_idx', 'senders_domain_idx', 'senders_mailbox_idx', 'webhook_events_connection_idx'
  ];
  v_functions text[] := array[
    'begin_send', 'claim_jobs', 'claim_sends', 'commit_reply', 'complete_text', 'describe_installation',
    'get_connection', 'get_message', 'import_contacts', 'look_again', 'record_webhook', 'rekey_addresses',
    'release_claims', 'revoke_key', 'settle_job', 'settle_send'
  ];
  v_taken text[] := array(
    select 'schema ' || n.nspname from pg_catalog.pg_namespace n where n.nspname = 'crm_api'
    union all
    select 'public.' || c.relname from pg_catalog.pg_class c
    where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relname = any (v_relations)
    union all
    select 'public.' || t.typname from pg_catalog.pg_type t
    where t.typnamespace = 'public'::pg_catalog.regnamespace and t.typname = any (v_relations) and t.typrelid = 0
    union all
    select distinct 'public.' || p.proname || '()' from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::pg_catalog.regnamespace and p.proname = any (v_functions)
    order by 1
  );
begin
  if v_taken <> '{}' then
    raise exception 'crm-api was not installed, and nothing is changed: this database has % already.',
      pg_catalog.array_to_string(v_taken, ', ')
      using errcode = 'duplicate_object',
        hint = 'Install crm-api in a project of its own, or rename those: docs/deploy.md, step 1.';
  end if;
end;
$$;

-- supabase/schemas/01_schema.sql

create schema crm_api;
comment on schema crm_api is 'Parts of the public functions; not served over HTTP.';
grant usage on schema crm_api to service_role;

-- supabase/schemas/05_address_keys.sql

-- Addresses and their keys. The caller makes a key (src/lib/address-key.ts): all spellings of one address have the
-- same.

create type crm_api.address as (channel text, address text, key text);

comment on type crm_api.address is 'An address with the key that it is found by.';

-- Reads one of the addresses that an event names; null where it names none.
create function crm_api.read_address(p_event jsonb, p_field text)
returns crm_api.address
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_populate_record(null::crm_api.address, nullif(p_event -> p_field, 'null'));
end;
$$;

-- Takes what stands behind a + out of the key of a mailbox: hello+quote17@ is hello@ (RFC 5233).
create function crm_api.mailbox_of(p_key text)
returns text
language sql
immutable
strict
set search_path = ''
return regexp_replace(p_key, '^([^+@]+)\+[^@]*@', '\1@');

-- Takes the domain out of the key of a mailbox.
create function crm_api.domain_of(p_key text)
returns text
language sql
immutable
strict
set search_path = ''
return nullif(split_part(p_key, '@', 2), '');

-- supabase/schemas/10_accounts.sql

-- Sub-accounts (tenants) and their API keys.

create table public.sub_accounts (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  time_zone text not null default 'UTC' check (now() at time zone time_zone is not null),
  created_at timestamptz not null default now()
);

comment on table public.sub_accounts is 'A tenant. Every other row belongs to one, and none is visible to another.';
comment on column public.sub_accounts.time_zone is
  'An IANA name, such as Europe/Berlin: agents are told the time there.';

alter table public.sub_accounts enable row level security;
revoke all on table public.sub_accounts from public, anon, authenticated;
grant select, insert, update, delete on table public.sub_accounts to service_role;

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  key_hash text not null unique check (key_hash ~ '^[0-9a-f]{64}$'),
  display_prefix text not null,
  rate_limit integer not null default 600 check (rate_limit > 0),
  rate_parts integer not null generated always as (greatest(1, least(16, rate_limit / 30))) stored,
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);

comment on table public.api_keys is 'A key is shown once, when it is made; only its hash is kept.';
comment on column public.api_keys.key_hash is 'SHA-256 of the whole key, in lower case hex.';
comment on column public.api_keys.display_prefix is 'The first characters of the key, to tell keys apart in lists.';
comment on column public.api_keys.rate_limit is 'Requests per 60 seconds; also the size of the token bucket.';
comment on column public.api_keys.rate_parts is
  'How many parts the bucket has (crm_api.rate_parts), each of 30 tokens or more.';

create index api_keys_sub_account_id_idx on public.api_keys (sub_account_id);

alter table public.api_keys enable row level security;
revoke all on table public.api_keys from public, anon, authenticated;
grant select, insert, update, delete on table public.api_keys to service_role;

create table crm_api.rate_parts (
  api_key_id uuid not null references public.api_keys (id) on delete cascade,
  part integer not null check (part > 0),
  full_at double precision not null default extract(epoch from clock_timestamp()),
  primary key (api_key_id, part)
) with (fillfactor = 50);

comment on table crm_api.rate_parts is
  'The equal parts of the keys'' token buckets. A request locks one of them to its commit, so that requests of one key '
  'do not wait for each other. A part without a row is full.';
comment on column crm_api.rate_parts.full_at is
  'When the part is full again if nobody takes from it, in seconds since 1970: such numbers are cheap to add up. An '
  'empty part fills up in 60 seconds.';

alter table crm_api.rate_parts enable row level security;
revoke all on table crm_api.rate_parts from public, anon, authenticated;
grant select, insert, update, delete on table crm_api.rate_parts to service_role;

-- supabase/schemas/11_senders.sql

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

-- supabase/schemas/12_people.sql

-- Contacts, their addresses, and the conversations with them.
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
  answering_agent_id uuid,
  created_at timestamptz not null default now(),
  unique (sub_account_id, id),
  unique (sub_account_id, external_id),
  foreign key (sub_account_id, contact_id) references public.contacts (sub_account_id, id) on delete cascade,
  foreign key (sub_account_id, answering_agent_id)
    references public.agents (sub_account_id, id) on delete set null (answering_agent_id)
);

comment on table public.conversations is 'All messages with one contact, over every channel.';
comment on column public.conversations.external_id is 'The caller''s own id for it, such as conv_abc123.';
comment on column public.conversations.answering_agent_id is 'Replies to what the contact writes here.';

create index conversations_contact_idx on public.conversations (sub_account_id, contact_id);
create index conversations_answering_agent_idx on public.conversations (sub_account_id, answering_agent_id)
  where answering_agent_id is not null;

alter table public.conversations enable row level security;
revoke all on table public.conversations from public, anon, authenticated;
grant select, insert, update, delete on table public.conversations to service_role;

create table public.contact_addresses (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  contact_id uuid not null,
  channel text not null check (channel in ('sms', 'email', 'whatsapp', 'facebook', 'instagram')),
  address text not null check (length(address) between 1 and 320),
  only_sender_id uuid,
  address_key text not null,
  opted_out_at timestamptz,
  preference_at timestamptz,
  marketing_opted_out_at timestamptz,
  marketing_preference_at timestamptz,
  invalid_at timestamptz,
  last_inbound_at timestamptz,
  learnt_from_thread boolean not null default false,
  provisional boolean not null default false,
  created_at timestamptz not null default now(),
  unique (sub_account_id, channel, address_key),
  foreign key (sub_account_id, contact_id) references public.contacts (sub_account_id, id) on delete cascade,
  foreign key (sub_account_id, only_sender_id)
    references public.senders (sub_account_id, id) on delete cascade
);

comment on table public.contact_addresses is 'A contact''s address on a channel.';
comment on column public.contact_addresses.address is
  'E.164, an email address, a page-scoped id, or on WhatsApp a number or a business-scoped id.';
comment on column public.contact_addresses.only_sender_id is
  'The one sender that can reach it: page-scoped ids mean nothing to another page. Null: any sender.';
comment on column public.contact_addresses.address_key is
  'Finds the address however it is spelled: one person has it once. `npm run crm -- contacts` makes it '
  '(src/lib/address-key.ts). Messages go to the address, and not to its key.';
comment on column public.contact_addresses.preference_at is
  'When the contact last opted out or in: an older word does not undo it.';
comment on column public.contact_addresses.marketing_opted_out_at is
  'When the contact wanted no promotions any more. Stops nothing that is sent here: a free text inside a '
  'conversation is none.';
comment on column public.contact_addresses.marketing_preference_at is 'As preference_at, of promotions.';
comment on column public.contact_addresses.invalid_at is
  'When a provider said that nobody is reached here; cleared when the contact writes from it.';
comment on column public.contact_addresses.last_inbound_at is
  'When the contact last wrote from here, automatic mail aside; null: not known.';
comment on column public.contact_addresses.learnt_from_thread is
  'Known only because an email from it answered one to the contact, who may have forwarded that one. We write to it '
  'only when there is no other, no agent replies to it by itself, and it is told nothing that was said elsewhere.';
comment on column public.contact_addresses.provisional is
  'Made by an email of which only From is known so far: its headers may name somebody else as the writer.';

create index contact_addresses_contact_idx on public.contact_addresses (sub_account_id, contact_id, channel);
create index contact_addresses_only_sender_idx on public.contact_addresses (sub_account_id, only_sender_id)
  where only_sender_id is not null;

alter table public.contact_addresses enable row level security;
revoke all on table public.contact_addresses from public, anon, authenticated;
grant select, insert, update, delete on table public.contact_addresses to service_role;

-- supabase/schemas/13_messages.sql

-- Messages, and each call to a provider. A message's references to agents, addresses and senders have no foreign key:
-- history outlives them, and deleting one must not search all messages for it. Nor has that to the sub-account: the
-- conversation carries it, and deleting a sub-account deletes its conversations, and those their messages.

create table public.messages (
  id uuid primary key,
  sub_account_id uuid not null,
  conversation_id uuid not null,
  channel text not null check (channel in ('sms', 'email', 'whatsapp', 'facebook', 'instagram')),
  sender_type text not null check (sender_type in ('contact', 'user', 'agent')),
  status text not null check (
    status in (
      'received', 'queued', 'composing', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'superseded'
    )
  ),
  content text,
  body jsonb not null default '{}',
  awaits_text boolean not null default false,
  subject text,
  reply_prefix text not null default '',
  agent_id uuid,
  prompt text,
  replies_to_id uuid,
  usage jsonb,
  api_key_id uuid,
  idempotency_key text,
  request_hash text,
  policy jsonb,
  lease_id uuid,
  lease_expires_at timestamptz,
  due_at timestamptz,
  retry_until timestamptz,
  tries integer not null default 0,
  attempts integer not null default 0,
  repeat_through uuid,
  repeat_until timestamptz,
  address_id uuid,
  sender_id uuid,
  provider text,
  provider_message_id text,
  error jsonb,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  happened_at timestamptz not null default now(),
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  failed_at timestamptz,
  foreign key (sub_account_id, conversation_id)
    references public.conversations (sub_account_id, id) on delete cascade
) with (fillfactor = 80);

comment on table public.messages is 'Every message in both directions. The life of an outbound one: ARCHITECTURE.md.';
comment on column public.messages.id is 'UUIDv7, made by the caller of begin_send; msg_… (TypeID) on the wire.';
comment on column public.messages.content is 'The text as it is sent; null until an agent has written it.';
comment on column public.messages.body is
  'Its parts beside the text (src/ports/content.ts). Read by the function alone.';
comment on column public.messages.awaits_text is
  'A contact''s message that came without its text: the vendor is still to be asked for it. No agent answers before.';
comment on column public.messages.reply_prefix is
  'Stands before the subject of an email that answers this one; empty where the subject has such a prefix already.';
comment on column public.messages.prompt is 'The operator''s instruction to the agent.';
comment on column public.messages.replies_to_id is
  'The contact''s message that an agent replies to here by itself.';
comment on column public.messages.usage is 'Tokens: {input_tokens, output_tokens}.';
comment on column public.messages.api_key_id is 'The key of the request that sends it; null: no request does.';
comment on column public.messages.request_hash is
  'SHA-256 of the request that the idempotency key belongs to. After a colon: of the request without its names for the '
  'conversation and for the message that it replies to.';
comment on column public.messages.policy is
  'crm_api.send_policy: the providers that can carry it and the rules of its channel, as they were when it was stored.';
comment on column public.messages.lease_id is 'The worker that has it, or had it last.';
comment on column public.messages.due_at is 'When a queued message is to be sent.';
comment on column public.messages.retry_until is
  'Until when an asynchronous message is tried again after a failure that time may cure; null: it is not.';
comment on column public.messages.tries is 'How often it was leased to be sent.';
comment on column public.messages.attempts is 'Calls to providers so far.';
comment on column public.messages.repeat_through is
  'The only sender it can go through, where that provider takes a repeated call for the same message as one.';
comment on column public.messages.repeat_until is 'Until when that provider does so.';
comment on column public.messages.sender_id is
  'That it went through; while it is queued, that it is expected to go through.';
comment on column public.messages.error is '{code, message, retry, provider}: the error as the caller was told.';
comment on column public.messages.metadata is
  'message_id: the inbound message replied to, as the caller named it. email_message_id: the RFC 5322 Message-ID. '
  'Others: crm_api.mark_inbound.';
comment on column public.messages.created_at is 'When it was stored.';
comment on column public.messages.happened_at is
  'When it was written: of a contact''s message the vendor''s time, whenever it arrives. A conversation is in this '
  'order, then in that of created_at.';
comment on column public.messages.sent_at is 'When the provider accepted it.';

create index messages_history_idx on public.messages (sub_account_id, conversation_id, happened_at desc);
create index messages_last_subject_idx on public.messages (conversation_id, happened_at desc)
  where subject is not null;
create unique index messages_idempotency_key_idx on public.messages (idempotency_key, sub_account_id)
  where idempotency_key is not null;
create index messages_provider_message_id_idx on public.messages (provider_message_id)
  where provider_message_id is not null;
-- The queues, one for each sender of each sub-account: crm_api.walk_queues goes from one to the next.
create index messages_queues_idx
  on public.messages (sub_account_id, coalesce(sender_id, sub_account_id), due_at) where status = 'queued';
create index messages_queued_by_key_idx on public.messages (api_key_id) where status = 'queued';
create index messages_lease_idx on public.messages (lease_expires_at) where lease_expires_at is not null;
create index messages_open_replies_idx on public.messages (conversation_id, channel)
  where replies_to_id is not null and status in ('queued', 'composing');
create index messages_agent_usage_idx on public.messages (agent_id, created_at) where usage is not null;
create index messages_composing_idx on public.messages (agent_id) where status = 'composing';
create index messages_email_message_id_idx on public.messages ((metadata ->> 'email_message_id'))
  where metadata ->> 'email_message_id' is not null;
create index messages_sent_by_idx
  on public.messages (sub_account_id, (crm_api.domain_of(metadata ->> 'sent_by')), created_at)
  where metadata ->> 'sent_by' is not null;
-- Messages that a person wrote in a vendor's app: a message of ours looks once whether it is one of them.
create index messages_echo_idx on public.messages (provider_message_id) where metadata ? 'echo';
create index messages_unread_idx on public.messages (address_id, sent_at)
  where policy ? 'watermarks' and status in ('sent', 'delivered');
-- An account's newest messages over all conversations. Somebody who watches them asks again and again.
create index messages_recent_idx on public.messages (sub_account_id, created_at desc, id desc);

alter table public.messages enable row level security;
revoke all on table public.messages from public, anon, authenticated;
grant select, insert, update, delete on table public.messages to service_role;

create table public.message_attempts (
  message_id uuid not null,
  number integer not null check (number > 0),
  sub_account_id uuid not null,
  sender_id uuid,
  provider text not null,
  outcome text not null check (outcome in ('accepted', 'refused', 'unknown')),
  reason text,
  code text,
  message text,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  primary key (message_id, number)
);

comment on table public.message_attempts is 'Each call to a provider for a message, and what came of it.';
comment on column public.message_attempts.code is 'The vendor''s own code.';
comment on column public.message_attempts.message is 'The vendor''s words, without addresses and texts.';

alter table public.message_attempts enable row level security;
revoke all on table public.message_attempts from public, anon, authenticated;
grant select, insert, update, delete on table public.message_attempts to service_role;

-- Instead of a foreign key: crm_api.record_attempts stores a call while it has the message locked, and a foreign key
-- would look for that message once more.
create function crm_api.delete_attempts()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  delete from public.message_attempts t where t.message_id = old.id;
  return null;
end;
$$;

create trigger messages_delete_attempts after delete on public.messages
for each row execute function crm_api.delete_attempts();

-- supabase/schemas/14_webhook_events.sql

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

-- supabase/schemas/15_jobs.sql

-- The sweeper's jobs besides sending, and when it last ran.

create table public.jobs (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  kind text not null check (length(kind) between 1 and 50),
  subject_id uuid not null,
  due_at timestamptz not null default now(),
  tries integer not null default 0,
  lease_id uuid,
  lease_expires_at timestamptz,
  created_at timestamptz not null default now(),
  unique (kind, subject_id),
  check ((lease_id is null) = (lease_expires_at is null))
);

comment on table public.jobs is
  'Work to be done besides sending: src/core/jobs says how. A row is deleted when its work is done or given up.';
comment on column public.jobs.kind is 'A word of the registry src/core/jobs/job-kinds.ts.';
comment on column public.jobs.subject_id is 'The row that it is about: of fetch_text, the message.';
comment on column public.jobs.due_at is 'The job is not tried before this time.';
comment on column public.jobs.tries is 'How often a worker has claimed it.';
comment on column public.jobs.lease_id is 'The claim that holds it until lease_expires_at; null: none does.';

-- Each sub-account's jobs, the oldest first.
create index jobs_due_idx on public.jobs (sub_account_id, due_at);
-- How many of a sub-account's jobs are being worked on, or have failed before.
create index jobs_tried_idx on public.jobs (sub_account_id) where tries > 0;
create index jobs_lease_idx on public.jobs (lease_id) where lease_id is not null;

alter table public.jobs enable row level security;
revoke all on table public.jobs from public, anon, authenticated;
grant select, insert, update, delete on table public.jobs to service_role;

create table crm_api.job_runs (
  job text primary key,
  last_run_at timestamptz not null
);

comment on table crm_api.job_runs is
  'When a scheduled job last ran, for all sub-accounts together: an old time shows that nobody calls it.';

alter table crm_api.job_runs enable row level security;
revoke all on table crm_api.job_runs from public, anon, authenticated;
grant select, insert, update, delete on table crm_api.job_runs to service_role;

-- supabase/schemas/19_requests.sql

-- The documents that the API's functions get. src/store makes them, and each is read into one of these types at once. A
-- missing field is null.

-- The rules for sending a message. They are kept with it, so that a later claim follows the same rules.
create type crm_api.send_policy as (
  providers text[],
  repeatable jsonb,
  reply_window_hours integer,
  watermarks boolean
);

comment on column crm_api.send_policy.providers is 'Those that can carry this message.';
comment on column crm_api.send_policy.repeatable is
  'Providers that take a repeated call for the same message as one, and for how many seconds.';
comment on column crm_api.send_policy.reply_window_hours is
  'How many hours after the contact''s last message the channel accepts another; null: always.';
comment on column crm_api.send_policy.watermarks is
  'Its receipts may say only until when all was delivered or read. Null: no, and then the field is not stored either.';

create type crm_api.send_request as (
  key_hash text,
  message_id uuid,
  lease_id uuid,
  lease_seconds integer,
  conversation_ref text,
  conversation_id uuid,
  channel text,
  policy jsonb,
  content text,
  prompt text,
  agent_id uuid,
  parts jsonb,
  subject text,
  reply_prefix text,
  metadata jsonb,
  idempotency_key text,
  request_hash text,
  task_hash text,
  history_limit integer,
  queue_hours integer
);

comment on type crm_api.send_request is
  'One message to send. message_id and lease_id are the caller''s, so a lost result can be asked for again.';
comment on column crm_api.send_request.conversation_ref is 'The caller''s own id for the conversation.';
comment on column crm_api.send_request.conversation_id is 'The same, where it is a UUID.';
comment on column crm_api.send_request.task_hash is
  'The work of an agent on one message: the idempotency key is derived from it. Null: it is not.';
comment on column crm_api.send_request.queue_hours is
  'Store the message to be sent later, and try for so many hours. Null: send it now.';

create type crm_api.reply_commit as (
  message_id uuid,
  lease_id uuid,
  lease_seconds integer,
  content text,
  usage jsonb
);

comment on type crm_api.reply_commit is 'The text that an agent wrote.';

create type crm_api.settlement as (
  message_id uuid,
  lease_id uuid,
  status text,
  at timestamptz,
  attempts jsonb,
  sender_id uuid,
  provider text,
  provider_message_id text,
  error jsonb,
  usage jsonb,
  retry_in_ms double precision
);

comment on type crm_api.settlement is 'The outcome of a send: sent, failed, unknown, or queued to be tried again.';
comment on column crm_api.settlement.attempts is 'The calls that were made, the last one at the end.';

create type crm_api.send_claim as (
  lease_id uuid,
  lease_seconds integer,
  most integer,
  max_tries integer,
  history_limit integer,
  message_id uuid,
  turn jsonb
);

comment on column crm_api.send_claim.message_id is
  'This message alone, if it is still queued. Null: those whose turn it is.';

-- supabase/schemas/20_api_keys.sql

-- API keys: who is calling, and how many requests are left.

create type crm_api.caller as (
  id uuid,
  sub_account_id uuid,
  rate_limit integer,
  rate_parts integer,
  tokens double precision
);

comment on type crm_api.caller is 'The API key of a request.';
comment on column crm_api.caller.tokens is
  'In all parts of its bucket. Tokens that requests are taking at this moment are counted until those commit.';

create view crm_api.callers with (security_invoker = on) as
select k.key_hash, k.expires_at, k.revoked_at, k.id, k.sub_account_id, k.rate_limit, k.rate_parts,
  k.rate_limit * (1 - coalesce((
    select sum(least(greatest(r.full_at - date_part('epoch', clock_timestamp()), 0), 60)) from crm_api.rate_parts r
    where r.api_key_id = k.id and r.part <= k.rate_parts
  ), 0) / 60 / k.rate_parts) as tokens
from public.api_keys k;

comment on view crm_api.callers is
  'Each API key with the tokens in all parts of its bucket. The parts are read without a lock: there are never more.';

revoke all on table crm_api.callers from public, anon, authenticated;
grant select on table crm_api.callers to service_role;

-- All nulls: there is no such key, or it is not valid now.
create function crm_api.find_key(p_key_hash text)
returns crm_api.caller
language plpgsql
set search_path = ''
as $$
declare
  v_caller crm_api.caller;
begin
  select c.id, c.sub_account_id, c.rate_limit, c.rate_parts, c.tokens
  into v_caller
  from crm_api.callers c
  where c.key_hash = p_key_hash
    and (c.expires_at is null or c.expires_at > now())
    and (c.revoked_at is null or c.revoked_at > now());
  return v_caller;
end;
$$;

-- Takes a token from the first part, of those from p_first on, that has one and that no other request has locked. The
-- part is written where it was found; if another request has just written it elsewhere, none is taken.
create function crm_api.take_from_part(p_caller crm_api.caller, p_first integer)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_now double precision := extract(epoch from clock_timestamp());
  -- The seconds until one token has dripped into a part.
  v_drip double precision := 60.0 * p_caller.rate_parts / p_caller.rate_limit;
begin
  update crm_api.rate_parts r
  set full_at = greatest(r.full_at, v_now) + v_drip
  where r.ctid = (
    select f.ctid from crm_api.rate_parts f
    where f.api_key_id = p_caller.id and f.part between p_first and p_caller.rate_parts
      and f.full_at <= v_now + 60 - v_drip
    order by f.part limit 1
    for update skip locked
  );
  return found;
end;
$$;

-- Takes a token from any part that has one, as soon as no other request has locked that part.
create function crm_api.wait_for_part(p_caller crm_api.caller)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_now double precision := extract(epoch from clock_timestamp());
  v_drip double precision := 60.0 * p_caller.rate_parts / p_caller.rate_limit;
begin
  update crm_api.rate_parts r
  set full_at = greatest(r.full_at, v_now) + v_drip
  where r.api_key_id = p_caller.id and r.full_at <= v_now + 60 - v_drip and r.part = (
    select f.part from crm_api.rate_parts f
    where f.api_key_id = p_caller.id and f.part <= p_caller.rate_parts and f.full_at <= v_now + 60 - v_drip
    order by random() limit 1
  );
  return found;
end;
$$;

-- Takes a token from what all parts have together, and shares the rest out equally. Makes the parts of a new key. Waits
-- for every request that has locked a part, always in the same order.
create function crm_api.take_from_all(p_caller crm_api.caller)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_tokens double precision;
begin
  insert into crm_api.rate_parts (api_key_id, part)
  select p_caller.id, n from generate_series(1, p_caller.rate_parts) n order by n
  on conflict do nothing;
  perform 1 from crm_api.rate_parts r
  where r.api_key_id = p_caller.id and r.part <= p_caller.rate_parts
  order by r.part
  for update;
  select c.tokens into v_tokens from crm_api.callers c where c.id = p_caller.id;
  if v_tokens < 1 then
    return false;
  end if;
  update crm_api.rate_parts r
  set full_at = extract(epoch from clock_timestamp()) + 60 * (1 - (v_tokens - 1) / p_caller.rate_limit)
  where r.api_key_id = p_caller.id and r.part <= p_caller.rate_parts;
  return true;
end;
$$;

-- Takes one token from the key's bucket; false: it is empty. In any 60 seconds a key gets at most the tokens of a full
-- bucket and those that drip in meanwhile, exactly, however many requests come at once; and none is refused while any
-- part has a token, or all parts have one together. One thing is given up: a part that is full loses what drips into
-- it, also while others are not. Each request begins with a part by chance, so they empty alike.
create function crm_api.take_token(p_caller crm_api.caller)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_first integer := 1 + floor(random() * p_caller.rate_parts);
  v_try integer;
  v_taken boolean;
begin
  if p_caller.tokens < 1 then
    return false;
  end if;
  for v_try in 1..3 loop
    begin
      v_taken := case v_try
        when 1 then crm_api.take_from_part(p_caller, v_first)
        when 2 then crm_api.take_from_part(p_caller, 1)
        else crm_api.wait_for_part(p_caller)
      end;
      if v_taken then
        return true;
      end if;
      -- Unlocks the parts whose last token went to another request at this moment. Nobody who holds one may wait.
      raise exception 'no token' using errcode = 'CR429';
    exception when sqlstate 'CR429' then
      null;
    end;
  end loop;
  return crm_api.take_from_all(p_caller);
end;
$$;

-- Describes the bucket for the caller: as it was when the request came, and without the token that it took.
create function crm_api.describe_rate(p_caller crm_api.caller, p_taken boolean)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'limit', p_caller.rate_limit,
    'tokens', greatest(0, p_caller.tokens - p_taken::integer)
  );
end;
$$;

-- Says whether a key has ended: it is expired, revoked or deleted.
create function crm_api.has_key_ended(p_key_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return p_key_id is not null and not exists (
    select 1 from public.api_keys k
    where k.id = p_key_id
      and (k.expires_at is null or k.expires_at > now())
      and (k.revoked_at is null or k.revoked_at > now())
  );
end;
$$;

-- supabase/schemas/21_conversations.sql

-- The conversation that a caller means, and who may be told about it.

-- Finds the conversation that the caller means: by its UUID, or by the caller's own id for it.
create function crm_api.find_conversation(p_sub_account_id uuid, p_conversation_id uuid, p_external_id text)
returns public.conversations
language plpgsql
stable
set search_path = ''
as $$
declare
  v_conversation public.conversations;
begin
  select * into v_conversation
  from (
    select * from public.conversations where sub_account_id = p_sub_account_id and id = p_conversation_id
    union all
    select * from public.conversations where sub_account_id = p_sub_account_id and external_id = p_external_id
  ) c
  limit 1;
  return v_conversation;
end;
$$;

-- Makes the writers of one conversation wait for each other, so that an agent's text is committed only if nobody wrote
-- before it. People take a shared lock and do not wait for each other: only an agent has to see what they wrote.
create function crm_api.lock_conversation(p_conversation_id uuid, p_shared boolean)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_key bigint := pg_catalog.hashtextextended('conversation ' || p_conversation_id, 0);
begin
  if p_shared then
    perform pg_catalog.pg_advisory_xact_lock_shared(v_key);
  else
    perform pg_catalog.pg_advisory_xact_lock(v_key);
  end if;
end;
$$;

-- Lists the contact's addresses that we know only because an email from them answered one that we sent to the
-- contact. Such an address may be somebody else's, an outsider's, to whom the contact forwarded the email.
create function crm_api.list_outsiders(p_sub_account_id uuid, p_conversation_id uuid)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return array(
    select a.id
    from public.conversations c
    join public.contact_addresses a on a.sub_account_id = c.sub_account_id and a.contact_id = c.contact_id
    where c.id = p_conversation_id and c.sub_account_id = p_sub_account_id and a.learnt_from_thread
  );
end;
$$;

-- Says whether a message to or from p_address_id may be shown to p_to. An outsider sees only its own messages, and
-- nobody else sees those, so that an outsider's words are never taken for the contact's.
create function crm_api.may_be_told(p_outsiders uuid[], p_to uuid, p_address_id uuid)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_to = any (p_outsiders) then p_address_id is not distinct from p_to
    else p_address_id is null or p_address_id <> all (p_outsiders)
  end;
end;
$$;

-- Finds the outsider whose email the caller answers with this message; null where it answers no outsider's.
create function crm_api.find_replied_outsider(p_sub_account_id uuid, p_metadata jsonb)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_metadata ->> 'message_id' is null then
    return null;
  end if;
  return (
    select a.id
    from (
      select * from public.messages where id = (p_metadata ->> 'message_uuid')::uuid
      union all
      select * from public.messages where provider_message_id = p_metadata ->> 'message_id'
      offset 0
    ) m
    join public.contact_addresses a on a.id = m.address_id and a.learnt_from_thread
    where m.sub_account_id = p_sub_account_id and m.sender_type = 'contact'
    limit 1
  );
end;
$$;

create type crm_api.title as (subject text, reply_prefix text);

-- Finds the subject of an email that has none: the one of the conversation's last email, with its reply prefix before
-- it, or, if no email there has a subject, the sub-account's name. p_reply_prefix: of a subject that begins a
-- conversation.
create function crm_api.find_title(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_address_id uuid,
  p_reply_prefix text
)
returns crm_api.title
language plpgsql
stable
set search_path = ''
as $$
declare
  v_outsiders uuid[] := crm_api.list_outsiders(p_sub_account_id, p_conversation_id);
  v_subject text;
begin
  select m.reply_prefix || m.subject into v_subject
  from public.messages m
  where m.conversation_id = p_conversation_id and m.subject is not null
    and crm_api.may_be_told(v_outsiders, p_address_id, m.address_id)
  order by m.happened_at desc
  limit 1;
  if found then
    return row(v_subject, '')::crm_api.title;
  end if;
  return row((select a.name from public.sub_accounts a where a.id = p_sub_account_id), p_reply_prefix)::crm_api.title;
end;
$$;

-- supabase/schemas/22_status.sql

-- The status of a message: which moves there are, and the one place that makes them.

-- Makes a message that is not stored yet, with the defaults of its table.
create function crm_api.new_message(
  p_id uuid,
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_channel text,
  p_sender_type text
)
returns public.messages
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  v_message.id := p_id;
  v_message.sub_account_id := p_sub_account_id;
  v_message.conversation_id := p_conversation_id;
  v_message.channel := p_channel;
  v_message.sender_type := p_sender_type;
  v_message.status := 'new';
  v_message.body := '{}';
  v_message.reply_prefix := '';
  v_message.awaits_text := false;
  v_message.metadata := '{}';
  v_message.tries := 0;
  v_message.attempts := 0;
  v_message.created_at := now();
  v_message.happened_at := now();
  return v_message;
end;
$$;

-- The status, with two words that are not stored: `new` before the first one, and `failed safe` for a failure after
-- which the same message may be sent again.
create function crm_api.state_of(p_message public.messages)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_message.status = 'failed' and p_message.error ->> 'retry' = 'safe' then 'failed safe'
    else p_message.status
  end;
end;
$$;

-- The table of moves: who may move a message to a status, and from which states. `host`: a worker of ours or the
-- database itself. `vendor`: a receipt. From a status to itself the lease is renewed. `sent` ends a doubt. A failure
-- ends only what was not delivered; a later delivery is believed after all.
create function crm_api.may_move(p_from text, p_to text, p_by text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case p_by || ' to ' || p_to
    when 'host to received' then p_from in ('new')
    when 'host to queued' then p_from in ('new', 'composing', 'sending', 'unknown', 'failed safe')
    when 'host to composing' then p_from in ('new', 'queued', 'composing', 'failed safe')
    when 'host to sending' then p_from in ('new', 'queued', 'composing', 'sending', 'failed safe')
    when 'host to sent' then p_from in ('new', 'queued', 'composing', 'sending', 'unknown', 'failed safe')
    when 'host to failed' then p_from in ('queued', 'composing', 'sending', 'unknown')
    when 'host to unknown' then p_from in ('queued', 'composing', 'sending')
    when 'host to superseded' then p_from in ('queued', 'composing')
    when 'vendor to sent' then p_from in ('queued', 'composing', 'sending', 'unknown', 'failed safe')
    when 'vendor to delivered' then
      p_from in ('queued', 'composing', 'sending', 'unknown', 'failed safe', 'failed', 'sent')
    when 'vendor to read' then
      p_from in ('queued', 'composing', 'sending', 'unknown', 'failed safe', 'failed', 'sent', 'delivered')
    when 'vendor to failed' then p_from in ('sending', 'unknown', 'sent')
    else false
  end;
end;
$$;

-- Writes every column that may change after the message was stored. The caller has locked the row. A text is written
-- once: if it came from p_message again, Postgres would store a long one anew at every move. False: the row is gone.
create function crm_api.save_message(p_message public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.messages m
  set status = p_message.status, content = coalesce(m.content, p_message.content), usage = p_message.usage,
    policy = p_message.policy, api_key_id = p_message.api_key_id, idempotency_key = p_message.idempotency_key,
    lease_id = p_message.lease_id, lease_expires_at = p_message.lease_expires_at, due_at = p_message.due_at,
    retry_until = p_message.retry_until, tries = p_message.tries, attempts = p_message.attempts,
    repeat_through = p_message.repeat_through, repeat_until = p_message.repeat_until,
    address_id = p_message.address_id, sender_id = p_message.sender_id, provider = p_message.provider,
    provider_message_id = p_message.provider_message_id, error = p_message.error, happened_at = p_message.happened_at,
    sent_at = p_message.sent_at, delivered_at = p_message.delivered_at,
    read_at = p_message.read_at, failed_at = p_message.failed_at
  where m.id = p_message.id;
  return found;
end;
$$;

-- Every change of a status is made here. Moves a message to a status and writes p_after; stores it if it is new.
-- p_before is the stored message, whose row the caller has locked. False: there is no such move, and nothing is
-- written.
create function crm_api.move_message(
  p_before public.messages,
  p_after public.messages,
  p_to text,
  p_by text
)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_after;
begin
  -- Null: there is no such message.
  if crm_api.may_move(crm_api.state_of(p_before), p_to, p_by) is not true then
    return false;
  end if;
  v_message.status := p_to;
  if p_before.status = 'new' then
    insert into public.messages values (v_message.*);
    return true;
  end if;
  return crm_api.save_message(v_message);
end;
$$;

-- Says whether nothing final is known yet: the message is under way, in doubt, or failed and may be sent again.
create function crm_api.is_open(p_message public.messages)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return crm_api.may_move(crm_api.state_of(p_message), 'sent', 'vendor');
end;
$$;

-- Says whether an abandoned call may be made again: only if the message had one sender, whose provider takes a repeated
-- call as the same one for a while.
create function crm_api.may_repeat(p_message public.messages)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return p_message.repeat_through is not null and coalesce(p_message.repeat_until > now(), false);
end;
$$;

create function crm_api.mark_unknown(p_message public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.lease_expires_at := null;
  v_message.error := jsonb_build_object('code', 'delivery_unknown', 'retry', 'check');
  return crm_api.move_message(p_message, v_message, 'unknown', 'host');
end;
$$;

create function crm_api.fail_message(p_message public.messages, p_error jsonb)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.failed_at := now();
  v_message.error := p_error;
  v_message.due_at := null;
  v_message.lease_expires_at := null;
  return crm_api.move_message(p_message, v_message, 'failed', 'host');
end;
$$;

-- The error of a message whose key ended before it was sent. A caller with a valid key may send it again under that
-- one.
create function crm_api.key_ended()
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'code', 'invalid_api_key', 'retry', 'safe',
    'message', 'The API key that this message was queued with was revoked, or expired, before it was sent. '
      || 'Nothing was sent: send the same request again with a valid key.'
  );
end;
$$;

-- Adds up the tokens of all tries, because each of them was paid for.
create function crm_api.add_usage(p_before jsonb, p_now jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_before is null or p_now is null then coalesce(p_now, p_before)
    else jsonb_build_object(
      'input_tokens', (p_before ->> 'input_tokens')::bigint + (p_now ->> 'input_tokens')::bigint,
      'output_tokens', (p_before ->> 'output_tokens')::bigint + (p_now ->> 'output_tokens')::bigint
    )
  end;
end;
$$;

-- Ends a reply that nobody needs any more. If a host began to send it while this waited for its row, the reply goes on.
create function crm_api.supersede(p_message_id uuid, p_usage jsonb)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_before public.messages;
  v_message public.messages;
begin
  select * into v_before from public.messages m where m.id = p_message_id for update;
  v_message := v_before;
  v_message.usage := crm_api.add_usage(v_before.usage, p_usage);
  v_message.due_at := null;
  v_message.lease_expires_at := null;
  v_message.error := null;
  -- Another reply to the same message has the same key.
  v_message.idempotency_key := null;
  return crm_api.move_message(v_before, v_message, 'superseded', 'host');
end;
$$;

-- supabase/schemas/23_senders.sql

-- Which sender a message goes through, and which one a vendor calls.

-- Says whether a sender rests while no other active sender of its channel can take its place.
create function crm_api.is_resting(p_sender_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.senders s
    where s.id = p_sender_id and s.rests_until > now() and not exists (
      select 1 from public.senders o
      where o.sub_account_id = s.sub_account_id and o.channel = s.channel and o.active
        and coalesce(o.rests_until <= now(), true)
    )
  );
end;
$$;

-- Lists the senders to try, in order, with all that is needed to use them. A resting sender comes last. The sender
-- that the contact wrote to comes first even if it rests: a reply from another one would come from a stranger.
create function crm_api.list_senders(
  p_sub_account_id uuid,
  p_channel text,
  p_providers text[],
  p_only_sender_id uuid,
  p_answering_sender_id uuid
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return to_jsonb(array(
    select jsonb_build_object(
      'id', s.id,
      'address', s.address,
      'connection', jsonb_build_object('id', c.id, 'provider', c.provider, 'credentials', c.credentials)
    )
    from public.senders s
    join public.connections c on c.id = s.connection_id
    where s.sub_account_id = p_sub_account_id
      and s.channel = p_channel
      and s.active
      and c.provider = any (p_providers)
      and (p_only_sender_id is null or s.id = p_only_sender_id)
    order by coalesce(s.id = p_answering_sender_id, false) desc, coalesce(s.rests_until > now(), false),
      s.priority, s.created_at, s.id
    limit 3
  ));
end;
$$;

-- Lists the providers of all active senders that can reach the address, also those that cannot carry this message.
create function crm_api.list_connected(p_sub_account_id uuid, p_channel text, p_only_sender_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(distinct c.provider), '[]')
    from public.senders s
    join public.connections c on c.id = s.connection_id
    where s.sub_account_id = p_sub_account_id
      and s.channel = p_channel
      and s.active
      and (p_only_sender_id is null or s.id = p_only_sender_id)
  );
end;
$$;

-- Finds the connection's sender in whose domain one of these mailboxes is. A vendor that serves several sub-accounts
-- calls all of them, so a mailbox that is another sender's is left to that sender, and a domain in which another
-- sub-account has a sender as well is left alone.
create function crm_api.find_sender_by_domain(p_connection public.connections, p_keys text[])
returns public.senders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_sender public.senders;
begin
  select s.* into v_sender
  from unnest(p_keys) k
  join public.senders s on s.channel = 'email' and crm_api.domain_of(s.address_key) = crm_api.domain_of(k)
  where s.sub_account_id = p_connection.sub_account_id and s.connection_id = p_connection.id
    and not exists (
      select 1 from public.senders o
      where o.channel = 'email' and crm_api.mailbox_of(o.address_key) = crm_api.mailbox_of(k)
    )
    and not exists (
      select 1 from public.senders o
      where o.channel = 'email' and crm_api.domain_of(o.address_key) = crm_api.domain_of(k)
        and o.sub_account_id <> p_connection.sub_account_id
    )
  order by s.active desc, s.priority, s.created_at, s.id
  limit 1;
  return v_sender;
end;
$$;

-- Finds the connection's sender that an event names. The vendor may know it by several names: a number and its
-- messaging service, or all mailboxes that an email went to.
create function crm_api.find_own_sender(p_connection public.connections, p_event jsonb)
returns public.senders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_sender public.senders;
  v_channel text := p_event ->> 'channel';
  v_keys text[] := array(select jsonb_array_elements_text(p_event -> 'account_keys'));
  v_mailboxes text[] := case when v_channel = 'email' then
    array(select crm_api.mailbox_of(k) from unnest(v_keys) k) end;
begin
  select s.* into v_sender
  from public.senders s
  where s.sub_account_id = p_connection.sub_account_id and s.connection_id = p_connection.id and s.channel = v_channel
    and (s.address_key = any (v_keys) or crm_api.mailbox_of(s.address_key) = any (v_mailboxes))
  order by s.address_key = any (v_keys) desc, s.active desc, s.priority, s.created_at, s.id
  limit 1;
  if v_sender.id is null and v_channel = 'email' then
    v_sender := crm_api.find_sender_by_domain(p_connection, v_keys);
  end if;
  return v_sender;
end;
$$;

-- Says whether the address is one that the sub-account itself sends from.
create function crm_api.is_own_address(p_sub_account_id uuid, p_address crm_api.address)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.senders s
    where s.sub_account_id = p_sub_account_id and s.channel = p_address.channel and s.address_key = p_address.key
  );
end;
$$;

-- Counts the failures of the senders that were just tried. A sender that fails three times in a row rests: it is
-- tried after all others for a minute, after the next failure for two, at most for an hour. The rows are locked in
-- the order of their ids, so that two messages never wait for each other in a circle.
create function crm_api.rest_senders(p_attempts public.message_attempts[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_attempt record;
begin
  for v_attempt in
    select a.sender_id, bool_or(a.outcome = 'accepted') as accepted
    from unnest(p_attempts) a
    where a.outcome <> 'refused'
      or a.reason in ('misconfigured', 'rate_limited', 'quota_exceeded', 'provider_unavailable')
    group by a.sender_id
    order by a.sender_id
  loop
    if v_attempt.accepted then
      update public.senders s set failures = 0, rests_until = null
      where s.id = v_attempt.sender_id and s.failures > 0;
    else
      update public.senders s
      set failures = s.failures + 1,
        rests_until = case when s.failures >= 2
          then now() + least(interval '1 minute' * 2 ^ least(s.failures - 2, 6), interval '1 hour') end
      where s.id = v_attempt.sender_id
        -- A call that was under way when the rest began says nothing new.
        and (s.rests_until is null or s.rests_until <= now());
    end if;
  end loop;
end;
$$;

-- supabase/schemas/24_people.sql

-- Contacts and their addresses: found, made, merged, opted out.

-- Finds an address by its key.
create function crm_api.find_address(p_sub_account_id uuid, p_channel text, p_key text)
returns public.contact_addresses
language plpgsql
set search_path = ''
as $$
declare
  v_address public.contact_addresses;
begin
  select * into v_address
  from public.contact_addresses a
  where a.sub_account_id = p_sub_account_id and a.channel = p_channel and a.address_key = p_key;
  return v_address;
end;
$$;

-- Locks addresses, known or not, by their keys. Everybody who makes or moves one of them locks it first, always in
-- the same order, and so waits for everybody else who does.
create function crm_api.lock_addresses(p_sub_account_id uuid, p_channel text, p_keys text[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_lock bigint;
begin
  for v_lock in
    select distinct pg_catalog.hashtextextended(p_sub_account_id || p_channel || k, 0) as lock
    from unnest(p_keys) k where k is not null
    order by lock
  loop
    perform pg_catalog.pg_advisory_xact_lock(v_lock);
  end loop;
end;
$$;

-- Two contacts turn out to be one person: gives everything of the second to the first, and deletes the second. Its
-- lock waits for a transaction that is about to make a conversation for one of them, which would be deleted with its
-- contact.
create function crm_api.merge_contacts(p_kept uuid, p_merged uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_sub_account_id uuid;
begin
  perform 1 from public.contacts c where c.id in (p_kept, p_merged) order by c.id for update;
  select c.sub_account_id into v_sub_account_id from public.contacts c where c.id = p_merged;
  update public.contact_addresses set contact_id = p_kept
  where sub_account_id = v_sub_account_id and contact_id = p_merged;
  update public.conversations set contact_id = p_kept
  where sub_account_id = v_sub_account_id and contact_id = p_merged;
  update public.contacts k set name = coalesce(k.name, m.name)
  from public.contacts m where k.id = p_kept and m.id = p_merged;
  delete from public.contacts where id = p_merged;
end;
$$;

-- Stores a new contact and returns its id.
create function crm_api.make_contact(p_sub_account_id uuid, p_name text)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_id uuid;
begin
  insert into public.contacts (sub_account_id, name) values (p_sub_account_id, left(p_name, 200))
  returning id into v_id;
  return v_id;
end;
$$;

create function crm_api.has_opted_out(p_address_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.contact_addresses a where a.id = p_address_id and a.opted_out_at is not null
  );
end;
$$;

-- Two addresses are one person's: the last opt-out or opt-in at one of them counts at both. Promotions have a
-- preference of their own.
create function crm_api.share_preference(p_address_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.contact_addresses a
  set opted_out_at = n.opted_out_at, preference_at = n.preference_at
  from (
    select o.opted_out_at, o.preference_at from public.contact_addresses o
    where o.id = any (p_address_ids) and coalesce(o.preference_at, o.opted_out_at) is not null
    order by coalesce(o.preference_at, o.opted_out_at) desc
    limit 1
  ) n
  where a.id = any (p_address_ids)
    and (a.opted_out_at, a.preference_at) is distinct from (n.opted_out_at, n.preference_at);
  update public.contact_addresses a
  set marketing_opted_out_at = n.marketing_opted_out_at, marketing_preference_at = n.marketing_preference_at
  from (
    select o.marketing_opted_out_at, o.marketing_preference_at from public.contact_addresses o
    where o.id = any (p_address_ids) and o.marketing_preference_at is not null
    order by o.marketing_preference_at desc
    limit 1
  ) n
  where a.id = any (p_address_ids) and (a.marketing_opted_out_at, a.marketing_preference_at)
    is distinct from (n.marketing_opted_out_at, n.marketing_preference_at);
end;
$$;

-- Two rows turn out to be one address of one contact: the first takes over what is known of the second, which is
-- deleted.
create function crm_api.merge_addresses(p_kept uuid, p_merged uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform crm_api.share_preference(array[p_kept, p_merged]);
  update public.contact_addresses k
  set last_inbound_at = greatest(k.last_inbound_at, m.last_inbound_at),
    learnt_from_thread = k.learnt_from_thread and m.learnt_from_thread,
    provisional = k.provisional and m.provisional
  from public.contact_addresses m
  where k.id = p_kept and m.id = p_merged;
  delete from public.contact_addresses where id = p_merged;
end;
$$;

-- Stores an address with what p_like says of it: whose it is, and which preferences the person has.
create function crm_api.add_address(p_address crm_api.address, p_like public.contact_addresses)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into public.contact_addresses (
    sub_account_id, contact_id, channel, address, address_key, only_sender_id, learnt_from_thread, provisional,
    opted_out_at, preference_at, marketing_opted_out_at, marketing_preference_at
  )
  values (
    p_like.sub_account_id, p_like.contact_id, p_address.channel, p_address.address, p_address.key,
    p_like.only_sender_id, p_like.learnt_from_thread, p_like.provisional,
    p_like.opted_out_at, p_like.preference_at, p_like.marketing_opted_out_at, p_like.marketing_preference_at
  );
end;
$$;

-- Locks and finds the two addresses that a vendor names as one person's. If both are known, their contacts are merged
-- and their preferences shared. Returns the row of the first, or else that of the second; null if neither is known.
create function crm_api.find_person(p_sub_account_id uuid, p_address crm_api.address, p_other crm_api.address)
returns public.contact_addresses
language plpgsql
set search_path = ''
as $$
declare
  v_address public.contact_addresses;
  v_other public.contact_addresses;
begin
  perform crm_api.lock_addresses(p_sub_account_id, p_address.channel, array[p_address.key, p_other.key]);
  v_address := crm_api.find_address(p_sub_account_id, p_address.channel, p_address.key);
  v_other := crm_api.find_address(p_sub_account_id, p_address.channel, p_other.key);
  if v_address.contact_id <> v_other.contact_id then
    perform crm_api.merge_contacts(v_address.contact_id, v_other.contact_id);
  end if;
  if v_address.id <> v_other.id then
    perform crm_api.share_preference(array[v_address.id, v_other.id]);
  end if;
  return case when v_address.id is null then v_other else v_address end;
end;
$$;

-- Finds the address that a contact wrote from, and makes what is missing: the contact, this address, and the other
-- address that the vendor names for the same person. Where neither is known, they become p_known_contact_id's or a
-- new contact's.
create function crm_api.keep_address(
  p_sub_account_id uuid,
  p_address crm_api.address,
  p_other crm_api.address,
  p_name text,
  p_known_contact_id uuid,
  p_only_sender_id uuid,
  p_provisional boolean default false
)
returns public.contact_addresses
language plpgsql
set search_path = ''
as $$
declare
  v_person public.contact_addresses := crm_api.find_person(p_sub_account_id, p_address, p_other);
  v_given crm_api.address;
begin
  v_person.provisional := coalesce(v_person.contact_id, p_known_contact_id) is null and p_provisional;
  v_person.sub_account_id := p_sub_account_id;
  v_person.only_sender_id := p_only_sender_id;
  v_person.contact_id := coalesce(
    v_person.contact_id, p_known_contact_id, crm_api.make_contact(p_sub_account_id, p_name)
  );
  -- Only the thread of an email says whose a new address is. On other channels the vendor says who wrote.
  v_person.learnt_from_thread := p_address.channel = 'email'
    and v_person.contact_id is not distinct from p_known_contact_id;
  foreach v_given in array array[p_address, p_other] loop
    continue when v_given.key is null
      or (crm_api.find_address(p_sub_account_id, p_address.channel, v_given.key)).id is not null;
    perform crm_api.add_address(v_given, v_person);
  end loop;
  return crm_api.find_address(p_sub_account_id, p_address.channel, p_address.key);
end;
$$;

-- Opts addresses out or in, unless a later word of the contact is known. Returns true where that changed one of them.
create function crm_api.set_preference(p_address_ids uuid[], p_preference text, p_at timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_changed boolean;
begin
  with before as (
    select a.id, a.opted_out_at from public.contact_addresses a
    where a.id = any (p_address_ids) and coalesce(coalesce(a.preference_at, a.opted_out_at) <= p_at, true)
    order by a.id
    for update
  ), done as (
    update public.contact_addresses a
    set preference_at = p_at,
      opted_out_at = case when p_preference = 'opted_out' then coalesce(a.opted_out_at, p_at) end
    from before b
    where a.id = b.id
    returning (b.opted_out_at is null) = (p_preference = 'opted_out') as changed
  )
  select coalesce(bool_or(d.changed), false) into v_changed from done d;
  return v_changed;
end;
$$;

-- Does the same as set_preference for promotions alone.
create function crm_api.set_marketing_preference(p_address_id uuid, p_preference text, p_at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.contact_addresses a
  set marketing_preference_at = p_at,
    marketing_opted_out_at = case when p_preference = 'opted_out' then coalesce(a.marketing_opted_out_at, p_at) end
  where a.id = p_address_id and coalesce(a.marketing_preference_at <= p_at, true);
end;
$$;

-- Stores with the address what a receipt says of the recipient: opted out, or not reached there.
create function crm_api.keep_consequence(p_address_id uuid, p_consequence text, p_at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_consequence = 'opted_out' then
    perform crm_api.set_preference(array[p_address_id], 'opted_out', p_at);
  elsif p_consequence = 'marketing_opted_out' then
    perform crm_api.set_marketing_preference(p_address_id, 'opted_out', p_at);
  elsif p_consequence = 'invalid' then
    update public.contact_addresses a set invalid_at = coalesce(a.invalid_at, p_at)
    where a.id = p_address_id and coalesce(a.last_inbound_at < p_at, true);
  end if;
end;
$$;

-- Locks the contact of an address, and returns its id. Looks again where the address was given to another contact
-- while this transaction waited.
create function crm_api.lock_contact_of(p_address_id uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_contact_id uuid;
begin
  loop
    select a.contact_id into v_contact_id from public.contact_addresses a where a.id = p_address_id;
    perform 1 from public.contacts c where c.id = v_contact_id for no key update;
    exit when found or v_contact_id is null;
  end loop;
  return v_contact_id;
end;
$$;

-- Locks contacts, then their conversations and those of the messages: everybody in this order, so that nobody waits
-- for a contact while holding its conversation. The contacts may be merged, so their rows are locked as for that.
create function crm_api.lock_people(p_sub_account_id uuid, p_contact_ids uuid[], p_message_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform 1 from public.contacts c where c.id = any (p_contact_ids) order by c.id for update;
  perform crm_api.lock_conversation(o.id, false)
  from (
    select c.id from public.conversations c
    where c.sub_account_id = p_sub_account_id and c.contact_id = any (p_contact_ids)
    union
    select m.conversation_id from public.messages m where m.id = any (p_message_ids)
    order by 1
  ) o;
end;
$$;

-- Finds the conversation that an address writes in: the thread where it is the same contact's, else the contact's
-- last one. Makes one where the contact has none.
create function crm_api.keep_conversation(p_address public.contact_addresses, p_thread public.conversations)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  -- Two addresses of one contact have two locks, so the contact is locked as well: the conversation is the contact's.
  v_contact_id uuid := crm_api.lock_contact_of(p_address.id);
  v_id uuid;
begin
  if p_thread.contact_id = v_contact_id then
    return p_thread.id;
  end if;
  select c.id into v_id
  from public.conversations c
  left join lateral (
    select m.happened_at from public.messages m
    where m.sub_account_id = c.sub_account_id and m.conversation_id = c.id
    order by m.happened_at desc
    limit 1
  ) m on true
  where c.sub_account_id = p_address.sub_account_id and c.contact_id = v_contact_id
  order by m.happened_at desc nulls last, c.created_at, c.id
  limit 1;
  if v_id is null then
    insert into public.conversations (sub_account_id, contact_id) values (p_address.sub_account_id, v_contact_id)
    returning id into v_id;
  end if;
  return v_id;
end;
$$;

-- supabase/schemas/30_agents.sql

-- Agents' tokens: how many are left of the daily limit.

create function crm_api.spent_today(p_agent_id uuid)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(sum((m.usage ->> 'input_tokens')::bigint + (m.usage ->> 'output_tokens')::bigint), 0)
    from public.messages m
    where m.agent_id = p_agent_id and m.usage is not null
      and m.created_at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc'
  );
end;
$$;

-- Counts a message while its agent writes it: the most that history, rules and reply may cost, and the operator's own
-- words at four characters a token.
create function crm_api.reserve_tokens(p_instructions text, p_prompt text)
returns integer
language sql
immutable
set search_path = ''
as $$
  select 8000 + (length(p_instructions) + coalesce(length(p_prompt), 0)) / 4
$$;

-- Says what is left of the agent's daily limit for this message: `left`; `reserved`, if its other messages may use up
-- the rest; or `used_up`. A request for the same agent waits until this one has committed, so that of many at once each
-- counts those before it. The limit itself bounds how much is counted.
create function crm_api.count_tokens_left(p_agent public.agents, p_message_id uuid)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_spent bigint;
  v_reserved bigint;
begin
  if p_agent.daily_token_limit is null then
    return 'left';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tokens ' || p_agent.id, 0));
  -- One statement: a message whose cost is stored meanwhile counts once, either as reserved or as spent.
  select crm_api.spent_today(p_agent.id), coalesce(sum(crm_api.reserve_tokens(p_agent.instructions, m.prompt)), 0)
  into v_spent, v_reserved
  from public.messages m
  where m.agent_id = p_agent.id and m.status = 'composing' and m.lease_expires_at > now() and m.id <> p_message_id;
  return case
    when v_spent >= p_agent.daily_token_limit then 'used_up'
    when v_spent + v_reserved >= p_agent.daily_token_limit then 'reserved'
    else 'left'
  end;
end;
$$;

-- supabase/schemas/31_replies.sql

-- Agents that reply by themselves: which one, how soon, and what ends it.

-- Says whether a person wrote in the conversation after that time.
create function crm_api.person_wrote_since(p_sub_account_id uuid, p_conversation_id uuid, p_since timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.messages m
    where m.sub_account_id = p_sub_account_id and m.conversation_id = p_conversation_id
      and m.happened_at >= p_since and m.sender_type = 'user'
      -- The contact has not seen a failed message.
      and m.status <> 'failed'
  );
end;
$$;

-- Says whether an agent replies to a contact's message by itself. It does not reply to mail that no person wrote or
-- nobody vouches for, to a message that says nothing (a sticker, an unknown type, a reaction, a message that was taken
-- back), or to an address that is known only from a forwarded mail. Such a message ends no reply either. Before an
-- email's text has come, nobody knows.
create function crm_api.is_answerable(p_inbound public.messages)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return not p_inbound.awaits_text
    and not p_inbound.metadata ?| array['automatic', 'unauthenticated', 'unanswerable', 'withdrawn']
    and not exists (
      select 1 from public.contact_addresses a where a.id = p_inbound.address_id and a.learnt_from_thread
    );
end;
$$;

-- Says whether the contact has written again on that channel.
create function crm_api.contact_wrote_after(p_inbound public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.messages m
    where m.sub_account_id = p_inbound.sub_account_id and m.conversation_id = p_inbound.conversation_id
      and m.happened_at >= p_inbound.happened_at and m.sender_type = 'contact' and m.channel = p_inbound.channel
      and (m.happened_at, m.created_at, m.id) > (p_inbound.happened_at, p_inbound.created_at, p_inbound.id)
      and crm_api.is_answerable(m)
  );
end;
$$;

-- Says whether a person has written since the contact did, or within the agent's pause before that.
create function crm_api.person_took_over(p_message public.messages, p_inbound public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return crm_api.person_wrote_since(p_message.sub_account_id, p_message.conversation_id, least(
    p_inbound.happened_at,
    (select now() - make_interval(secs => a.person_pause_hours::double precision * 3600)
      from public.agents a where a.id = p_message.agent_id)
  ));
end;
$$;

-- Says whether nobody needs a reply any more: a person has written since; the contact has written again, and that
-- message gets a reply; the agent has read something that is no longer true (crm_api.renew_replies); or agents have
-- written enough without hearing from the contact.
create function crm_api.is_superseded(p_message public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_inbound public.messages;
  v_written bigint;
begin
  if p_message.replies_to_id is null then
    return false;
  end if;
  select * into v_inbound from public.messages m where m.id = p_message.replies_to_id;
  if v_inbound.id is null
    or crm_api.person_took_over(p_message, v_inbound)
    or crm_api.contact_wrote_after(v_inbound)
    or not crm_api.is_answerable(v_inbound)
    or exists (select 1 from public.messages m where m.id = p_message.id and m.metadata ? 'outdated')
  then
    return true;
  end if;
  select count(*) into v_written from public.messages m
  where m.sub_account_id = p_message.sub_account_id and m.conversation_id = p_message.conversation_id
    -- Counts from when the message was stored: a reply to an earlier one may have gone out while this one was on its
    -- way.
    and m.happened_at >= v_inbound.created_at and m.sender_type = 'agent' and m.id <> p_message.id
    and m.channel = p_message.channel and m.status in ('sending', 'sent', 'delivered', 'read', 'unknown');
  return v_written >= (select a.max_unanswered from public.agents a where a.id = p_message.agent_id);
end;
$$;

-- Counts the replies within an hour to people who wrote through the same website. Anybody can enter anybody's address
-- into a form, so a conversation's limit holds for the form.
create function crm_api.count_form_replies(p_inbound public.messages)
returns bigint
language plpgsql
set search_path = ''
as $$
begin
  if p_inbound.metadata ->> 'sent_by' is null then
    return 0;
  end if;
  -- Many at once are counted one after the other.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(
    'form ' || p_inbound.sub_account_id || crm_api.domain_of(p_inbound.metadata ->> 'sent_by'), 0
  ));
  return (
    select count(*)
    from public.messages i
    join public.messages m on m.replies_to_id = i.id and m.conversation_id = i.conversation_id
    where i.sub_account_id = p_inbound.sub_account_id and i.created_at >= now() - interval '1 hour'
      and i.metadata ->> 'sent_by' is not null
      and crm_api.domain_of(i.metadata ->> 'sent_by') = crm_api.domain_of(p_inbound.metadata ->> 'sent_by')
      and m.sub_account_id = i.sub_account_id and m.status not in ('superseded', 'failed')
  );
end;
$$;

-- Finds the agent that replies in this conversation now; null: there is none, or it keeps quiet.
create function crm_api.find_answering_agent(p_inbound public.messages)
returns public.agents
language plpgsql
set search_path = ''
as $$
declare
  v_agent public.agents;
begin
  select a.* into v_agent
  from public.conversations c
  left join public.senders s on s.id = p_inbound.sender_id
  join public.agents a on a.id = coalesce(c.answering_agent_id, s.answering_agent_id) and a.active
  where c.id = p_inbound.conversation_id;
  if v_agent.id is null
    or crm_api.person_wrote_since(
      p_inbound.sub_account_id, p_inbound.conversation_id,
      now() - make_interval(secs => v_agent.person_pause_hours::double precision * 3600)
    )
    or v_agent.max_replies_per_hour <= (
      select count(*) from public.messages m
      where m.sub_account_id = p_inbound.sub_account_id and m.conversation_id = p_inbound.conversation_id
        and m.happened_at >= now() - interval '1 hour' and m.replies_to_id is not null
        -- The reply that is being written ends with this message.
        and m.status not in ('queued', 'composing', 'superseded', 'failed')
    )
    or v_agent.max_replies_per_hour <= crm_api.count_form_replies(p_inbound)
  then
    return null;
  end if;
  return v_agent;
end;
$$;

-- Says whether a message of ours went to the contact after that message was stored, on that channel or (null) on any. A
-- message of ours that went out earlier does not count as a reply to it. An echo has only the vendor's time.
create function crm_api.was_answered(p_inbound public.messages, p_channel text default null)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.messages m
    where m.sub_account_id = p_inbound.sub_account_id and m.conversation_id = p_inbound.conversation_id
      and m.happened_at >= p_inbound.happened_at and m.sender_type <> 'contact'
      and (m.happened_at >= p_inbound.created_at or m.metadata ? 'echo')
      and (p_channel is null or m.channel = p_channel)
      and m.status in ('sending', 'sent', 'delivered', 'read', 'unknown')
  );
end;
$$;

-- Finds the contact's newest message on a channel that can be replied to, if no message of ours came after it.
create function crm_api.find_unanswered(p_answer public.messages)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_inbound public.messages;
begin
  select * into v_inbound from public.messages m
  where m.sub_account_id = p_answer.sub_account_id and m.conversation_id = p_answer.conversation_id
    and m.sender_type = 'contact' and m.channel = p_answer.channel and crm_api.is_answerable(m)
    and m.happened_at >= now() - interval '1 day'
  order by m.happened_at desc, m.created_at desc, m.id desc
  limit 1;
  if crm_api.was_answered(v_inbound, p_answer.channel) then
    return null;
  end if;
  return v_inbound;
end;
$$;

-- Makes an agent's reply, which is due after the agent's pause.
create function crm_api.draft_reply(p_inbound public.messages, p_agent public.agents, p_prompt text, p_policy jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_reply public.messages := crm_api.new_message(
    gen_random_uuid(), p_inbound.sub_account_id, p_inbound.conversation_id, p_inbound.channel, 'agent'
  );
  v_title crm_api.title;
begin
  v_reply.replies_to_id := p_inbound.id;
  v_reply.agent_id := p_agent.id;
  v_reply.prompt := p_prompt;
  v_reply.policy := p_policy;
  v_reply.address_id := p_inbound.address_id;
  v_reply.sender_id := p_inbound.sender_id;
  v_reply.reply_prefix := p_inbound.reply_prefix;
  v_reply.idempotency_key := 'auto-reply:' || p_inbound.id;
  v_reply.metadata := jsonb_strip_nulls(jsonb_build_object(
    'message_id', p_inbound.provider_message_id, 'message_uuid', p_inbound.id
  ));
  v_reply.due_at := now() + make_interval(secs => p_agent.reply_pause_ms / 1000.0);
  v_reply.retry_until := now() + interval '1 hour';
  v_reply.created_at := clock_timestamp();
  v_reply.happened_at := clock_timestamp();
  if v_reply.channel = 'email' then
    v_title := crm_api.find_title(
      p_inbound.sub_account_id, p_inbound.conversation_id, p_inbound.address_id, p_inbound.reply_prefix
    );
    v_reply.subject := v_title.subject;
    v_reply.reply_prefix := v_title.reply_prefix;
  end if;
  return v_reply;
end;
$$;

-- Queues the agent's reply to a contact's newest message and supersedes replies still queued in this conversation. Null
-- if no agent replies here, or if a reply to this message was queued before. The caller holds the conversation's lock.
create function crm_api.queue_reply(p_inbound public.messages, p_prompt text, p_policy jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_agent public.agents := crm_api.find_answering_agent(p_inbound);
  v_reply public.messages;
begin
  if p_inbound.id is null then
    return null;
  end if;
  perform crm_api.supersede(m.id, null)
  from public.messages m
  where m.conversation_id = p_inbound.conversation_id and m.channel = p_inbound.channel
    and m.replies_to_id is not null and m.status = 'queued';
  if v_agent.id is null then
    return null;
  end if;
  v_reply := crm_api.draft_reply(p_inbound, v_agent, p_prompt, p_policy);
  if exists (
    select 1 from public.messages m
    where m.idempotency_key = v_reply.idempotency_key and (m.sub_account_id = v_reply.sub_account_id) is true
  ) then
    return null;
  end if;
  perform crm_api.move_message(v_reply, v_reply, 'queued', 'host');
  return jsonb_build_object('message_id', v_reply.id, 'pause_ms', v_agent.reply_pause_ms);
end;
$$;

-- A contact has corrected a message or taken it back, or an earlier message has come late. If an agent is writing a
-- reply without knowing that, the reply is not sent, and another one is queued. A queued reply reads the change when it
-- is written; it is superseded only if its message was taken back. The caller holds the conversation's lock. If a host
-- claims a reply at this moment, this waits for it.
create function crm_api.renew_replies(p_changed public.messages)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_reply public.messages;
  v_renewed jsonb;
begin
  for v_reply in
    select * from public.messages m
    where m.conversation_id = p_changed.conversation_id and m.replies_to_id is not null
      and m.status in ('queued', 'composing')
    order by m.id
    for update
  loop
    if v_reply.status = 'composing' then
      -- The reply's worker still has to store its cost.
      update public.messages m set metadata = m.metadata || '{"outdated": true}', idempotency_key = null
      where m.id = v_reply.id;
    elsif p_changed.metadata ? 'withdrawn' and v_reply.replies_to_id = p_changed.id then
      perform crm_api.supersede(v_reply.id, null);
    else
      continue;
    end if;
    v_renewed := coalesce(
      crm_api.queue_reply(crm_api.find_unanswered(v_reply), v_reply.prompt, v_reply.policy), v_renewed
    );
  end loop;
  return v_renewed;
end;
$$;

-- Lets an agent reply to a contact's message. If the message or its text comes late, the reply is to the contact's
-- newest message, with both in view, unless that reply has gone out already. p_reply: {prompt, policy} of the reply.
-- The caller holds the conversation's lock.
create function crm_api.reply_to(p_inbound public.messages, p_reply jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  if not crm_api.is_answerable(p_inbound) then
    return null;
  elsif crm_api.contact_wrote_after(p_inbound) then
    return crm_api.renew_replies(p_inbound);
  end if;
  return crm_api.queue_reply(p_inbound, p_reply ->> 'prompt', p_reply -> 'policy');
end;
$$;

-- supabase/schemas/40_descriptions.sql

-- Messages, agents and refusals as JSON, for the function.

create type crm_api.target as (
  refusal text,
  conversation_id uuid,
  address_id uuid,
  only_sender_id uuid,
  recipient jsonb,
  senders jsonb,
  connected_providers jsonb,
  repeat_through uuid,
  repeat_seconds double precision
);

comment on type crm_api.target is 'Who a message goes to, and through which senders (crm_api.resolve_target).';
comment on column crm_api.target.refusal is 'The error code that says why the message may not go; null: it may.';
comment on column crm_api.target.only_sender_id is 'The address takes messages from this sender only.';
comment on column crm_api.target.recipient is 'The address and, unless it is an outsider''s, the contact''s name.';
comment on column crm_api.target.senders is 'Those to try, in order (crm_api.list_senders).';
comment on column crm_api.target.connected_providers is
  'If no sender can carry this message: the providers of the senders that there are.';
comment on column crm_api.target.repeat_through is
  'The sender, if there is only this one, and its provider takes a repeated call for the same message as one.';
comment on column crm_api.target.repeat_seconds is 'For how long the first sender''s provider does so.';

-- Finds the message that the caller replies to, in the same conversation and channel, by our id or the provider's.
create function crm_api.find_replied(p_message public.messages)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'provider_message_id', m.provider_message_id,
      'email_message_id', m.metadata ->> 'email_message_id'
    )
    from (
      select * from public.messages where id = (p_message.metadata ->> 'message_uuid')::uuid
      union all
      select * from public.messages where provider_message_id = p_message.metadata ->> 'message_id'
      -- `offset 0` keeps the conditions below out of the two lookups, which would otherwise search the whole
      -- conversation.
      offset 0
    ) m
    where m.sub_account_id = p_message.sub_account_id
      and m.conversation_id = p_message.conversation_id
      and m.channel = p_message.channel
      and crm_api.may_be_told(
        crm_api.list_outsiders(m.sub_account_id, m.conversation_id), p_message.address_id, m.address_id
      )
    limit 1
  );
end;
$$;

-- Reads the last messages of the conversation, oldest first, that may be shown to an agent that writes to this address.
create function crm_api.read_history(p_message public.messages, p_limit integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_outsiders uuid[] := crm_api.list_outsiders(p_message.sub_account_id, p_message.conversation_id);
begin
  return (
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'sender_type', h.sender_type, 'content', h.content, 'subject', h.subject, 'channel', h.channel, 'at', h.at,
          'attachments', coalesce(h.metadata -> 'attachments', '[]'),
          'details', coalesce(h.metadata -> 'details', '{}'),
          'answered_content', left(h.metadata ->> 'answered_content', 4000)
        )
        order by h.happened_at, h.created_at, h.id
      ),
      '[]'
    )
    from (
      select m.id, m.sender_type, left(m.content, 4000) as content, m.subject, m.metadata,
        coalesce(m.sent_at, m.happened_at) as at, m.happened_at, m.created_at, m.channel
      from public.messages m
      where m.sub_account_id = p_message.sub_account_id
        and m.conversation_id = p_message.conversation_id
        and (m.content is not null or m.metadata ?| array['attachments', 'details'])
        and m.status in ('received', 'sent', 'delivered', 'read', 'unknown')
        and m.id <> p_message.id
        and crm_api.may_be_told(v_outsiders, p_message.address_id, m.address_id)
      order by m.happened_at desc, m.created_at desc, m.id desc
      limit p_limit
    ) h
  );
end;
$$;

-- Describes the agent of a message that must still be written, with its connection (null: it has none).
create function crm_api.describe_agent(p_message public.messages)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'model', a.model,
      'instructions', a.instructions,
      'time_zone', (select s.time_zone from public.sub_accounts s where s.id = a.sub_account_id),
      'mailboxes', array(
        select s.address from public.senders s where s.sub_account_id = a.sub_account_id and s.channel = 'email'
      ),
      'tokens', crm_api.count_tokens_left(a, p_message.id),
      'connection', case when c.id is not null then
        jsonb_build_object('id', c.id, 'provider', c.provider, 'credentials', c.credentials)
      end
    )
    from public.agents a
    left join public.connections c on c.id = a.connection_id
    where a.id = p_message.agent_id
  );
end;
$$;

-- Describes everything that a worker needs to send the message that it has leased.
create function crm_api.describe_begun(
  p_message public.messages,
  p_target crm_api.target,
  p_history_limit integer
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_composing boolean := p_message.status = 'composing';
begin
  return jsonb_build_object(
    'outcome', 'begun',
    'message_id', p_message.id,
    'channel', p_message.channel,
    'content', p_message.content,
    'prompt', p_message.prompt,
    'parts', p_message.body,
    'subject', p_message.subject,
    'automatic', p_message.replies_to_id is not null,
    'attempts', p_message.attempts,
    'tries', p_message.tries,
    'retried', p_message.retry_until is not null,
    'api_key_id', p_message.api_key_id,
    'recipient', p_target.recipient,
    'senders', p_target.senders,
    'reply_to', case when p_message.metadata ->> 'message_id' is not null then crm_api.find_replied(p_message) end,
    'agent', case when v_composing then crm_api.describe_agent(p_message) end,
    'history', case when v_composing then crm_api.read_history(p_message, p_history_limit) end
  );
end;
$$;

-- Describes a message for its caller.
create function crm_api.describe_message(p_message public.messages)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_message.id,
    'conversation_id', p_message.conversation_id,
    'channel', p_message.channel,
    'sender_type', p_message.sender_type,
    'status', p_message.status,
    'content', p_message.content,
    'subject', p_message.subject,
    'agent_id', p_message.agent_id,
    'provider', p_message.provider,
    'usage', p_message.usage,
    'error', p_message.error,
    'replied_message_id', p_message.metadata ->> 'message_id',
    'created_at', p_message.created_at,
    'due_at', p_message.due_at,
    'sent_at', p_message.sent_at,
    'delivered_at', p_message.delivered_at,
    'read_at', p_message.read_at,
    'failed_at', p_message.failed_at
  );
end;
$$;

-- Describes a message that this caller does not send, because an earlier request stored it, or because it is queued. Of
-- two calls at once, the later one may be the first to store the message, so its age may not be negative.
create function crm_api.describe_stored(p_outcome text, p_message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'outcome', p_outcome,
      'message', crm_api.describe_message(m),
      'age_seconds', greatest(0, floor(extract(epoch from now() - m.created_at)))
    )
    from public.messages m
    where m.id = p_message_id
  );
end;
$$;

create function crm_api.describe_refusal(p_code text, p_message_id uuid, p_connected_providers jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', 'refused',
    'code', p_code,
    'message_id', p_message_id,
    'connected_providers', p_connected_providers,
    'rate', null,
    'api_key_id', null
  );
end;
$$;

create function crm_api.describe_rate_limited(p_caller crm_api.caller)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return crm_api.describe_refusal('rate_limited', null, null)
    || jsonb_build_object('rate', crm_api.describe_rate(p_caller, false), 'api_key_id', p_caller.id);
end;
$$;

-- supabase/schemas/41_targets.sql

-- Who a message goes to, and through which senders.

-- Finds the conversation and the contact's address on the channel: the one that is replied to, if it is still the
-- contact's, or else the one that the contact last wrote from. All nulls: there is no such conversation.
-- Here the 24 hours are decided, by the hours that the policy names.
create function crm_api.find_recipient(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_external_id text,
  p_channel text,
  p_window_hours integer,
  p_replied_address_id uuid
)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
declare
  v_target crm_api.target;
begin
  select case
      when a.id is null then 'recipient_unreachable'
      when a.opted_out_at is not null then 'recipient_opted_out'
      when a.last_inbound_at < now() - make_interval(hours => p_window_hours) then 'messaging_window_closed'
    end, c.id, a.id, a.only_sender_id,
    jsonb_build_object('address', a.address, 'name', case when not a.learnt_from_thread then p.name end)
  into v_target
  from (
    select * from public.conversations where sub_account_id = p_sub_account_id and id = p_conversation_id
    union all
    select * from public.conversations where sub_account_id = p_sub_account_id and external_id = p_external_id
    limit 1
  ) c
  join public.contacts p on p.id = c.contact_id
  left join lateral (
    select * from public.contact_addresses k
    where k.sub_account_id = p_sub_account_id and k.contact_id = c.contact_id and k.channel = p_channel
    order by coalesce(k.id = p_replied_address_id, false) desc, k.learnt_from_thread, k.invalid_at is not null,
      k.last_inbound_at desc nulls last, k.created_at, k.id limit 1
  ) a on true;
  return v_target;
end;
$$;

create function crm_api.is_agent_active(p_sub_account_id uuid, p_agent_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.agents a
    where a.id = p_agent_id and a.sub_account_id = p_sub_account_id and a.active
  );
end;
$$;

-- p_agent_id: the agent, if it still has to write. p_first_sender_id: the sender that the contact wrote to, which is
-- tried before all others.
create function crm_api.resolve_target(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_external_id text,
  p_channel text,
  p_agent_id uuid,
  p_policy jsonb,
  p_replied_address_id uuid, p_first_sender_id uuid
)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
declare
  v_policy crm_api.send_policy := jsonb_populate_record(null::crm_api.send_policy, p_policy);
  v_target crm_api.target := crm_api.find_recipient(
    p_sub_account_id, p_conversation_id, p_external_id, p_channel, v_policy.reply_window_hours, p_replied_address_id
  );
begin
  if v_target.conversation_id is null or p_agent_id is not null
    and not crm_api.is_agent_active(p_sub_account_id, p_agent_id) then
    v_target.refusal :=
      case when v_target.conversation_id is null then 'conversation_not_found' else 'agent_not_found' end;
    return v_target;
  end if;
  v_target.senders := crm_api.list_senders(
    p_sub_account_id, p_channel, v_policy.providers, v_target.only_sender_id, p_first_sender_id
  );
  v_target.repeat_seconds := p_policy -> 'repeatable' -> (v_target.senders #>> '{0,connection,provider}');
  v_target.repeat_through := case when v_target.repeat_seconds is not null
    and jsonb_array_length(v_target.senders) = 1 then v_target.senders #>> '{0,id}' end;
  if v_target.senders = '[]' then
    v_target.refusal := 'channel_not_connected';
    v_target.connected_providers := crm_api.list_connected(p_sub_account_id, p_channel, v_target.only_sender_id);
  end if;
  return v_target;
end;
$$;

-- supabase/schemas/42_repeats.sql

-- Repeated requests: whether a message was stored before, and what happens then.

-- Gives the message that is replied to one name: the provider's id, even if the caller uses ours. A caller may know the
-- provider's id before the message is stored here.
create function crm_api.name_replied(p_conversation_id uuid, p_channel text, p_metadata jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(
    (
      select m.provider_message_id from public.messages m
      where m.id = (p_metadata ->> 'message_uuid')::uuid and m.sender_type = 'contact'
        and m.conversation_id = p_conversation_id and m.channel = p_channel
    ),
    p_metadata ->> 'message_id'
  );
end;
$$;

-- The request with the idempotency key of an agent's work on a message, which its task_hash names. The key is made of
-- the conversation and the message themselves, because callers have several names for both. Null: no such conversation.
create function crm_api.derive_key(p_request crm_api.send_request, p_sub_account_id uuid)
returns crm_api.send_request
language plpgsql
stable
set search_path = ''
as $$
declare
  v_request crm_api.send_request := p_request;
  v_conversation_id uuid;
begin
  v_conversation_id := (
    crm_api.find_conversation(p_sub_account_id, p_request.conversation_id, p_request.conversation_ref)
  ).id;
  v_request.idempotency_key := case when v_conversation_id is not null then
    'reply:' || encode(pg_catalog.sha256(convert_to(jsonb_build_array(
      v_conversation_id,
      crm_api.name_replied(v_conversation_id, p_request.channel, p_request.metadata),
      p_request.task_hash
    )::text, 'UTF8')), 'hex') end;
  v_request.request_hash := v_request.idempotency_key;
  return v_request;
end;
$$;

-- Says whether an idempotency key comes with the request that it was first used for. The first part of a hash is of the
-- request as written, the second of everything except its names for the conversation and for the message that is
-- replied to.
create function crm_api.is_same_request(p_message public.messages, p_request crm_api.send_request)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  -- A request without a key has no hash, and meets only the message that it stored itself.
  if split_part(p_message.request_hash, ':', 1) is not distinct from split_part(p_request.request_hash, ':', 1) then
    return true;
  elsif split_part(p_request.request_hash, ':', 2) = ''
    or split_part(p_message.request_hash, ':', 2) is distinct from split_part(p_request.request_hash, ':', 2) then
    return false;
  end if;
  -- A conversation that does not exist is another one.
  return p_message.conversation_id is not distinct from (crm_api.find_conversation(
      p_message.sub_account_id, p_request.conversation_id, p_request.conversation_ref
    )).id
    and crm_api.name_replied(p_message.conversation_id, p_message.channel, p_message.metadata)
      is not distinct from crm_api.name_replied(p_message.conversation_id, p_message.channel, p_request.metadata);
end;
$$;

-- Finds the message that this request, or an earlier one with its idempotency key, has stored. A request with the same
-- key at the same time waits here until the first one has committed.
create function crm_api.find_said(p_sub_account_id uuid, p_message_id uuid, p_idempotency_key text)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(coalesce(p_sub_account_id || p_idempotency_key, p_message_id::text), 0)
  );
  -- `is true` keeps the planner from an index on the sub-account alone, which it may prefer while the table is small.
  select * into v_message from public.messages m
  where m.id = p_message_id and (m.sub_account_id = p_sub_account_id) is true
  for update;
  if not found and p_idempotency_key is not null then
    select * into v_message from public.messages m
    where m.idempotency_key = p_idempotency_key and (m.sub_account_id = p_sub_account_id) is true
    for update;
  end if;
  return v_message;
end;
$$;

-- How a stored message of the same request goes on.
--   begun: this very request stored it, and the result was lost.
--   take_over: nothing was sent, and nobody works on it.
--   in_progress: somebody works on it, or the sweeper will.
--   replay: its outcome is told again.
-- An abandoned `sending` becomes `unknown`, because the provider may have been asked. Where the provider takes a
-- repeated call as one, it is left to the sweeper, which repeats it.
create function crm_api.decide_repeat(p_message public.messages, p_request crm_api.send_request)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_leased boolean := coalesce(p_message.lease_expires_at > now(), false);
  v_async boolean := p_request.queue_hours is not null;
begin
  if not crm_api.is_same_request(p_message, p_request) then
    return 'idempotency_key_reused';
  elsif p_message.status in ('composing', 'sending') and p_message.lease_id = p_request.lease_id and v_leased then
    return 'begun';
  elsif crm_api.state_of(p_message) = 'failed safe' then
    -- Nobody waits for the result of a late copy of the call that stored the message.
    return case when p_message.lease_id = p_request.lease_id then 'replay' else 'take_over' end;
  elsif p_message.status = 'queued' then
    return case when v_async then 'in_progress' else 'take_over' end;
  elsif p_message.status in ('composing', 'sending') and v_leased then
    return 'in_progress';
  elsif p_message.status = 'composing' then
    return 'take_over';
  elsif p_message.status = 'sending' and crm_api.may_repeat(p_message) then
    return 'in_progress';
  elsif p_message.status = 'sending' then
    perform crm_api.mark_unknown(p_message);
  end if;
  return 'replay';
end;
$$;

-- supabase/schemas/43_begin_send.sql

-- The first round trip of a message: it is stored with a lease before anything is sent.

-- Stores a new message: leased to the request that waits for it, or to be sent later.
create function crm_api.store_new(p_request crm_api.send_request, p_caller crm_api.caller, p_target crm_api.target)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_queued boolean := p_request.queue_hours is not null;
  v_status text := case when v_queued then 'queued' when p_request.content is null then 'composing' else 'sending' end;
  v_title crm_api.title := (p_request.subject, coalesce(p_request.reply_prefix, ''));
  v_message public.messages;
begin
  if p_request.channel <> 'email' then
    v_title.subject := null;
  elsif p_request.subject is null then
    v_title := crm_api.find_title(
      p_caller.sub_account_id, p_target.conversation_id, p_target.address_id, v_title.reply_prefix
    );
  end if;
  insert into public.messages (
    id, sub_account_id, conversation_id, address_id, channel, sender_type, agent_id, status,
    content, prompt, body, metadata, subject, reply_prefix, idempotency_key, request_hash, api_key_id, policy,
    lease_id, lease_expires_at, tries, repeat_through, repeat_until, due_at, retry_until, sender_id
  ) values (
    p_request.message_id, p_caller.sub_account_id, p_target.conversation_id, p_target.address_id, p_request.channel,
    case when p_request.agent_id is null then 'user' else 'agent' end, p_request.agent_id, v_status,
    p_request.content, p_request.prompt, coalesce(p_request.parts, '{}'), coalesce(p_request.metadata, '{}'),
    v_title.subject, v_title.reply_prefix, p_request.idempotency_key, p_request.request_hash, p_caller.id,
    p_request.policy, p_request.lease_id,
    case when not v_queued then now() + make_interval(secs => p_request.lease_seconds) end, (not v_queued)::integer,
    case when not v_queued then p_target.repeat_through end,
    case when not v_queued then now() + make_interval(secs => p_target.repeat_seconds) end,
    case when v_queued then now() end, now() + make_interval(hours => p_request.queue_hours),
    case when v_queued then (p_target.senders #>> '{0,id}')::uuid end
  ) returning * into v_message;
  return v_message;
end;
$$;

-- Leases a stored message: an agent still has to write it (composing), or a provider is asked (sending).
create function crm_api.lease_message(
  p_message public.messages,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_target crm_api.target
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
  v_to text := case when p_message.content is null then 'composing' else 'sending' end;
begin
  v_message.address_id := p_target.address_id;
  v_message.lease_id := p_lease_id;
  v_message.lease_expires_at := now() + make_interval(secs => p_lease_seconds);
  v_message.tries := p_message.tries + 1;
  v_message.repeat_through := p_target.repeat_through;
  v_message.repeat_until := coalesce(p_message.repeat_until, now() + make_interval(secs => p_target.repeat_seconds));
  v_message.due_at := null;
  v_message.error := null;
  v_message.failed_at := null;
  if p_message.status in ('queued', 'failed') then
    -- The contact has not seen it yet, so it counts from now.
    v_message.happened_at := now();
  end if;
  perform crm_api.move_message(p_message, v_message, v_to, 'host');
  v_message.status := v_to;
  return v_message;
end;
$$;

-- Queues a stored message, to be sent by a host that claims it. Until then the holder of the lease may give it back.
create function crm_api.queue_message(p_message public.messages, p_lease_id uuid, p_retry_hours integer)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.lease_id := p_lease_id;
  v_message.lease_expires_at := null;
  v_message.due_at := now();
  v_message.retry_until := now() + make_interval(hours => p_retry_hours);
  v_message.tries := 0;
  v_message.error := null;
  v_message.failed_at := null;
  perform crm_api.move_message(p_message, v_message, 'queued', 'host');
end;
$$;

-- A stored message stays with its conversation, even if the caller's own id names another one now.
create function crm_api.resolve_request(
  p_request crm_api.send_request,
  p_sub_account_id uuid,
  p_stored public.messages
)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
begin
  return crm_api.resolve_target(
    p_sub_account_id,
    coalesce(p_stored.conversation_id, p_request.conversation_id),
    case when p_stored.id is null then p_request.conversation_ref end,
    p_request.channel, p_request.agent_id, p_request.policy,
    crm_api.find_replied_outsider(p_sub_account_id, coalesce(p_stored.metadata, p_request.metadata)),
    null
  );
end;
$$;

-- Takes over a message that nobody works on: for the request that waits for it, or to be sent later.
create function crm_api.take_over(
  p_stored public.messages,
  p_request crm_api.send_request,
  p_caller crm_api.caller,
  p_target crm_api.target
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_stored;
begin
  v_message.api_key_id := p_caller.id;
  v_message.policy := p_request.policy;
  v_message.address_id := p_target.address_id;
  if p_request.queue_hours is not null then
    v_message.sender_id := (p_target.senders #>> '{0,id}')::uuid;
    perform crm_api.queue_message(v_message, p_request.lease_id, p_request.queue_hours);
    return v_message;
  end if;
  -- The caller waits for the outcome and may send it again, so nobody else does.
  v_message.retry_until := null;
  return crm_api.lease_message(v_message, p_request.lease_id, p_request.lease_seconds, p_target);
end;
$$;

-- Stores the message or takes it over, and describes what is now stored. p_stored: the message of before, if there is
-- one.
create function crm_api.store_begun(
  p_stored public.messages,
  p_request crm_api.send_request,
  p_caller crm_api.caller,
  p_target crm_api.target
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  if p_request.agent_id is null then
    -- An agent that replies here waits and then sees this message, or has committed before.
    perform crm_api.lock_conversation(p_target.conversation_id, true);
  end if;
  if p_stored.id is null then
    v_message := crm_api.store_new(p_request, p_caller, p_target);
  else
    v_message := crm_api.take_over(p_stored, p_request, p_caller, p_target);
  end if;
  if p_request.queue_hours is not null then
    return crm_api.describe_stored('queued', v_message.id);
  end if;
  return crm_api.describe_begun(v_message, p_target, p_request.history_limit);
end;
$$;

-- The result of begin_send without its rate. p_stored: the message that was stored by this request, or by an earlier
-- one with its idempotency key. p_repeat: how that one goes on (crm_api.decide_repeat), or `new`.
create function crm_api.begin_message(
  p_request crm_api.send_request,
  p_caller crm_api.caller,
  p_stored public.messages,
  p_repeat text
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_target crm_api.target;
  v_message public.messages;
begin
  if p_repeat in ('replay', 'in_progress') then
    return crm_api.describe_stored(p_repeat, p_stored.id);
  elsif p_repeat = 'idempotency_key_reused' then
    return crm_api.describe_refusal(p_repeat, p_stored.id, null);
  end if;
  v_target := crm_api.resolve_request(p_request, p_caller.sub_account_id, p_stored);
  if v_target.refusal is not null then
    if p_stored.status = 'queued' or p_repeat = 'begun' then
      perform crm_api.fail_message(p_stored, jsonb_build_object('code', v_target.refusal, 'retry', 'never'));
    end if;
    return crm_api.describe_refusal(v_target.refusal, p_stored.id, v_target.connected_providers);
  elsif p_repeat = 'begun' then
    v_message := p_stored;
    v_message.address_id := v_target.address_id;
    return crm_api.describe_begun(v_message, v_target, p_request.history_limit);
  end if;
  return crm_api.store_begun(p_stored, p_request, p_caller, v_target);
end;
$$;

-- Says whether the message of a request may be stored already. It is read without a lock, so that a caller who goes on
-- without tokens makes nobody wait.
create function crm_api.is_stored(p_sub_account_id uuid, p_message_id uuid, p_idempotency_key text)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
      select 1 from public.messages m
      where m.id = p_message_id and (m.sub_account_id = p_sub_account_id) is true
    )
    or exists (
      select 1 from public.messages m
      where m.idempotency_key = p_idempotency_key and (m.sub_account_id = p_sub_account_id) is true
    );
end;
$$;

-- Takes a crm_api.send_request and says in `outcome`: begun (go on), queued (with queue_hours: stored for later),
-- in_progress or replay (how it stands with the message of before), or refused with an error code. A repeated call with
-- the same lease_id has the same effect, so a lost result can be asked for again.
-- A request that has paid before needs no token, and neither does one that is told again. The timeout is shorter than
-- the caller waits: a request that was given up must not be stored after all. Postgres keeps the plans that it made
-- while the tables were small, so none may scan a whole table.
create function public.begin_send(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
set enable_seqscan = off
as $$
declare
  v_request crm_api.send_request := jsonb_populate_record(null::crm_api.send_request, p_request);
  v_caller crm_api.caller := crm_api.find_key(v_request.key_hash);
  v_stored public.messages;
  v_repeat text;
  v_taken boolean;
  v_result jsonb;
begin
  if v_caller.id is null then
    return crm_api.describe_refusal('invalid_api_key', null, null);
  elsif v_request.task_hash is not null then
    v_request := crm_api.derive_key(v_request, v_caller.sub_account_id);
  end if;
  if v_caller.tokens < 1
    and not crm_api.is_stored(v_caller.sub_account_id, v_request.message_id, v_request.idempotency_key) then
    return crm_api.describe_rate_limited(v_caller);
  end if;
  v_stored := crm_api.find_said(v_caller.sub_account_id, v_request.message_id, v_request.idempotency_key);
  v_repeat := case when v_stored.id is not null then crm_api.decide_repeat(v_stored, v_request) else 'new' end;
  v_taken := crm_api.take_token(v_caller);
  if not v_taken and v_repeat not in ('replay', 'in_progress')
    and v_stored.id is distinct from v_request.message_id then
    return crm_api.describe_rate_limited(crm_api.find_key(v_request.key_hash));
  end if;
  v_result := crm_api.begin_message(v_request, v_caller, v_stored, v_repeat)
    || jsonb_build_object('rate', crm_api.describe_rate(v_caller, v_taken), 'api_key_id', v_caller.id);
  if clock_timestamp() > now() + interval '4 seconds' and v_result ->> 'outcome' in ('begun', 'queued') then
    raise exception 'the caller has given up' using errcode = 'lock_not_available';
  end if;
  return v_result;
end;
$$;

-- supabase/schemas/44_commit_reply.sql

-- An agent's text is stored before it is sent.

-- Says why an agent's text may not be sent; null: it may. A superseded reply keeps the agent's cost.
create function crm_api.stop_reply(p_message public.messages, p_usage jsonb)
returns text
language plpgsql
set search_path = ''
as $$
begin
  if p_message.status = 'superseded' then
    return 'superseded';
  elsif p_message.status <> 'composing' then
    return null;
  elsif p_message.replies_to_id is not null then
    -- If a person is writing at this moment, this waits for them.
    perform crm_api.lock_conversation(p_message.conversation_id, false);
    if crm_api.is_superseded(p_message) then
      perform crm_api.supersede(p_message.id, p_usage);
      return 'superseded';
    end if;
  end if;
  return case when crm_api.has_opted_out(p_message.address_id) then 'opted_out' end;
end;
$$;

-- Takes a crm_api.reply_commit and says in `outcome`: committed (from here on this text is sent, never written again);
-- lost (the lease has run out, and somebody else works on the message); superseded (somebody was faster while the agent
-- wrote); opted_out (the contact has said STOP meanwhile). Unless it is committed, the text must not be sent.
create function public.commit_reply(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_reply crm_api.reply_commit := jsonb_populate_record(null::crm_api.reply_commit, p_request);
  v_message public.messages;
  v_stop text;
  v_committed boolean := false;
begin
  select * into v_message from public.messages m where m.id = v_reply.message_id and m.lease_id = v_reply.lease_id;
  v_stop := crm_api.stop_reply(v_message, v_reply.usage);
  if v_stop is not null then
    return jsonb_build_object('outcome', v_stop);
  end if;
  -- The row is locked after the conversation, as everywhere.
  select * into v_message from public.messages m
  where m.id = v_reply.message_id and m.lease_id = v_reply.lease_id
    and (m.status = 'composing' or (m.status = 'sending' and m.content = v_reply.content))
  for update;
  if found then
    if v_message.status = 'composing' then
      v_message.usage := crm_api.add_usage(v_message.usage, v_reply.usage);
    end if;
    v_message.content := v_reply.content;
    v_message.lease_expires_at := now() + make_interval(secs => v_reply.lease_seconds);
    v_committed := crm_api.move_message(v_message, v_message, 'sending', 'host');
  end if;
  return jsonb_build_object('outcome', case when v_committed then 'committed' else 'lost' end);
end;
$$;

-- Says whether a provider may still be asked after the message's host has waited. lost: the message is settled, or
-- another worker has it. opted_out: the contact has said STOP meanwhile.
create function public.look_again(p_message_id uuid, p_lease_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m
  where m.id = p_message_id and m.lease_id = p_lease_id and m.status = 'sending' and m.lease_expires_at > now();
  return jsonb_build_object('outcome', case
    when v_message.id is null then 'lost'
    when crm_api.has_opted_out(v_message.address_id) then 'opted_out'
    else 'unchanged'
  end);
end;
$$;

-- supabase/schemas/45_settle_send.sql

-- The outcome of a message is stored.

-- An id as it is stored and looked for: one that does not fit into an index is told apart by its digest.
create function crm_api.keep_id(p_id text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
begin
  return case when length(p_id) > 400 then 'sha256:' || encode(sha256(convert_to(p_id, 'UTF8')), 'hex') else p_id end;
end;
$$;

-- Deletes the echo of a message of ours. The vendor told of it before we knew its id, so it was stored as a person's.
create function crm_api.drop_echo(p_message public.messages)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_message.provider_message_id is not null then
    delete from public.messages m
    where m.provider_message_id = p_message.provider_message_id and m.metadata ? 'echo'
      -- As in crm_api.find_said.
      and (m.sub_account_id = p_message.sub_account_id) is true and m.id <> p_message.id;
  end if;
end;
$$;

-- The number of the message's last stored call; 0: it has none.
create function crm_api.last_attempt(p_message_id uuid)
returns integer
language plpgsql
set search_path = ''
as $$
begin
  return (select coalesce(max(t.number), 0) from public.message_attempts t where t.message_id = p_message_id);
end;
$$;

create function crm_api.is_recorded(p_attempt public.message_attempts)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.message_attempts t
    where t.message_id = p_attempt.message_id and t.started_at = p_attempt.started_at
      and t.sender_id is not distinct from p_attempt.sender_id
  );
end;
$$;

-- Stores the calls to providers that are not stored yet. Where another worker has made a call meanwhile, the numbers go
-- on from there. The caller has locked the message's row. Returns the stored calls that may change their senders: those
-- of a sender that has failed before, and those that were not accepted.
create function crm_api.record_attempts(p_message public.messages, p_attempts jsonb)
returns public.message_attempts[]
language plpgsql
set search_path = ''
as $$
declare
  v_call record;
  v_attempt public.message_attempts;
  v_telling public.message_attempts[];
  -- p_message is as it was before this settlement: of one without calls no row is stored.
  v_last integer := case when p_message.attempts = 0 then 0 else crm_api.last_attempt(p_message.id) end;
begin
  for v_call in
    select a as attempt, s.id as sender_id, s.failures
    from jsonb_populate_recordset(null::public.message_attempts, p_attempts) a
    left join public.senders s on s.id = a.sender_id and s.sub_account_id = p_message.sub_account_id
    order by a.number
  loop
    v_attempt := v_call.attempt;
    v_attempt.message_id := p_message.id;
    v_attempt.sub_account_id := p_message.sub_account_id;
    v_attempt.sender_id := v_call.sender_id;
    continue when p_message.attempts > 0 and crm_api.is_recorded(v_attempt);
    v_last := greatest(v_attempt.number, v_last + 1);
    v_attempt.number := v_last;
    insert into public.message_attempts values (v_attempt.*);
    if v_attempt.outcome <> 'accepted' or v_call.failures > 0 then
      v_telling := v_telling || v_attempt;
    end if;
  end loop;
  return v_telling;
end;
$$;

-- Locks the message that a settlement is about. If the result of begin_send was lost, its caller knows only the id that
-- it proposed. That id is its lease id too, so a stored message that it took over is found by its lease. A lease of
-- claim_sends holds several messages, and names none.
create function crm_api.lock_settled(p_message_id uuid, p_lease_id uuid)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m where m.id = p_message_id for update;
  if not found and p_lease_id = p_message_id then
    select * into v_message from public.messages m
    where m.lease_id = p_lease_id and m.lease_expires_at is not null
    limit 1
    for update;
  end if;
  return v_message;
end;
$$;

-- Adds to the message what its calls tell. If the two differ, the settlement is right with p_counts, else the message.
create function crm_api.add_calls(p_message public.messages, p_settlement crm_api.settlement, p_counts boolean)
returns public.messages
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
  v_provider_message_id text := crm_api.keep_id(p_settlement.provider_message_id);
begin
  v_message.attempts := greatest(p_message.attempts, (p_settlement.attempts #>> '{-1,number}')::integer);
  if p_counts then
    v_message.sender_id := coalesce(p_settlement.sender_id, p_message.sender_id);
    v_message.provider := coalesce(p_settlement.provider, p_message.provider);
    v_message.provider_message_id := coalesce(v_provider_message_id, p_message.provider_message_id);
  else
    v_message.sender_id := coalesce(p_message.sender_id, p_settlement.sender_id);
    v_message.provider := coalesce(p_message.provider, p_settlement.provider);
    v_message.provider_message_id := coalesce(p_message.provider_message_id, v_provider_message_id);
  end if;
  return v_message;
end;
$$;

-- Finds the status that a settlement asks for. If the next try would come after the message's time is over, the message
-- is not queued again, but fails.
create function crm_api.settled_status(p_message public.messages, p_settlement crm_api.settlement)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return case
    when p_settlement.status = 'queued'
      and p_message.retry_until <= now() + make_interval(secs => p_settlement.retry_in_ms / 1000) then 'failed'
    else p_settlement.status
  end;
end;
$$;

-- Says whether a settlement counts: an acceptance counts from anybody, a failure only from the holder of the lease.
-- Neither undoes a receipt that was faster.
create function crm_api.settlement_counts(p_message public.messages, p_settlement crm_api.settlement, p_to text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when p_to = 'sent' then p_message.status not in ('received', 'superseded')
    else p_message.lease_id is not distinct from p_settlement.lease_id
      and crm_api.is_open(p_message) and p_message.status not in ('failed', p_to) end;
end;
$$;

-- Writes the outcome into the message, and returns the message as it is then. Its calls are kept in any case.
create function crm_api.settle_message(p_message public.messages, p_settlement crm_api.settlement)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_to text := crm_api.settled_status(p_message, p_settlement);
  v_counts boolean := crm_api.settlement_counts(p_message, p_settlement, v_to);
  v_message public.messages := crm_api.add_calls(p_message, p_settlement, v_counts);
begin
  if v_counts then
    v_message.usage := crm_api.add_usage(p_message.usage, p_settlement.usage);
    v_message.due_at :=
      case when v_to = 'queued' then now() + make_interval(secs => p_settlement.retry_in_ms / 1000) end;
    v_message.sent_at :=
      case when v_to = 'sent' then coalesce(p_message.sent_at, p_settlement.at) else p_message.sent_at end;
    if p_message.lease_id = p_settlement.lease_id then
      v_message.lease_expires_at := null;
    end if;
    if crm_api.is_open(p_message) then
      v_message.failed_at := case when v_to = 'failed' then p_settlement.at end;
      v_message.error := case when v_to <> 'sent' then coalesce(p_settlement.error, p_message.error) end;
    end if;
    if crm_api.move_message(p_message, v_message, v_to, 'host') then
      v_message.status := v_to;
      return v_message;
    end if;
  end if;
  perform crm_api.save_message(v_message);
  return v_message;
end;
$$;

-- Takes a crm_api.settlement: stores the outcome of a message and every call that was made, and says what the message
-- is now. status null: there is no such message. Repeated, it has the same effect.
create function public.settle_send(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_settlement crm_api.settlement := jsonb_populate_record(null::crm_api.settlement, p_request);
  v_before public.messages := crm_api.lock_settled(v_settlement.message_id, v_settlement.lease_id);
  v_message public.messages;
  v_telling public.message_attempts[];
begin
  if v_before.id is null then
    return jsonb_build_object('status', null, 'sent_at', null, 'error', null);
  end if;
  v_message := crm_api.settle_message(v_before, v_settlement);
  -- Nobody writes texts or emails in a vendor's app (Echo in src/ports/webhook.ts).
  if v_settlement.status = 'sent' and v_message.status <> 'superseded'
    and v_message.channel not in ('sms', 'email') then
    perform crm_api.drop_echo(v_message);
  end if;
  v_telling := crm_api.record_attempts(v_before, v_settlement.attempts);
  if v_telling is not null then
    perform crm_api.rest_senders(v_telling);
  end if;
  return jsonb_build_object('status', v_message.status, 'sent_at', v_message.sent_at, 'error', v_message.error);
end;
$$;

-- supabase/schemas/46_get_message.sql

-- GET /messages/{id}.

create function crm_api.list_attempts(p_message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'number', a.number, 'provider', a.provider, 'outcome', a.outcome, 'reason', a.reason,
        'code', a.code, 'message', a.message, 'started_at', a.started_at, 'finished_at', a.finished_at
      ) order by a.number
    ), '[]')
    from public.message_attempts a
    where a.message_id = p_message_id
  );
end;
$$;

-- Returns a message with every attempt, and takes a token from the key's bucket; `rate_limited` if the bucket is empty.
-- A null message: the key's sub-account has none with this id.
create function public.get_message(p_key_hash text, p_message_id uuid)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
set enable_seqscan = off
as $$
declare
  v_caller crm_api.caller := crm_api.find_key(p_key_hash);
  v_message public.messages;
begin
  if v_caller.id is null then
    return crm_api.describe_refusal('invalid_api_key', null, null);
  elsif not crm_api.take_token(v_caller) then
    return crm_api.describe_rate_limited(crm_api.find_key(p_key_hash));
  end if;
  select * into v_message from public.messages m
  where m.id = p_message_id and (m.sub_account_id = v_caller.sub_account_id) is true;
  return jsonb_build_object(
    'outcome', 'found',
    'message', case when v_message.id is not null then crm_api.describe_message(v_message) end,
    'attempts', crm_api.list_attempts(v_message.id),
    'rate', crm_api.describe_rate(v_caller, true),
    'api_key_id', v_caller.id
  );
end;
$$;

-- supabase/schemas/47_turns.sql

-- Which messages are sent next, of all that are queued or were abandoned.

-- Walks from queue to queue through the index, however long each is. Returns queues with a due message, of the
-- sub-accounts after one id up to another, in order, up to a limit.
create function crm_api.walk_queues(p_after uuid, p_to uuid, p_most integer)
returns table (sub_account_id uuid, id uuid)
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    with recursive queues as (
      (
        select m.sub_account_id as account, coalesce(m.sender_id, m.sub_account_id) as queue, m.due_at
        from public.messages m
        where m.status = 'queued' and m.sub_account_id > p_after and m.sub_account_id <= p_to
        order by 1, 2, 3 limit 1
      )
      union all
      select n.* from queues q cross join lateral (
        select m.sub_account_id, coalesce(m.sender_id, m.sub_account_id), m.due_at
        from public.messages m
        where m.status = 'queued' and m.sub_account_id <= p_to
          and (m.sub_account_id, coalesce(m.sender_id, m.sub_account_id)) > (q.account, q.queue)
        order by 1, 2, 3 limit 1
      ) n
    )
    select q.account, q.queue from queues q where q.due_at <= now() limit p_most;
end;
$$;

-- Lists the next queues: one for each sender, starting with the sub-account after the last message's and going round;
-- and one (id null) for the abandoned messages of a sub-account.
create function crm_api.list_queues(p_after uuid)
returns table (sub_account_id uuid, id uuid, resting boolean)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_most constant integer := 100;
  v_first constant uuid := '00000000-0000-0000-0000-000000000000';
  v_last constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
begin
  return query
    select w.sub_account_id, w.id, crm_api.is_resting(w.id)
    from (
      select * from crm_api.walk_queues(p_after, v_last, v_most)
      union all
      select * from crm_api.walk_queues(v_first, p_after, v_most)
    ) w
    union all
    select distinct a.account, null::uuid, false
    from (
      select m.sub_account_id as account from public.messages m
      where m.status in ('composing', 'sending') and m.lease_expires_at <= now()
      order by m.lease_expires_at limit 100
    ) a;
end;
$$;

-- Chooses up to `places` messages of each queue. Sub-accounts with the fewest messages under way (p_turn's `busy`) come
-- first, starting after the last message's (`after`); then their queues by the same rule. A resting sender is passed
-- over while there is other work. `spare` places are kept for sub-accounts with nothing under way.
create function crm_api.take_turns(p_turn jsonb, p_limit integer)
returns table (sub_account_id uuid, id uuid, places integer)
language plpgsql
set search_path = ''
as $$
declare
  v_busy uuid[] := array(
    select m.sub_account_id from jsonb_array_elements_text(p_turn -> 'busy') b join public.messages m on m.id = b::uuid
  );
  v_busy_senders uuid[] := array(
    select m.sender_id from jsonb_array_elements_text(p_turn -> 'busy') b join public.messages m on m.id = b::uuid
  );
  v_last uuid := coalesce(
    (select m.sub_account_id from public.messages m where m.id = (p_turn ->> 'after')::uuid), gen_random_uuid()
  );
begin
  return query
    with ready as (
      select q.*, q.resting and not bool_and(q.resting) over () as passed_over from crm_api.list_queues(v_last) q
    ), turns as (
      select r.sub_account_id, r.id,
        cardinality(array_positions(v_busy, r.sub_account_id))
          + row_number() over (
            partition by r.sub_account_id order by n + cardinality(array_positions(v_busy_senders, r.id)), random()
          ) as load
      from ready r cross join generate_series(1, p_limit) n
      where not r.passed_over
    ), placed as (
      select t.*, row_number() over (order by t.load, t.sub_account_id > v_last desc, t.sub_account_id) as place
      from turns t
    )
    select p.sub_account_id, p.id, count(*)::integer
    from placed p
    where p.place <= p_limit - case when p.load > 1 then coalesce((p_turn ->> 'spare')::integer, 0) else 0 end
    group by p.sub_account_id, p.id;
end;
$$;

-- Locks the messages whose turn it is; other callers skip locked ones. A repeated call gets the messages that it leased
-- before, and no others.
create function crm_api.lock_due(p_lease_id uuid, p_limit integer, p_message_id uuid, p_turn jsonb)
returns setof public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_queue record;
begin
  return query
    select * from public.messages m
    where m.lease_expires_at > now() and m.lease_id = p_lease_id and m.status in ('composing', 'sending')
    for update;
  if found then
    return;
  elsif p_message_id is not null then
    return query
      select * from public.messages m
      where m.id = p_message_id and m.status = 'queued' and m.due_at <= now()
      for update skip locked;
    return;
  end if;
  for v_queue in select * from crm_api.take_turns(p_turn, p_limit) loop
    if v_queue.id is null then
      return query
        select * from public.messages m
        where m.status in ('composing', 'sending') and m.lease_expires_at <= now()
          and m.sub_account_id = v_queue.sub_account_id
        order by m.lease_expires_at limit v_queue.places for update skip locked;
    else
      return query
        select * from public.messages m
        where m.status = 'queued' and m.due_at <= now() and m.sub_account_id = v_queue.sub_account_id
          and coalesce(m.sender_id, m.sub_account_id) = v_queue.id
        order by m.due_at limit v_queue.places for update skip locked;
    end if;
  end loop;
end;
$$;

-- supabase/schemas/48_claim_sends.sql

-- A host's background work, or the sweeper, claims messages that are queued or were abandoned.

-- Notes when a job last ran, to ten seconds. Of several callers at once one writes, and nobody waits.
create function crm_api.note_run(p_job text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if exists (select 1 from crm_api.job_runs r where r.job = p_job and r.last_run_at > now() - interval '10 seconds')
    or not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('job ' || p_job, 0)) then
    return;
  end if;
  insert into crm_api.job_runs (job, last_run_at) values (p_job, now())
  on conflict (job) do update set last_run_at = excluded.last_run_at;
end;
$$;

-- A repeated call waits here for the one whose result did not come.
create function crm_api.lock_lease(p_lease_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('lease ' || p_lease_id, 0));
end;
$$;

-- Says whether an abandoned call may be made again: only through the same single sender, whose provider takes a
-- repeated call as the same one, and only while the message is still tried.
create function crm_api.may_repeat_now(p_message public.messages, p_max_tries integer, p_target crm_api.target)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return crm_api.may_repeat(p_message)
    and p_message.tries < p_max_tries
    and coalesce(p_message.retry_until, p_message.created_at + interval '1 hour') >= now()
    and p_target.refusal is null
    and p_target.senders #>> '{0,id}' = p_message.repeat_through::text
    and jsonb_array_length(p_target.senders) = 1;
end;
$$;

-- Returns the error that ends a message instead of another try; null: it is tried. A message that an agent was writing
-- for a waiting caller is not sent hours later.
create function crm_api.find_claim_error(p_message public.messages, p_max_tries integer, p_target crm_api.target)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_message.tries >= p_max_tries
    or coalesce(p_message.retry_until, p_message.created_at + interval '1 hour') < now() then
    return coalesce(p_message.error, jsonb_build_object('code', 'delivery_failed', 'retry', 'safe'));
  elsif p_target.refusal is not null then
    return jsonb_build_object('code', p_target.refusal, 'retry', 'never');
  end if;
  return null;
end;
$$;

create function crm_api.resolve_claimed(p_message public.messages)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
begin
  return crm_api.resolve_target(
    p_message.sub_account_id, p_message.conversation_id, null, p_message.channel,
    case when p_message.content is null then p_message.agent_id end,
    p_message.policy,
    case when p_message.replies_to_id is not null then p_message.address_id
      else crm_api.find_replied_outsider(p_message.sub_account_id, p_message.metadata) end,
    (select m.sender_id from public.messages m where m.id = p_message.replies_to_id)
  );
end;
$$;

-- Describes a message that this same claim leased before, if its result was lost. `ambiguous` is as it was then.
create function crm_api.claim_again(p_message public.messages, p_history_limit integer)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_target crm_api.target := crm_api.resolve_claimed(p_message);
  v_message public.messages := p_message;
begin
  if v_target.refusal is not null then
    perform crm_api.fail_message(p_message, jsonb_build_object('code', v_target.refusal, 'retry', 'never'));
    return jsonb_build_object('outcome', 'failed');
  end if;
  v_message.address_id := v_target.address_id;
  return crm_api.describe_begun(v_message, v_target, p_history_limit) || jsonb_build_object(
    'ambiguous', p_message.status = 'sending' and p_message.tries > 1 and p_message.repeat_through is not null
  );
end;
$$;

-- Leases one message and describes it as begun, or ends it as unknown or failed. `ambiguous`: it was being sent when it
-- was abandoned, so a provider may have it.
create function crm_api.lease_claimed(p_message public.messages, p_claim crm_api.send_claim)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_target crm_api.target := crm_api.resolve_claimed(p_message);
  v_ambiguous boolean := p_message.status = 'sending';
  v_message public.messages := p_message;
  v_error jsonb;
begin
  if v_ambiguous and not crm_api.may_repeat_now(p_message, p_claim.max_tries, v_target) then
    perform crm_api.mark_unknown(p_message);
    return jsonb_build_object('outcome', 'unknown');
  end if;
  v_error := crm_api.find_claim_error(p_message, p_claim.max_tries, v_target);
  if v_error is not null then
    perform crm_api.fail_message(p_message, v_error);
    return jsonb_build_object('outcome', 'failed');
  end if;
  v_message.address_id := v_target.address_id;
  v_message := crm_api.lease_message(v_message, p_claim.lease_id, p_claim.lease_seconds, v_target);
  return crm_api.describe_begun(v_message, v_target, p_claim.history_limit)
    || jsonb_build_object('ambiguous', v_ambiguous);
end;
$$;

-- Begins nothing for a key that has ended, or for a reply that nobody needs any more.
create function crm_api.claim_message(p_message public.messages, p_claim crm_api.send_claim)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  -- No other call has ever used this lease id.
  v_again boolean := p_message.lease_id = p_claim.lease_id and p_message.status <> 'queued';
begin
  if (p_message.content is null or p_message.status = 'queued') and crm_api.is_superseded(p_message) then
    perform crm_api.supersede(p_message.id, null);
    return jsonb_build_object('outcome', 'superseded');
  elsif v_again then
    return crm_api.claim_again(p_message, p_claim.history_limit);
  elsif p_message.status <> 'sending' and crm_api.has_key_ended(p_message.api_key_id) then
    perform crm_api.fail_message(p_message, crm_api.key_ended());
    return jsonb_build_object('outcome', 'failed');
  end if;
  return crm_api.lease_claimed(p_message, p_claim);
end;
$$;

-- Takes a crm_api.send_claim: leases messages that are due or were abandoned, in the turn that crm_api.take_turns
-- finds, and describes each of them.
create function public.claim_sends(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set enable_seqscan = off
-- Shorter than the caller waits, so that a call that its caller has given up leases nothing later.
set lock_timeout = '4s'
as $$
declare
  v_claim crm_api.send_claim := jsonb_populate_record(null::crm_api.send_claim, p_request);
  v_claimed jsonb;
begin
  perform crm_api.lock_lease(v_claim.lease_id);
  if v_claim.message_id is null then
    perform crm_api.note_run('sweep');
  end if;
  select coalesce(jsonb_agg(crm_api.claim_message(m, v_claim)), '[]') into v_claimed
  -- In the order of their agents, whose tokens are locked, so that two sweepers never wait for each other in a circle.
  from (
    select * from crm_api.lock_due(v_claim.lease_id, v_claim.most, v_claim.message_id, v_claim.turn) d
    order by d.agent_id
  ) m;
  if clock_timestamp() > now() + interval '4 seconds' then
    raise exception 'the caller has given up' using errcode = 'lock_not_available';
  end if;
  return v_claimed;
end;
$$;

-- Gives one message back; no provider was asked under this lease. If a provider may have been asked before, the call
-- may still be repeated.
create function crm_api.release_message(p_message public.messages)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.tries := p_message.tries - 1;
  v_message.lease_id := gen_random_uuid();
  v_message.lease_expires_at := now();
  if p_message.status = 'sending' and (p_message.tries = 1 or p_message.repeat_through is null) then
    v_message.due_at := now();
    v_message.lease_expires_at := null;
    perform crm_api.move_message(p_message, v_message, 'queued', 'host');
  else
    perform crm_api.save_message(v_message);
  end if;
end;
$$;

-- Gives back the messages that claim_sends leased for a caller who never heard of it. Repeated, it has the same effect.
create function public.release_claims(p_lease_id uuid)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
begin
  perform crm_api.lock_lease(p_lease_id);
  perform crm_api.release_message(m)
  from (
    select l.* from public.messages l
    where l.lease_id = p_lease_id and l.lease_expires_at is not null and l.status in ('composing', 'sending')
    for update
  ) m;
end;
$$;

-- supabase/schemas/49_revoke_key.sql

-- Ends a key.

-- Ends a key now, and fails up to ten thousand messages of its queue; messages under way are finished. Returns how many
-- it failed, and whether there may be more.
-- A request that takes over such a message has locked it, and locks the key last, so this does not wait for it.
-- claim_sends begins nothing for a key that has ended.
create function public.revoke_key(p_key_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_most constant integer := 10000;
  v_revoked_at timestamptz;
  v_canceled integer;
begin
  update public.api_keys k set revoked_at = least(k.revoked_at, now()) where k.id = p_key_id
  returning k.revoked_at into v_revoked_at;
  select count(*) filter (where f.moved) into v_canceled
  from (
    select crm_api.fail_message(q, crm_api.key_ended()) as moved
    from (
      select * from public.messages m
      where m.api_key_id = p_key_id and m.status = 'queued'
      limit v_most
      for update skip locked
    ) q
  ) f;
  return jsonb_build_object('revoked_at', v_revoked_at, 'canceled', v_canceled, 'more', v_canceled = v_most);
end;
$$;

-- supabase/schemas/50_threads.sql

-- Who wrote an email, and which conversation it continues.

-- Finds the conversation that a contact's message continues: the one of the message that it answers. Null where it
-- answers none.
create function crm_api.find_thread(p_sub_account_id uuid, p_event jsonb)
returns public.conversations
language plpgsql
stable
set search_path = ''
as $$
declare
  v_conversation public.conversations;
begin
  select c.* into v_conversation
  from (
    select m.conversation_id, m.sub_account_id, m.happened_at from public.messages m
    where m.id in (select value::uuid from jsonb_array_elements_text(p_event -> 'our_ids'))
    union all
    select m.conversation_id, m.sub_account_id, m.happened_at from public.messages m
    where m.metadata ->> 'email_message_id' in (select jsonb_array_elements_text(p_event -> 'thread_ids'))
    union all
    select m.conversation_id, m.sub_account_id, m.happened_at from public.messages m
    where m.provider_message_id = p_event ->> 'replied_provider_message_id'
    -- `offset 0` for the reason that was_received gives.
    offset 0
  ) t
  join public.conversations c on c.id = t.conversation_id
  where t.sub_account_id = p_sub_account_id
  order by t.happened_at desc
  limit 1;
  return v_conversation;
end;
$$;

-- Says whether an email names the id of an email that we sent to its writer's address: only its reader knows that id.
create function crm_api.answers_us(p_sub_account_id uuid, p_address_id uuid, p_event jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1
    from (
      select o.* from jsonb_array_elements_text(p_event -> 'our_ids') i
      join public.messages o on o.id = i::uuid
      -- `offset 0` for the reason that was_received gives.
      offset 0
    ) m
    where m.sub_account_id = p_sub_account_id and m.address_id = p_address_id and m.sender_type <> 'contact'
  );
end;
$$;

-- Makes the metadata of an email. `sent_by`: the key of From where Reply-To names another writer. `unauthenticated`:
-- nobody vouches that From wrote it, and it does not answer an email of ours either.
create function crm_api.email_marks(p_sub_account_id uuid, p_address_id uuid, p_event jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'sent_by', p_event -> 'sent_by',
    'unauthenticated', case when not (p_event ->> 'authenticated')::boolean
      and not crm_api.answers_us(p_sub_account_id, p_address_id, p_event) then true end
  ));
end;
$$;

-- Makes Reply-To the writer of an email in place of From, because a form on a website writes in its visitor's name.
-- Where Reply-To is in a domain of our own senders, From stays the writer.
create function crm_api.name_writer(p_sub_account_id uuid, p_event jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_event #>> '{reply_to,address,key}' is null or exists (
    select 1 from public.senders s
    where s.sub_account_id = p_sub_account_id and s.channel = 'email'
      and crm_api.domain_of(s.address_key) = crm_api.domain_of(p_event #>> '{reply_to,address,key}')
  ) then
    return p_event;
  end if;
  return p_event || jsonb_build_object(
    'from', p_event #> '{reply_to,address}', 'name', p_event #> '{reply_to,name}',
    'automatic', p_event #> '{reply_to,automatic}', 'sent_by', p_event #> '{from,key}'
  );
end;
$$;

-- Deletes an address and its contact if only emails came from it that turned out to be somebody else's.
create function crm_api.forget_provisional(p_address_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.contacts c
  using public.contact_addresses a
  where a.id = p_address_id and a.provisional and c.id = a.contact_id
    and not exists (select 1 from public.contact_addresses o where o.contact_id = c.id and o.id <> a.id)
    and not exists (
      select 1 from public.conversations v
      where v.sub_account_id = c.sub_account_id and v.contact_id = c.id and (v.external_id is not null or exists (
        select 1 from public.messages m where m.sub_account_id = v.sub_account_id and m.conversation_id = v.id
      ))
    );
end;
$$;

-- Gives an email to the writer that its headers name in place of From.
create function crm_api.move_to_writer(p_message public.messages, p_writer jsonb, p_thread public.conversations)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_moved public.messages := p_message;
  v_address public.contact_addresses := crm_api.keep_address(
    p_message.sub_account_id, crm_api.read_address(p_writer, 'from'), null, p_writer ->> 'name', p_thread.contact_id,
    null
  );
begin
  v_moved.conversation_id := crm_api.keep_conversation(v_address, p_thread);
  perform crm_api.lock_conversation(v_moved.conversation_id, false);
  update public.messages m
  set address_id = v_address.id, conversation_id = v_moved.conversation_id,
    metadata = case when (p_writer ->> 'automatic')::boolean then m.metadata || '{"automatic": true}'
      else m.metadata - 'automatic' end
  where m.id = p_message.id
  returning * into v_moved;
  perform crm_api.forget_provisional(p_message.address_id);
  return v_moved;
end;
$$;

-- Says whether a contact is known by nothing but this message: no other address, no other message in its
-- conversation, no external id.
create function crm_api.is_only_known_by(p_own public.conversations, p_message public.messages)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return p_own.external_id is null
    and not exists (
      select 1 from public.messages m
      where m.sub_account_id = p_message.sub_account_id and m.conversation_id = p_own.id and m.id <> p_message.id
    )
    and not exists (
      select 1 from public.contact_addresses a
      where a.contact_id = p_own.contact_id and not (a.provisional and a.id = p_message.address_id)
    );
end;
$$;

-- Moves an email into the conversation that its headers name. A writer who was not known before is then taken for the
-- contact of that conversation; a writer who is known otherwise keeps the email.
create function crm_api.move_to_thread(p_message public.messages, p_thread public.conversations)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_own public.conversations;
begin
  if p_thread.id is null or p_thread.id = p_message.conversation_id then
    return;
  end if;
  select * into v_own from public.conversations c where c.id = p_message.conversation_id;
  if v_own.contact_id <> p_thread.contact_id then
    if not crm_api.is_only_known_by(v_own, p_message) then
      return;
    end if;
    update public.contact_addresses set learnt_from_thread = true where contact_id = v_own.contact_id;
    perform crm_api.merge_contacts(p_thread.contact_id, v_own.contact_id);
  end if;
  perform crm_api.lock_conversation(p_thread.id, false);
  update public.messages set conversation_id = p_thread.id where id = p_message.id;
  delete from public.conversations c
  where c.id = v_own.id and c.external_id is null and not exists (
    select 1 from public.messages m where m.sub_account_id = c.sub_account_id and m.conversation_id = c.id
  );
end;
$$;

-- Notes at the address that the contact writes from there. Mail that nobody vouches for does not show that. Automatic
-- mail shows only that the address exists, and an email whose text is still to be fetched may be automatic.
create function crm_api.note_writing(p_message public.messages)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.contact_addresses a
  set invalid_at = null,
    last_inbound_at = case when p_message.metadata ? 'automatic' then a.last_inbound_at
      else greatest(a.last_inbound_at, p_message.sent_at) end
  where a.id = p_message.address_id and not p_message.awaits_text and not p_message.metadata ? 'unauthenticated';
end;
$$;

-- Puts an email where it belongs, now that its headers are read, and notes at its address what they say.
create function crm_api.give_to_writer(p_message public.messages, p_writer jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_thread public.conversations := crm_api.find_thread(p_message.sub_account_id, p_writer);
  v_message public.messages := p_message;
begin
  if p_writer ? 'sent_by' then
    v_message := crm_api.move_to_writer(p_message, p_writer, v_thread);
  else
    perform crm_api.move_to_thread(p_message, v_thread);
  end if;
  update public.messages m
  set metadata = m.metadata || crm_api.email_marks(m.sub_account_id, m.address_id, p_writer)
  where m.id = v_message.id
  returning * into v_message;
  update public.contact_addresses a set provisional = false where a.id = v_message.address_id and a.provisional;
  perform crm_api.note_writing(v_message);
  return v_message;
end;
$$;

-- supabase/schemas/51_inbound.sql

-- Contacts' messages: stored once, under one contact and one conversation for each address.

-- Shortens an id that is too long for an index to its digest.
create function crm_api.event_key(p_event_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when length(p_event_id) > 500 then md5(p_event_id) else p_event_id end;
end;
$$;

-- Returns true the first time that an id of the vendor's is seen, and remembers it.
create function crm_api.see_event(p_connection public.connections, p_event_id text)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  insert into public.webhook_events (connection_id, event_id, sub_account_id)
  values (p_connection.id, crm_api.event_key(p_event_id), p_connection.sub_account_id)
  on conflict do nothing;
  return found;
end;
$$;

-- Locks the vendor's id of a contact's message, so that the call that brings the message and the calls that correct
-- it or take it back wait for each other. Before the message is stored there is no row to lock.
create function crm_api.lock_received(p_connection public.connections, p_event jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(
      'received ' || p_connection.sub_account_id || p_connection.provider || (p_event ->> 'provider_message_id'), 0
    )
  );
end;
$$;

-- Says whether another connection of the sub-account has brought the message. A vendor calls the webhooks of all
-- connections to the same account there, and an email to two of our senders is one email.
create function crm_api.was_received(p_connection public.connections, p_event jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1
    from (
      select * from public.messages o where o.provider_message_id = p_event ->> 'provider_message_id'
      -- `offset 0` keeps the conditions below out of the lookup, so that Postgres does not search all the account's
      -- messages.
      offset 0
    ) m
    where m.sub_account_id = p_connection.sub_account_id and m.provider = p_connection.provider
      and m.sender_type = 'contact'
  );
end;
$$;

-- Takes the words out of a message that the contact took back before it came.
create function crm_api.empty_withdrawn(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  if not exists (
    select 1 from public.webhook_events e
    where e.connection_id = p_connection.id
      and e.event_id = crm_api.event_key('withdrawn ' || (p_event ->> 'provider_message_id'))
  ) then
    return p_event;
  end if;
  return p_event || jsonb_build_object(
    'text', null, 'subject', null, 'text_is_elsewhere', false, 'text_length', null, 'attachments', '[]'::jsonb,
    'details', '{}'::jsonb, 'quoted', null, 'preference', null, 'withdrawn', true
  );
end;
$$;

-- Reads the time at which the vendor says that a message was written. A whole second is read as its end: then a
-- message of ours in the same second stands before the contact's answer to it. No message was written after it
-- arrived.
create function crm_api.happened_at(p_at timestamptz)
returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return least(
    case when p_at = date_trunc('second', p_at) then p_at + interval '999 milliseconds' else p_at end,
    -- The clock and not now(): the messages of one call keep the order in which the vendor names them.
    clock_timestamp()
  );
end;
$$;

-- Makes the metadata of a contact's message. `automatic`: no person wrote it. `unanswerable`: it says nothing that
-- can be answered. `reaction`: it repeats a message of ours. `withdrawn`: the contact took it back, and nothing of it
-- is kept. `text_length`: how long a text was of which only the beginning is kept.
create function crm_api.mark_inbound(p_event jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'message_id', p_event -> 'replied_provider_message_id',
    'email_message_id', p_event -> 'email_message_id',
    'automatic', case when (p_event ->> 'automatic')::boolean then true end,
    'unanswerable', case when not (p_event ->> 'answerable')::boolean then true end,
    'reaction', p_event -> 'reaction',
    'withdrawn', p_event -> 'withdrawn',
    'text_length', p_event -> 'text_length',
    'attachments', nullif(p_event -> 'attachments', '[]'::jsonb),
    'details', nullif(p_event -> 'details', '{}'::jsonb)
  ));
end;
$$;

-- Stores the row of a contact's message and returns it.
create function crm_api.store_inbound(
  p_connection public.connections,
  p_event jsonb,
  p_sender_id uuid,
  p_address_id uuid,
  p_conversation_id uuid
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := crm_api.new_message(
    (p_event ->> 'message_id')::uuid, p_connection.sub_account_id, p_conversation_id, p_event ->> 'channel', 'contact'
  );
begin
  v_message.content := p_event ->> 'text';
  v_message.subject := p_event ->> 'subject';
  v_message.reply_prefix := coalesce(p_event ->> 'reply_prefix', '');
  v_message.address_id := p_address_id;
  v_message.sender_id := p_sender_id;
  v_message.provider := p_connection.provider;
  v_message.provider_message_id := p_event ->> 'provider_message_id';
  v_message.metadata := crm_api.mark_inbound(p_event)
    || crm_api.email_marks(p_connection.sub_account_id, p_address_id, p_event);
  v_message.awaits_text := coalesce((p_event ->> 'text_is_elsewhere')::boolean, false);
  v_message.sent_at := least((p_event ->> 'at')::timestamptz, now());
  v_message.created_at := clock_timestamp();
  v_message.happened_at := crm_api.happened_at((p_event ->> 'at')::timestamptz);
  perform crm_api.move_message(v_message, v_message, 'received', 'host');
  v_message.status := 'received';
  if v_message.awaits_text then
    insert into public.jobs (sub_account_id, kind, subject_id)
    values (v_message.sub_account_id, 'fetch_text', v_message.id);
  end if;
  return v_message;
end;
$$;

-- Says whether a message is a reaction, such as `Liked "See you at nine"`, which phones send by SMS. It is one if
-- it quotes one of our last fifty messages. quoted.whole is false if the phone has cut the quotation.
create function crm_api.is_reaction(p_event jsonb, p_conversation_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_quoted text := p_event #>> '{quoted,text}';
begin
  return v_quoted is not null and exists (
    select 1
    from (
      select btrim(regexp_replace(m.content, '\s+', ' ', 'g')) as content from public.messages m
      where m.conversation_id = p_conversation_id and m.sub_account_id = (
          select c.sub_account_id from public.conversations c where c.id = p_conversation_id
        )
        and m.sender_type <> 'contact' and m.channel = p_event ->> 'channel' and m.content is not null
      order by m.happened_at desc
      limit 50
    ) m
    where m.content = v_quoted
      or (not (p_event #>> '{quoted,whole}')::boolean and starts_with(m.content, v_quoted))
  );
end;
$$;

-- Corrects an event before it is stored. If the contact has taken the message back, the event is emptied. If Reply-To
-- names the writer, the message is from there. If it comes from an address of our own, it is automatic: otherwise
-- agents would reply for ever to our own mail that a forwarding rule sends back.
create function crm_api.complete_inbound(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_event jsonb := crm_api.name_writer(
    p_connection.sub_account_id, crm_api.empty_withdrawn(p_connection, p_event)
  );
begin
  if crm_api.is_own_address(p_connection.sub_account_id, crm_api.read_address(v_event, 'from')) then
    return v_event || '{"automatic": true}';
  end if;
  return v_event;
end;
$$;

-- Obeys a STOP or START in a message, for both addresses that the event names. Returns true where no agent is to
-- reply: the contact has just changed its mind, or is opted out.
create function crm_api.obey_preference(p_connection public.connections, p_event jsonb, p_address_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_preference text := p_event ->> 'preference';
  v_other public.contact_addresses := crm_api.find_address(
    p_connection.sub_account_id, p_event ->> 'channel', p_event #>> '{other_address,key}'
  );
begin
  if v_preference is not null and crm_api.set_preference(
    array[p_address_id, v_other.id], v_preference, least((p_event ->> 'at')::timestamptz, now())
  ) then
    return true;
  end if;
  return coalesce(v_preference = 'opted_out', false) or crm_api.has_opted_out(p_address_id);
end;
$$;

-- Stores a message that was not stored before: finds or makes its contact and conversation, opens the window for
-- replies, obeys STOP, and queues an agent's reply.
create function crm_api.keep_inbound(p_connection public.connections, p_event jsonb, p_sender_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_thread public.conversations := crm_api.find_thread(p_connection.sub_account_id, p_event);
  v_address public.contact_addresses := crm_api.keep_address(
    p_connection.sub_account_id, crm_api.read_address(p_event, 'from'), crm_api.read_address(p_event, 'other_address'),
    p_event ->> 'name', v_thread.contact_id,
    case when (p_event ->> 'scoped_to_sender')::boolean then p_sender_id end,
    (p_event ->> 'text_is_elsewhere')::boolean
  );
  v_conversation_id uuid := crm_api.keep_conversation(v_address, v_thread);
  v_event jsonb := p_event;
  v_message public.messages;
  v_is_silent boolean;
begin
  perform crm_api.lock_conversation(v_conversation_id, false);
  if crm_api.is_reaction(p_event, v_conversation_id) then
    v_event := p_event || '{"answerable": false, "reaction": true}';
  end if;
  v_message := crm_api.store_inbound(p_connection, v_event, p_sender_id, v_address.id, v_conversation_id);
  perform crm_api.note_writing(v_message);
  v_is_silent := crm_api.obey_preference(p_connection, p_event, v_address.id);
  return jsonb_build_object(
    'outcome', 'stored',
    'message_id', v_message.id,
    'text_is_elsewhere', v_message.awaits_text,
    'reply', case when not v_is_silent then crm_api.reply_to(v_message, p_event -> 'reply') end
  );
end;
$$;

-- A contact wrote. The message is stored once, however often and through how many connections the vendor tells of it.
create function crm_api.record_inbound(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_sender public.senders := crm_api.find_own_sender(p_connection, p_event);
begin
  if v_sender.id is null then
    return jsonb_build_object('outcome', 'no_sender');
  end if;
  perform crm_api.lock_received(p_connection, p_event);
  if not crm_api.see_event(p_connection, 'inbound ' || (p_event ->> 'provider_message_id'))
    or crm_api.was_received(p_connection, p_event)
  then
    return jsonb_build_object('outcome', 'known');
  end if;
  return crm_api.keep_inbound(p_connection, crm_api.complete_inbound(p_connection, p_event), v_sender.id);
end;
$$;

-- supabase/schemas/52_corrections.sql

-- A contact's message that is corrected or taken back.

-- Finds the contact's message that a correction or a withdrawal is about.
create function crm_api.find_received(p_connection public.connections, p_event jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m
  where m.provider_message_id = p_event ->> 'provider_message_id' and m.sub_account_id = p_connection.sub_account_id
    and m.provider = p_connection.provider and m.channel = p_event ->> 'channel' and m.sender_type = 'contact'
  limit 1;
  return v_message;
end;
$$;

-- A contact corrected a message: stores the new text. An agent that has not replied yet reads the new text. Where we
-- have replied, the old text is kept in the metadata, so that our reply can still be understood, and nobody replies
-- again.
create function crm_api.record_correction(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_message public.messages;
begin
  perform crm_api.lock_received(p_connection, p_event);
  v_message := crm_api.find_received(p_connection, p_event);
  if v_message.id is null then
    return jsonb_build_object('outcome', 'unknown_message');
  end if;
  perform crm_api.lock_conversation(v_message.conversation_id, false);
  update public.messages m
  set content = p_event ->> 'text',
    metadata = m.metadata || jsonb_strip_nulls(jsonb_build_object(
      'corrected_at', v_at,
      'answered_content', case when crm_api.was_answered(m)
        then coalesce(m.metadata ->> 'answered_content', m.content) end
    ))
  where m.id = v_message.id and not m.metadata ? 'withdrawn' and m.content is distinct from p_event ->> 'text'
    and coalesce((m.metadata ->> 'corrected_at')::timestamptz <= v_at, true)
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known');
  end if;
  if p_event ->> 'preference' = 'opted_out' then
    perform crm_api.set_preference(array[v_message.address_id], 'opted_out', v_at);
  end if;
  return jsonb_build_object(
    'outcome', 'stored', 'message_id', v_message.id, 'reply', crm_api.renew_replies(v_message)
  );
end;
$$;

-- A contact took a message back: deletes all that it said, and keeps the row. Where the message has not come yet,
-- remembers the withdrawal, so that nothing of the message is stored when it comes.
create function crm_api.record_withdrawal(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  perform crm_api.lock_received(p_connection, p_event);
  v_message := crm_api.find_received(p_connection, p_event);
  if v_message.id is null then
    return jsonb_build_object('outcome', case
      when crm_api.see_event(p_connection, 'withdrawn ' || (p_event ->> 'provider_message_id')) then 'stored'
      else 'known'
    end);
  end if;
  perform crm_api.lock_conversation(v_message.conversation_id, false);
  update public.messages m
  set content = null, subject = null, awaits_text = false,
    metadata = m.metadata - array['attachments', 'details', 'answered_content', 'text_length'] || '{"withdrawn": true}'
  where m.id = v_message.id and not m.metadata ? 'withdrawn'
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known');
  end if;
  return jsonb_build_object(
    'outcome', 'stored', 'message_id', v_message.id, 'reply', crm_api.renew_replies(v_message)
  );
end;
$$;

-- supabase/schemas/53_receipts.sql

-- Receipts: a provider reports later what happened to a message.

create function crm_api.find_receipted(p_connection public.connections, p_event jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message
  from public.messages m
  where m.id = (p_event ->> 'message_id')::uuid and m.sub_account_id = p_connection.sub_account_id
    and m.sender_type <> 'contact'
  for update;
  if v_message.id is null then
    select * into v_message
    from public.messages m
    where m.provider_message_id = p_event ->> 'provider_message_id' and m.sub_account_id = p_connection.sub_account_id
      and m.provider = p_connection.provider and m.sender_type <> 'contact'
    limit 1
    for update;
  end if;
  return v_message;
end;
$$;

-- Adds a receipt's ids and times to the message. p_moves: its status moves too.
create function crm_api.add_receipt(p_message public.messages, p_provider text, p_event jsonb, p_moves boolean)
returns public.messages
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
  v_status text := p_event ->> 'status';
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
begin
  v_message.provider := coalesce(p_message.provider, p_provider);
  v_message.provider_message_id := coalesce(p_message.provider_message_id, p_event ->> 'provider_message_id');
  v_message.sent_at := case when v_status = 'failed' then p_message.sent_at else coalesce(p_message.sent_at, v_at) end;
  if v_status = 'delivered' then
    v_message.delivered_at := coalesce(p_message.delivered_at, v_at);
  elsif v_status = 'read' then
    v_message.read_at := coalesce(p_message.read_at, v_at);
  end if;
  if p_moves then
    v_message.failed_at := case when v_status = 'failed' then v_at end;
    v_message.error := case when v_status = 'failed' then nullif(p_event -> 'error', 'null') end;
    v_message.due_at := null;
    v_message.lease_expires_at := null;
  end if;
  return v_message;
end;
$$;

create function crm_api.record_receipt(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_before public.messages := crm_api.find_receipted(p_connection, p_event);
  v_status text := p_event ->> 'status';
  v_moves boolean := crm_api.may_move(crm_api.state_of(v_before), v_status, 'vendor');
  v_message public.messages;
begin
  if v_before.id is null then
    return jsonb_build_object('outcome', 'unknown_message');
  end if;
  v_message := crm_api.add_receipt(v_before, p_connection.provider, p_event, v_moves);
  if not crm_api.move_message(v_before, v_message, v_status, 'vendor') then
    perform crm_api.save_message(v_message);
  end if;
  if v_before.provider_message_id is null then
    perform crm_api.drop_echo(v_message);
  end if;
  perform crm_api.keep_consequence(
    v_message.address_id, p_event ->> 'consequence', least((p_event ->> 'at')::timestamptz, now())
  );
  return jsonb_build_object('outcome', case when v_moves then 'moved' else 'known' end);
end;
$$;

-- Records a watermark for one of the messages that it covers.
create function crm_api.move_to_watermark(p_message public.messages, p_status text, p_until timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  if p_status = 'delivered' then
    v_message.delivered_at := p_until;
  else
    v_message.read_at := p_until;
  end if;
  return crm_api.move_message(p_message, v_message, p_status, 'vendor');
end;
$$;

-- Messenger names only a time: every message that went to the contact before then has arrived, or was read. It counts
-- from when it got a message, which is before its response reached us.
create function crm_api.record_watermark(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_status text := p_event ->> 'status';
  v_until timestamptz := least((p_event ->> 'until')::timestamptz, now());
  v_sender public.senders := crm_api.find_own_sender(p_connection, p_event);
  v_address public.contact_addresses := crm_api.find_address(
    p_connection.sub_account_id, p_event ->> 'channel', p_event #>> '{address,key}'
  );
  v_moved bigint;
begin
  select count(*) filter (where w.moved) into v_moved
  from (
    select crm_api.move_to_watermark(m, v_status, v_until) as moved
    from (
      select * from public.messages o
      where o.address_id = v_address.id and o.sender_id = v_sender.id and o.policy ? 'watermarks'
        and o.channel = p_event ->> 'channel'
        and (o.status = 'sent' or (o.status = 'delivered' and v_status = 'read')) and o.status in ('sent', 'delivered')
        and least((
          select max(t.started_at) from public.message_attempts t where t.message_id = o.id and t.outcome = 'accepted'
        ), o.sent_at) <= v_until
      order by o.id
      for update
    ) m
  ) w;
  return jsonb_build_object('outcome', case when v_moved > 0 then 'moved' else 'known' end);
end;
$$;

-- supabase/schemas/54_echoes.sql

-- Echoes: messages that people write to a contact outside this API, in the vendor's own app.

-- Finds the message of ours that the vendor tells of, where we do not know its id at the vendor because the vendor's
-- answer has not come yet, or was lost: both have the same text. Locks all messages that it may be, and so waits for
-- a transaction that is about to store the id of one of them.
create function crm_api.find_echoed(p_connection public.connections, p_event jsonb, p_contact_id uuid)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_at timestamptz := crm_api.happened_at((p_event ->> 'at')::timestamptz);
  v_message public.messages;
  v_found public.messages;
begin
  for v_message in
    select m.* from public.conversations c
    join public.messages m on m.sub_account_id = c.sub_account_id and m.conversation_id = c.id
    where c.sub_account_id = p_connection.sub_account_id and c.contact_id = p_contact_id
      and m.happened_at between v_at - interval '1 hour' and v_at + interval '1 minute'
      and m.sender_type <> 'contact' and m.channel = p_event ->> 'channel' and m.status in ('sending', 'unknown')
      and m.provider_message_id is null
    order by m.id
    for update of m
  loop
    if v_found.id is null and btrim(v_message.content) = btrim(p_event ->> 'text') then
      v_found := v_message;
    end if;
  end loop;
  return v_found;
end;
$$;

-- Stores an echo as a person's message.
create function crm_api.store_echo(
  p_connection public.connections,
  p_event jsonb,
  p_sender_id uuid,
  p_address_id uuid,
  p_conversation_id uuid
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := crm_api.new_message(
    (p_event ->> 'message_id')::uuid, p_connection.sub_account_id, p_conversation_id, p_event ->> 'channel', 'user'
  );
begin
  v_message.content := p_event ->> 'text';
  v_message.policy := nullif(p_event -> 'policy', 'null');
  v_message.address_id := p_address_id;
  v_message.sender_id := p_sender_id;
  v_message.provider := p_connection.provider;
  v_message.provider_message_id := p_event ->> 'provider_message_id';
  v_message.metadata := jsonb_strip_nulls(jsonb_build_object(
    'echo', true,
    'text_length', p_event -> 'text_length',
    'attachments', nullif(p_event -> 'attachments', '[]'::jsonb)
  ));
  v_message.sent_at := least((p_event ->> 'at')::timestamptz, now());
  v_message.created_at := clock_timestamp();
  v_message.happened_at := crm_api.happened_at((p_event ->> 'at')::timestamptz);
  perform crm_api.move_message(v_message, v_message, 'sent', 'host');
end;
$$;

-- Says whether a vendor's id belongs to a message of ours, or to an echo that is stored already.
create function crm_api.is_known_echo(p_connection public.connections, p_event jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.messages m
    where m.provider_message_id = p_event ->> 'provider_message_id' and m.sub_account_id = p_connection.sub_account_id
      and m.provider = p_connection.provider and m.sender_type <> 'contact'
  );
end;
$$;

-- Somebody wrote to a contact outside this API, or the vendor tells of a message that we sent. Stores somebody's
-- message as a person's: agents read it, and do not reply where a person is writing. `known`: it is ours, or was told
-- before.
create function crm_api.record_echo(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_sender public.senders := crm_api.find_own_sender(p_connection, p_event);
  v_address public.contact_addresses;
  v_ours public.messages;
  v_conversation_id uuid;
begin
  if v_sender.id is null then
    return jsonb_build_object('outcome', 'no_sender');
  end if;
  v_address := crm_api.keep_address(
    p_connection.sub_account_id, crm_api.read_address(p_event, 'to'), crm_api.read_address(p_event, 'other_address'),
    null, null, case when (p_event ->> 'scoped_to_sender')::boolean then v_sender.id end
  );
  v_conversation_id := crm_api.keep_conversation(v_address, null);
  perform crm_api.lock_conversation(v_conversation_id, true);
  v_ours := crm_api.find_echoed(p_connection, p_event, v_address.contact_id);
  if crm_api.is_known_echo(p_connection, p_event) then
    return jsonb_build_object('outcome', 'known');
  elsif v_ours.id is not null then
    return crm_api.record_receipt(
      p_connection, p_event || jsonb_build_object('message_id', v_ours.id, 'status', 'sent')
    );
  end if;
  perform crm_api.store_echo(p_connection, p_event, v_sender.id, v_address.id, v_conversation_id);
  return jsonb_build_object('outcome', 'stored');
end;
$$;

-- supabase/schemas/55_address_changes.sql

-- A contact has another address, or wants to hear no more.

-- The vendor gave a person a new id: the new id takes the place of the old one. Where both are known already, their
-- contacts are merged and the old id is deleted.
create function crm_api.record_address_change(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_channel text := p_event ->> 'channel';
  v_old crm_api.address := crm_api.read_address(p_event, 'previous');
  v_new crm_api.address := crm_api.read_address(p_event, 'current');
  v_previous public.contact_addresses;
  v_current public.contact_addresses;
begin
  perform crm_api.lock_addresses(p_connection.sub_account_id, v_channel, array[v_old.key, v_new.key]);
  v_previous := crm_api.find_address(p_connection.sub_account_id, v_channel, v_old.key);
  v_current := crm_api.find_address(p_connection.sub_account_id, v_channel, v_new.key);
  if v_previous.id is null or v_previous.id = v_current.id then
    return jsonb_build_object('outcome', 'known');
  elsif v_current.id is null then
    update public.contact_addresses set address = v_new.address, address_key = v_new.key where id = v_previous.id;
  else
    if v_previous.contact_id <> v_current.contact_id then
      perform crm_api.merge_contacts(v_previous.contact_id, v_current.contact_id);
    end if;
    perform crm_api.merge_addresses(v_current.id, v_previous.id);
  end if;
  return jsonb_build_object('outcome', 'stored');
end;
$$;

-- A contact opted out or in without writing, such as with a switch of the vendor's.
create function crm_api.record_preference(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_address public.contact_addresses := crm_api.find_address(
    p_connection.sub_account_id, p_event ->> 'channel', p_event #>> '{address,key}'
  );
begin
  if v_address.id is null then
    return jsonb_build_object('outcome', 'unknown_address');
  end if;
  if p_event ->> 'scope' = 'marketing' then
    perform crm_api.set_marketing_preference(v_address.id, p_event ->> 'preference', v_at);
  else
    perform crm_api.set_preference(array[v_address.id], p_event ->> 'preference', v_at);
  end if;
  return jsonb_build_object('outcome', 'stored');
end;
$$;

-- supabase/schemas/56_texts.sql

-- Texts that did not come with their messages. A job (fetch_text) asks the vendor for them.

-- Returns everything that is needed to ask the vendor. Null: there is no text to ask for, or nobody to ask any more.
create function crm_api.describe_text(p_message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'message_id', m.id, 'channel', m.channel, 'provider_message_id', m.provider_message_id,
      'connection', jsonb_build_object('id', c.id, 'provider', c.provider, 'credentials', c.credentials)
    )
    from public.messages m
    join public.senders s on s.id = m.sender_id
    join public.connections c on c.id = s.connection_id
    where m.id = p_message_id and m.awaits_text
  );
end;
$$;

-- Gives up: the message stays without a text, and counts as one that has none.
create function crm_api.give_up_text(p_message_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.messages m set awaits_text = false where m.id = p_message_id and m.awaits_text;
end;
$$;

-- Locks the addresses, the people and the conversations that a text changes, in the order of record_inbound. Returns
-- the headers, which name the writer.
create function crm_api.lock_text(p_message public.messages, p_thread jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_from_key text := (select a.address_key from public.contact_addresses a where a.id = p_message.address_id);
  -- If the webhook named the writer already, the message was stored under that address, and sent_by is From.
  v_writer jsonb := crm_api.name_writer(
    p_message.sub_account_id,
    p_thread || jsonb_build_object('from', jsonb_build_object(
      'key', coalesce(p_message.metadata ->> 'sent_by', v_from_key)
    ))
  );
  v_keys text[] := array[v_from_key, v_writer #>> '{from,key}'];
begin
  perform crm_api.lock_addresses(p_message.sub_account_id, p_message.channel, v_keys);
  perform crm_api.lock_people(p_message.sub_account_id, array(
    select a.contact_id from public.contact_addresses a
    where a.sub_account_id = p_message.sub_account_id and a.channel = p_message.channel and a.address_key = any (v_keys)
    union
    select (crm_api.find_thread(p_message.sub_account_id, v_writer)).contact_id
  ), array[p_message.id]);
  return v_writer;
end;
$$;

-- `thread` has our_ids, thread_ids, reply_to and authenticated, as an event of record_webhook.
create type crm_api.fetched_text as (message_id uuid, text text, metadata jsonb, thread jsonb, reply jsonb);

-- Stores a text that the vendor was asked for, ends the job that asked, and queues the agent's reply. p_request is a
-- crm_api.fetched_text. Repeated, it changes nothing.
create function public.complete_text(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_fetched crm_api.fetched_text := jsonb_populate_record(null::crm_api.fetched_text, p_request);
  v_message public.messages;
  v_writer jsonb;
begin
  -- The job is locked first, because settle_job also locks a job before its message.
  delete from public.jobs j where j.kind = 'fetch_text' and j.subject_id = v_fetched.message_id;
  select * into v_message from public.messages m where m.id = v_fetched.message_id;
  v_writer := crm_api.lock_text(v_message, v_fetched.thread);
  update public.messages m
  set content = v_fetched.text, awaits_text = false,
    metadata = m.metadata || v_fetched.metadata || case
      when btrim(v_fetched.text) = '' and coalesce(btrim(m.subject), '') = '' and not m.metadata ? 'attachments'
        then '{"unanswerable": true}'::jsonb
      else '{}' end
  where m.id = v_fetched.message_id and m.status = 'received' and m.content is null
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known', 'reply', null);
  end if;
  v_message := crm_api.give_to_writer(v_message, v_writer);
  return jsonb_build_object('outcome', 'stored', 'reply', case
    when not crm_api.has_opted_out(v_message.address_id)
      then crm_api.reply_to(v_message, v_fetched.reply) end
  );
end;
$$;

-- supabase/schemas/57_webhooks.sql

-- A vendor's call: its connection, and everything that its events change.

-- Differs as soon as anything differs that a call is verified with.
create function crm_api.version_of(p_connection public.connections)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return encode(sha256(convert_to(p_connection.provider || ' ' || p_connection.credentials, 'UTF8')), 'hex');
end;
$$;

-- Finds the connection that a webhook's address names, with its credentials sealed. Null: there is none.
create function public.get_connection(p_connection_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'id', c.id, 'provider', c.provider, 'credentials', c.credentials, 'version', crm_api.version_of(c),
      'now', clock_timestamp()
    )
    from public.connections c
    where c.id = p_connection_id
  );
end;
$$;

-- Lists the messages that the events of a call name, or that a watermark covers. `offset 0` makes Postgres look each up
-- through an index, whatever it believes about the size of the account.
create function crm_api.list_messages(p_sub_account_id uuid, p_events jsonb)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return array(
    select distinct m.id
    from jsonb_array_elements(p_events) e, lateral (
      select o.id, o.sub_account_id from public.messages o where o.id = (e ->> 'message_id')::uuid
      union all
      select o.id, o.sub_account_id from public.messages o where o.provider_message_id = e ->> 'provider_message_id'
      union all
      select o.id, o.sub_account_id
      from crm_api.find_address(p_sub_account_id, e ->> 'channel', e #>> '{address,key}') a
      join public.messages o on o.address_id = a.id
        and o.policy ? 'watermarks' and o.status in ('sent', 'delivered')
      where e ->> 'type' = 'watermark'
      offset 0
    ) m
    where m.sub_account_id = p_sub_account_id
    order by m.id
  );
end;
$$;

-- Lists the keys of the addresses that the events of a call are about: those that the events name, and those that a
-- receipt says something of.
create function crm_api.list_addresses(p_events jsonb, p_message_ids uuid[])
returns table (channel text, keys text[])
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    select n.channel, array_agg(n.key) from (
      select e ->> 'channel' as channel, k as key
      from jsonb_array_elements(p_events) e, unnest(array[
        e #>> '{from,key}', e #>> '{to,key}', e #>> '{other_address,key}', e #>> '{address,key}',
        e #>> '{previous,key}', e #>> '{current,key}'
      ]) k
      where e ->> 'channel' is not null and k is not null
      union
      select k.channel, k.address_key
      from unnest(p_message_ids) i
      join public.messages m on m.id = i
      join public.contact_addresses k on k.id = m.address_id
      where jsonb_path_exists(p_events, '$[*].consequence ? (@ != null)')
    ) n
    group by n.channel
    order by n.channel;
end;
$$;

-- Locks all that the events of a call change: the vendor's ids, then addresses, contacts, conversations, messages. The
-- order is always the same, so two calls about the same people wait for each other and do not deadlock. A call with
-- one event takes the same locks in the same order while it stores that event.
create function crm_api.lock_call(p_connection public.connections, p_events jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_message_ids uuid[] := crm_api.list_messages(p_connection.sub_account_id, p_events);
  v_message_id uuid;
  v_contact_ids uuid[] := '{}';
  v_named record;
begin
  perform crm_api.lock_received(p_connection, o.event)
  from (
    select e as event from jsonb_array_elements(p_events) e
    where e ->> 'type' in ('inbound', 'correction', 'withdrawal')
    order by e ->> 'provider_message_id'
  ) o;
  for v_named in select * from crm_api.list_addresses(p_events, v_message_ids) loop
    perform crm_api.lock_addresses(p_connection.sub_account_id, v_named.channel, v_named.keys);
    v_contact_ids := v_contact_ids || array(
      select a.contact_id from public.contact_addresses a
      where a.sub_account_id = p_connection.sub_account_id and a.channel = v_named.channel
        and a.address_key = any (v_named.keys)
    );
  end loop;
  perform crm_api.lock_people(p_connection.sub_account_id, v_contact_ids, v_message_ids);
  foreach v_message_id in array v_message_ids loop
    perform 1 from public.messages m where m.id = v_message_id for update;
  end loop;
end;
$$;

-- Shortens a vendor's ids in an event, so that they fit into an index.
create function crm_api.keep_ids(p_event jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  if greatest(
    length(p_event ->> 'provider_message_id'), length(p_event ->> 'replied_provider_message_id')
  ) > 400 then
    return p_event || jsonb_strip_nulls(jsonb_build_object(
      'provider_message_id', crm_api.keep_id(p_event ->> 'provider_message_id'),
      'replied_provider_message_id', crm_api.keep_id(p_event ->> 'replied_provider_message_id')
    ));
  end if;
  return p_event;
end;
$$;

-- Stores one event in a subtransaction, so an event that cannot be stored does not undo the others. Errors that time
-- may cure are raised again, so that the whole call is repeated. A foreign key violation is one of them: a row was
-- deleted meanwhile.
create function crm_api.record_event(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return case p_event ->> 'type'
    when 'inbound' then crm_api.record_inbound(p_connection, p_event)
    when 'receipt' then crm_api.record_receipt(p_connection, p_event)
    when 'watermark' then crm_api.record_watermark(p_connection, p_event)
    when 'preference' then crm_api.record_preference(p_connection, p_event)
    when 'address_change' then crm_api.record_address_change(p_connection, p_event)
    when 'echo' then crm_api.record_echo(p_connection, p_event)
    when 'correction' then crm_api.record_correction(p_connection, p_event)
    when 'withdrawal' then crm_api.record_withdrawal(p_connection, p_event)
  end;
exception
  when foreign_key_violation then
    raise exception 'A row that the event is about went away meanwhile.' using errcode = 'serialization_failure';
  when others then
    -- No connection, a rollback, too few resources, a lock that did not come, a shutdown, a failing disk.
    if sqlstate ~ '^(?:08|25|40|53|55|57|58)' then
      raise;
    end if;
    return jsonb_build_object('outcome', 'rejected', 'code', sqlstate);
end;
$$;

create type crm_api.webhook_call as (connection_id uuid, connection_version text, events jsonb);

comment on column crm_api.webhook_call.connection_version is
  'The caller has read the connection some time ago, and its version was this one. Null: it was read just now.';

-- Stores the events of one call; p_request is a crm_api.webhook_call. Says of each event what came of it: stored,
-- moved, known (seen before, or nothing new), no_sender, unknown_message, unknown_address, or rejected with the code
-- of Postgres. Null: there is no such connection, or it has changed since the caller read it, and nothing is stored.
-- Repeated, it has the same effect.
create function public.record_webhook(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_call crm_api.webhook_call := jsonb_populate_record(null::crm_api.webhook_call, p_request);
  v_events jsonb := (select jsonb_agg(crm_api.keep_ids(e)) from jsonb_array_elements(v_call.events) e);
  v_connection public.connections;
  v_event jsonb;
  v_results jsonb := '[]';
begin
  select * into v_connection from public.connections c where c.id = v_call.connection_id;
  if v_connection.id is null or v_call.connection_version <> crm_api.version_of(v_connection) then
    return null;
  end if;
  if jsonb_array_length(v_events) > 1 then
    perform crm_api.lock_call(v_connection, v_events);
  end if;
  for v_event in select value from jsonb_array_elements(v_events) loop
    v_results := v_results || jsonb_build_array(crm_api.record_event(v_connection, v_event));
  end loop;
  update public.connections c set last_webhook_at = now()
  where c.id = v_connection.id and (c.last_webhook_at is null or c.last_webhook_at < now() - interval '1 minute');
  return v_results;
end;
$$;

-- supabase/schemas/58_jobs.sql

-- Jobs: which is next, one worker at a time for each, and how a try ends.

-- Lists up to a hundred sub-accounts with jobs of these kinds to lease, and how many jobs of each are under way: being
-- worked on, or waiting to be tried again. The fewest come first. Walks from one sub-account to the next through the
-- index, however many jobs each has.
create function crm_api.list_job_owners(p_kinds text[])
returns table (id uuid, under_way bigint)
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    with recursive owners as (
      (select j.sub_account_id as id from public.jobs j order by 1 limit 1)
      union all
      select (select j.sub_account_id from public.jobs j where j.sub_account_id > o.id order by 1 limit 1)
      from owners o where o.id is not null
    )
    select o.id, t.under_way
    from owners o
    cross join lateral (
      select j.due_at from public.jobs j
      where j.sub_account_id = o.id and j.due_at <= now() and j.kind = any (p_kinds)
        and (j.lease_id is null or j.lease_expires_at <= now())
      order by j.due_at limit 1
    ) d
    cross join lateral (
      select count(*) as under_way from (
        select from public.jobs j
        where j.sub_account_id = o.id and j.tries > 0 and (j.due_at > now() or j.lease_expires_at > now())
        limit 100
      ) j
    ) t
    order by t.under_way, d.due_at limit 100;
end;
$$;

create type crm_api.job_claim as (
  lease_id uuid,
  lease_seconds integer,
  most integer,
  kinds text[],
  subject_id uuid
);

-- Lists the jobs that a claim may lease, in their turn. Sub-accounts with the fewest jobs under way come first, so that
-- a vendor who does not respond for one sub-account delays no other's jobs. Lists some more than the claim wants,
-- because others may lease them at this moment. With a subject, only the jobs about that one.
create function crm_api.order_jobs(p_claim crm_api.job_claim)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_claim.subject_id is not null then
    return array(
      select j.id from public.jobs j where j.subject_id = p_claim.subject_id and j.kind = any (p_claim.kinds)
    );
  end if;
  return array(
    select d.id
    from crm_api.list_job_owners(p_claim.kinds) o
    cross join lateral (
      select j.id, j.due_at, row_number() over (order by j.due_at, j.id) as place
      from public.jobs j
      where j.sub_account_id = o.id and j.due_at <= now() and j.kind = any (p_claim.kinds)
        and (j.lease_id is null or j.lease_expires_at <= now())
      order by j.due_at, j.id
      limit p_claim.most + 20
    ) d
    order by o.under_way + d.place, d.due_at, d.id
    limit p_claim.most + 100
  );
end;
$$;

-- Null: the job is not due, or another claim was faster.
create function crm_api.lease_job(p_job_id uuid, p_claim crm_api.job_claim)
returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  update public.jobs j
  set tries = j.tries + 1, lease_id = p_claim.lease_id,
    lease_expires_at = now() + make_interval(secs => p_claim.lease_seconds)
  where j.id = (
    select d.id from public.jobs d
    where d.id = p_job_id and d.due_at <= now() and (d.lease_id is null or d.lease_expires_at <= now())
    for update skip locked
  )
  returning * into v_job;
  return v_job;
end;
$$;

-- Describes a job for its worker, with the rows that its kind needs. Null: the subject is gone, or does not need the
-- job any more.
create function crm_api.describe_job(p_job public.jobs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_subject jsonb := case p_job.kind
    when 'fetch_text' then crm_api.describe_text(p_job.subject_id)
    else '{}' end;
begin
  return case when v_subject is not null then jsonb_build_object(
    'id', p_job.id, 'kind', p_job.kind, 'tries', p_job.tries, 'subject', v_subject
  ) end;
end;
$$;

-- Ends a job whose work is not done, so that nobody tries it again.
create function crm_api.give_up_job(p_job public.jobs)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_job.kind = 'fetch_text' then
    perform crm_api.give_up_text(p_job.subject_id);
  end if;
  delete from public.jobs j where j.id = p_job.id;
end;
$$;

-- Leases jobs that are due, up to `most`; p_request is a crm_api.job_claim. A worker that dies keeps a job until its
-- lease runs out; then another claim gets it. Repeated because its answer was lost, a claim gets the jobs that it has
-- leased already.
create function public.claim_jobs(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_claim crm_api.job_claim := jsonb_populate_record(null::crm_api.job_claim, p_request);
  v_job_id uuid;
  v_job public.jobs;
  v_described jsonb;
  v_jobs jsonb := '[]';
begin
  perform crm_api.lock_lease(v_claim.lease_id);
  select coalesce(jsonb_agg(d.job) filter (where d.job is not null), '[]') into v_jobs
  from public.jobs j, lateral (select crm_api.describe_job(j) as job) d
  where j.lease_id = v_claim.lease_id and j.lease_expires_at > now();
  if v_jobs <> '[]' then
    return v_jobs;
  end if;
  foreach v_job_id in array crm_api.order_jobs(v_claim) loop
    exit when jsonb_array_length(v_jobs) >= v_claim.most;
    v_job := crm_api.lease_job(v_job_id, v_claim);
    continue when v_job.id is null;
    v_described := crm_api.describe_job(v_job);
    if v_described is null then
      perform crm_api.give_up_job(v_job);
    else
      v_jobs := v_jobs || v_described;
    end if;
  end loop;
  return v_jobs;
end;
$$;

create type crm_api.job_settlement as (job_id uuid, lease_id uuid, retry_in_ms double precision);

-- Ends a try that has failed: the job is due again in retry_in_ms, or (null) given up. p_request is a
-- crm_api.job_settlement. Nothing happens without the lease, so a repeated call, or a worker that was too slow,
-- changes nothing.
create function public.settle_job(p_request jsonb)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_settled crm_api.job_settlement := jsonb_populate_record(null::crm_api.job_settlement, p_request);
  v_job public.jobs;
begin
  select * into v_job from public.jobs j
  where j.id = v_settled.job_id and j.lease_id = v_settled.lease_id
  for update;
  if not found then
    return;
  elsif v_settled.retry_in_ms is null then
    perform crm_api.give_up_job(v_job);
  else
    update public.jobs j
    set due_at = now() + make_interval(secs => v_settled.retry_in_ms / 1000), lease_id = null, lease_expires_at = null
    where j.id = v_job.id;
  end if;
end;
$$;

-- supabase/schemas/60_import.sql

-- Contacts from a file: each row is a person, with addresses and the caller's own id for the conversation.

-- Finds the contacts that a row is about: those who have its addresses or its conversation. An address that was only
-- learnt from a thread counts as nobody's, here and below, because the row says for certain whose it is.
create function crm_api.find_imported(p_sub_account_id uuid, p_row jsonb)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(distinct k.contact_id), '{}')
    from (
      select f.contact_id
      from jsonb_array_elements(p_row -> 'addresses') a,
        crm_api.find_address(p_sub_account_id, a ->> 'channel', a ->> 'key') f
      where not f.learnt_from_thread
      union all
      select c.contact_id from public.conversations c
      where c.sub_account_id = p_sub_account_id and c.external_id = p_row ->> 'external_id'
    ) k
    where k.contact_id is not null
  );
end;
$$;

-- Says whether the contact has another address on the channel of one of these, and not this one. Then the row may be
-- about somebody else, who shares a mailbox or a number with the contact.
create function crm_api.has_other_address(p_sub_account_id uuid, p_contact_id uuid, p_addresses jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from jsonb_array_elements(p_addresses) r (item)
    join public.contact_addresses a
      on a.sub_account_id = p_sub_account_id and a.contact_id = p_contact_id and a.channel = r.item ->> 'channel'
        and not a.learnt_from_thread
    group by r.item
    having not bool_or(a.address_key = r.item ->> 'key')
  );
end;
$$;

-- Gives the contact those of the addresses that nobody has. Returns true where there was one.
create function crm_api.add_addresses(p_sub_account_id uuid, p_contact_id uuid, p_addresses jsonb)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_changed boolean;
begin
  update public.contact_addresses a
  set contact_id = p_contact_id, learnt_from_thread = false
  from jsonb_array_elements(p_addresses) r,
    lateral crm_api.find_address(p_sub_account_id, r ->> 'channel', r ->> 'key') f
  where a.id = f.id and a.learnt_from_thread;
  v_changed := found;
  insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
  select p_sub_account_id, p_contact_id, a.channel, a.address, a.key
  from jsonb_populate_recordset(null::crm_api.address, p_addresses) a
  where (crm_api.find_address(p_sub_account_id, a.channel, a.key)).id is null;
  return v_changed or found;
end;
$$;

-- Gives the contact a conversation with this external id; without one, any conversation will do. A conversation that
-- has no external id yet, because the contact wrote first, gets this one, so that the messages stay together.
create function crm_api.add_conversation(p_sub_account_id uuid, p_contact_id uuid, p_external_id text)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if exists (
    select 1 from public.conversations c
    where c.sub_account_id = p_sub_account_id and c.contact_id = p_contact_id
      and (p_external_id is null or c.external_id = p_external_id)
  ) then
    return false;
  end if;
  update public.conversations c
  set external_id = p_external_id
  where c.id = (
    select o.id from public.conversations o
    where o.sub_account_id = p_sub_account_id and o.contact_id = p_contact_id and o.external_id is null
    order by o.created_at, o.id
    limit 1
  );
  if not found then
    insert into public.conversations (sub_account_id, contact_id, external_id)
    values (p_sub_account_id, p_contact_id, p_external_id);
  end if;
  return true;
end;
$$;

-- Makes the result of a row: what became of it, and the conversation to send to, which is the one with the row's
-- external id or else the contact's oldest.
create function crm_api.say_imported(p_sub_account_id uuid, p_contact_id uuid, p_row jsonb, p_outcome text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('outcome', p_outcome, 'conversation_id', (
    select c.id from public.conversations c
    where c.sub_account_id = p_sub_account_id and c.contact_id = p_contact_id
      and (p_row ->> 'external_id' is null or c.external_id = p_row ->> 'external_id')
    order by c.created_at, c.id
    limit 1
  ));
end;
$$;

-- Stores one row.
create function crm_api.import_contact(p_sub_account_id uuid, p_row jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_known uuid[] := crm_api.find_imported(p_sub_account_id, p_row);
  v_contact_id uuid := v_known[1];
  v_changed boolean := false;
begin
  if cardinality(v_known) > 1 then
    return crm_api.say_imported(p_sub_account_id, null, p_row, 'conflict');
  elsif v_contact_id is null then
    v_contact_id := crm_api.make_contact(p_sub_account_id, p_row ->> 'name');
  else
    -- Locked as when the contact writes: both may be about to make its conversation.
    perform 1 from public.contacts c where c.id = v_contact_id for no key update;
    if crm_api.has_other_address(p_sub_account_id, v_contact_id, p_row -> 'addresses') then
      return crm_api.say_imported(p_sub_account_id, null, p_row, 'conflict');
    end if;
    update public.contacts c set name = p_row ->> 'name'
    where c.id = v_contact_id and coalesce(btrim(c.name), '') = '' and p_row ->> 'name' is not null;
    v_changed := found;
  end if;
  v_changed := crm_api.add_addresses(p_sub_account_id, v_contact_id, p_row -> 'addresses') or v_changed;
  v_changed := crm_api.add_conversation(p_sub_account_id, v_contact_id, p_row ->> 'external_id') or v_changed;
  return crm_api.say_imported(p_sub_account_id, v_contact_id, p_row, case
    when v_known = '{}' then 'imported' when v_changed then 'updated' else 'unchanged'
  end);
end;
$$;

-- Stores rows of {name, external_id, addresses: [{channel, address, key}]}: all of them, or none where it raises an
-- error. Returns {outcome, conversation_id} for each row in turn. The outcome is imported, updated, unchanged or
-- conflict. A conflict belongs to several contacts, or to one who has another address on the channel; nothing of it
-- is stored, and it has no conversation. A repeated call changes nothing. With p_dry_run the result is the same and
-- nothing is stored, so a conversation that it names may not exist.
--
-- It takes a sub-account from its caller, which no function of the request path does. The caller is an administrator
-- with the project's secret key, who may write to every account's tables anyway. No route calls it.
create function public.import_contacts(p_sub_account_id uuid, p_rows jsonb, p_dry_run boolean default false)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_row jsonb;
  v_outcomes jsonb[] := '{}';
begin
  -- One import at a time in an account; and until this batch is stored, nobody else makes one of its addresses.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('import ' || p_sub_account_id, 0));
  perform crm_api.lock_addresses(p_sub_account_id, l.channel, l.keys)
  from (
    select a ->> 'channel' as channel, array_agg(a ->> 'key') as keys
    from jsonb_array_elements(p_rows) r, jsonb_array_elements(r -> 'addresses') a
    group by 1
    order by 1
  ) l;
  begin
    for v_row in select value from jsonb_array_elements(p_rows) loop
      v_outcomes := v_outcomes || crm_api.import_contact(p_sub_account_id, v_row);
    end loop;
    if p_dry_run then
      raise exception 'undo' using errcode = 'CRDRY';
    end if;
  exception when sqlstate 'CRDRY' then
    -- The results of the rows are kept although the rows are not.
    null;
  end;
  return to_jsonb(v_outcomes);
end;
$$;

-- supabase/schemas/61_rekey.sql

-- Addresses whose keys an older version of the code has made.

-- Gives one address its new key. The outcome is `rekeyed`, `merged` (the same contact has this address already,
-- spelled otherwise: that row stays), `conflict` (another contact has it, or another address that is still to get its
-- own key; nothing is changed) or `known` (there is nothing to do any more). p_row is {id, channel, address, old_key,
-- key, wrong_holder_id}: wrong_holder_id is the row that had the key although its own is another; null: none.
create function crm_api.rekey_address(p_sub_account_id uuid, p_row jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_key text := p_row ->> 'key';
  v_address public.contact_addresses;
  v_holder public.contact_addresses := crm_api.find_address(p_sub_account_id, p_row ->> 'channel', v_key);
begin
  select * into v_address
  from public.contact_addresses a
  where a.id = (p_row ->> 'id')::uuid and a.sub_account_id = p_sub_account_id
    and a.address = p_row ->> 'address' and a.address_key = p_row ->> 'old_key';
  if v_address.id is null or v_address.id = v_holder.id then
    return jsonb_build_object('outcome', 'known');
  elsif v_holder.id is null then
    update public.contact_addresses set address_key = v_key where id = v_address.id;
    return jsonb_build_object('outcome', 'rekeyed');
  elsif v_holder.contact_id = v_address.contact_id
    and v_holder.id is distinct from (p_row ->> 'wrong_holder_id')::uuid then
    perform crm_api.merge_addresses(v_holder.id, v_address.id);
    return jsonb_build_object('outcome', 'merged');
  end if;
  return jsonb_build_object('outcome', 'conflict', 'contact_id', v_holder.contact_id);
end;
$$;

-- Gives addresses their new keys, and returns what became of each in turn. With p_dry_run the result is the same and
-- nothing is changed. A repeated call changes nothing. Like import_contacts it takes a sub-account from its caller,
-- who is an administrator.
create function public.rekey_addresses(p_sub_account_id uuid, p_rows jsonb, p_dry_run boolean default false)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_row jsonb;
  v_results jsonb[] := '{}';
begin
  -- Under both keys, because a webhook may be about to look for either.
  perform crm_api.lock_addresses(p_sub_account_id, l.channel, l.keys)
  from (
    select r ->> 'channel' as channel, array_agg(k) as keys
    from jsonb_array_elements(p_rows) r, unnest(array[r ->> 'old_key', r ->> 'key']) k
    group by 1
    order by 1
  ) l;
  begin
    for v_row in select value from jsonb_array_elements(p_rows) loop
      v_results := v_results || crm_api.rekey_address(p_sub_account_id, v_row);
    end loop;
    if p_dry_run then
      raise exception 'undo' using errcode = 'CRDRY';
    end if;
  exception when sqlstate 'CRDRY' then
    -- The results are kept although the changes are not.
    null;
  end;
  return to_jsonb(v_results);
end;
$$;

-- supabase/schemas/70_installation.sql

-- For `npm run crm -- doctor`: whether this database is as the migrations made it.

-- Lists who may call each function that the API serves.
create function crm_api.describe_functions()
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', p.proname,
      'callers', array(
        select r.rolname from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated', 'service_role')
          and pg_catalog.has_function_privilege(r.oid, p.oid, 'execute')
        order by r.rolname
      )
    ) order by p.proname), '[]')
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace
  );
end;
$$;

-- Says of each table that the API serves who may do anything with it, what the function may not do, and whether row
-- level security is on.
create function crm_api.describe_tables()
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', c.relname,
      'row_security', c.relrowsecurity,
      'users', array(
        select r.rolname from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated', 'service_role')
          and pg_catalog.has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate')
        order by r.rolname
      ),
      'service_role_lacks', array(
        select needed.privilege
        from unnest(array['select', 'insert', 'update', 'delete']) with ordinality as needed (privilege, place)
        where not pg_catalog.has_table_privilege('service_role', c.oid, needed.privilege)
        order by needed.place
      )
    ) order by c.relname), '[]')
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  );
end;
$$;

-- The Supabase CLI's list of migrations belongs to the owner, so this reads it as the owner. Null migrations: there
-- is no such list.
create function public.describe_installation()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_migrations jsonb;
begin
  if pg_catalog.to_regclass('supabase_migrations.schema_migrations') is not null then
    select coalesce(jsonb_agg(m.version order by m.version), '[]') into v_migrations
    from supabase_migrations.schema_migrations m;
  end if;
  return jsonb_build_object(
    'now', now(),
    'migrations', v_migrations,
    'functions', crm_api.describe_functions(),
    'tables', crm_api.describe_tables(),
    'last_sweep_at', (select r.last_run_at from crm_api.job_runs r where r.job = 'sweep')
  );
end;
$$;

-- supabase/schemas/90_grants.sql

-- Only the service role may call the functions.

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'crm_api'::regnamespace
      or (p.pronamespace = 'public'::regnamespace and p.proname = any (array[
        'begin_send', 'claim_jobs', 'claim_sends', 'commit_reply', 'complete_text', 'describe_installation',
        'get_connection', 'get_message', 'import_contacts', 'look_again', 'record_webhook', 'rekey_addresses',
        'release_claims', 'revoke_key', 'settle_job', 'settle_send'
      ]))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end;
$$;
