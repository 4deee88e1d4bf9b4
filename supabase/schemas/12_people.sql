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
