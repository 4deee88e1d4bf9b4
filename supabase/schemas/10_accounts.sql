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
