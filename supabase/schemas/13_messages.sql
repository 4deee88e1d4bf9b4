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
