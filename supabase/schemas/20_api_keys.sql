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
