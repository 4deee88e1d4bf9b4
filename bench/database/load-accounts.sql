-- Sub-accounts of the benchmarks, each with an API key, a sender and an agent, beside the demo's own.
create schema bench;

create function bench.uuid(p_kind text, p_number bigint) returns uuid
language sql immutable parallel safe
return md5(p_kind || p_number)::uuid;

create function bench.key_hash(p_number bigint) returns text
language sql immutable
return encode(sha256(convert_to('cfy_bench_' || p_number, 'UTF8')), 'hex');

-- As the function makes them: milliseconds first, so that new ids are neighbours.
create function bench.uuid_v7(p_at timestamptz, p_noise text) returns uuid
language sql immutable parallel safe
return (
  lpad(to_hex((extract(epoch from p_at) * 1000)::bigint), 12, '0')
  || '7' || substr(p_noise, 1, 3) || '8' || substr(p_noise, 4, 15)
)::uuid;

create table bench.accounts (number integer primary key, id uuid not null, sender_id uuid not null);

create procedure bench.load_accounts(p_accounts integer)
language plpgsql
as $$
begin
  insert into public.sub_accounts (id, name)
  select bench.uuid('sub-account', n), 'Practice ' || n from generate_series(1, p_accounts) n;

  insert into public.api_keys (sub_account_id, name, key_hash, display_prefix)
  select bench.uuid('sub-account', n), 'Benchmark', bench.key_hash(n), 'cfy_benc' from generate_series(1, p_accounts) n;
  update public.api_keys set rate_limit = 1000000000;

  insert into public.connections (id, sub_account_id, provider, name, credentials)
  select bench.uuid('connection', n), bench.uuid('sub-account', n), 'twilio', 'Twilio', repeat('sealed', 30)
  from generate_series(1, p_accounts) n;

  insert into public.senders (id, sub_account_id, connection_id, channel, address, address_key)
  select bench.uuid('sender', n), bench.uuid('sub-account', n), bench.uuid('connection', n), 'sms', address, address
  from generate_series(1, p_accounts) n, concat('+1500555', lpad(n::text, 4, '0')) address;

  insert into public.agents (id, sub_account_id, connection_id, name, model, instructions)
  select bench.uuid('agent', n), bench.uuid('sub-account', n), bench.uuid('connection', n), 'Front desk', 'gpt-5-mini', repeat('Be warm and brief. ', 20)
  from generate_series(1, p_accounts) n;

  insert into bench.accounts select n, bench.uuid('sub-account', n), bench.uuid('sender', n) from generate_series(1, p_accounts) n;
end;
$$;

-- Conversation n belongs to sub-account 1 + n modulo p_accounts, and is with contact n.
create procedure bench.load_conversations(p_from integer, p_to integer, p_accounts integer)
language plpgsql
as $$
begin
  insert into public.contacts (id, sub_account_id, name)
  select bench.uuid('contact', n), bench.uuid('sub-account', 1 + n % p_accounts), 'Contact ' || n
  from generate_series(p_from, p_to) n;

  -- As they are spelled here, addresses are their own keys.
  insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
  select bench.uuid('sub-account', 1 + n % p_accounts), bench.uuid('contact', n), a.channel, a.address, a.address
  from generate_series(p_from, p_to) n, lateral (
    values ('sms', '+1' || (2000000000 + n)), ('email', 'contact-' || n || '@example.com')
  ) a (channel, address);

  insert into public.conversations (id, sub_account_id, contact_id, external_id)
  select bench.uuid('conversation', n), bench.uuid('sub-account', 1 + n % p_accounts), bench.uuid('contact', n), 'conv_' || n
  from generate_series(p_from, p_to) n;
end;
$$;
