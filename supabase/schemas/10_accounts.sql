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
comment on column public.api_keys.rate_tokens is
  'Tokens in the bucket at rate_updated_at; never counted above rate_limit, so a new key starts full.';

create index api_keys_sub_account_id_idx on public.api_keys (sub_account_id);

alter table public.api_keys enable row level security;
revoke all on table public.api_keys from public, anon, authenticated;
grant select, insert, update, delete on table public.api_keys to service_role;
