-- Who may call: sub-accounts (tenants) and their API keys.

-- Before anything is made: a project that is in use may need these names for something else. Nothing of it is touched.
do $$
declare
  v_relations text[] := array[
    'agents', 'api_keys', 'connections', 'contact_addresses', 'contacts', 'conversations', 'message_attempts',
    'messages', 'senders', 'sub_accounts', 'webhook_events',
    'agents_connection_idx', 'api_keys_sub_account_id_idx', 'contact_addresses_contact_idx',
    'contact_addresses_only_sender_idx', 'conversations_answering_agent_idx', 'conversations_contact_idx',
    'message_attempts_sub_account_id_idx', 'messages_agent_usage_idx', 'messages_composing_idx',
    'messages_due_idx', 'messages_email_message_id_idx', 'messages_history_idx', 'messages_idempotency_key_idx',
    'messages_last_subject_idx', 'messages_lease_idx', 'messages_open_answers_idx',
    'messages_provider_message_id_idx', 'messages_queued_by_key_idx', 'messages_queues_idx',
    'messages_recent_idx', 'messages_sent_by_idx', 'messages_unread_idx', 'senders_answering_agent_idx',
    'senders_connection_idx', 'senders_domain_idx', 'senders_mailbox_idx', 'webhook_events_connection_idx'
  ];
  v_functions text[] := array[
    'begin_send', 'claim_sends', 'claim_texts', 'commit_reply', 'complete_text', 'describe_installation',
    'get_connection', 'get_message', 'import_contacts', 'look_again', 'record_webhook', 'release_claims',
    'revoke_key', 'settle_send'
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

create table public.sub_accounts (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  time_zone text not null default 'UTC' check (now() at time zone time_zone is not null),
  created_at timestamptz not null default now()
);

comment on table public.sub_accounts is 'A tenant. Every other row belongs to one, and none is visible to another.';
comment on column public.sub_accounts.time_zone is 'An IANA name, such as Europe/Berlin: agents are told the time there.';

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
  rate_tokens double precision not null default 'Infinity',
  rate_updated_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
) with (fillfactor = 50);

comment on table public.api_keys is 'A key is shown once, when it is made; only its hash is kept.';
comment on column public.api_keys.key_hash is 'SHA-256 of the whole key, in lower case hex.';
comment on column public.api_keys.display_prefix is 'The first characters of the key, to tell keys apart in lists.';
comment on column public.api_keys.rate_limit is 'Requests per 60 seconds; also the size of the token bucket.';
comment on column public.api_keys.rate_tokens is 'Tokens in the bucket at rate_updated_at; never counted above rate_limit, so a new key starts full.';

create index api_keys_sub_account_id_idx on public.api_keys (sub_account_id);

alter table public.api_keys enable row level security;
revoke all on table public.api_keys from public, anon, authenticated;
grant select, insert, update, delete on table public.api_keys to service_role;
