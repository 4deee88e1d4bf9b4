-- API keys: who is calling, and how many requests are left.

-- The tokens in the bucket now, including those that have dripped in since it was last counted.
create function crm_api.count_tokens(p_key public.api_keys)
returns double precision
language plpgsql
set search_path = ''
as $$
begin
  return least(
    p_key.rate_limit,
    p_key.rate_tokens
      + p_key.rate_limit * greatest(0, extract(epoch from clock_timestamp() - p_key.rate_updated_at)) / 60
  );
end;
$$;

-- All nulls: there is no such key, or it is not valid now.
create function crm_api.find_key(p_key_hash text)
returns public.api_keys
language plpgsql
stable
set search_path = ''
as $$
declare
  v_key public.api_keys;
begin
  select * into v_key
  from public.api_keys k
  where k.key_hash = p_key_hash
    and (k.expires_at is null or k.expires_at > now())
    and (k.revoked_at is null or k.revoked_at > now());
  return v_key;
end;
$$;

-- Takes one token from the key's bucket; all nulls: it is empty. Every other request of the key waits here until this
-- one commits, and then counts again.
create function crm_api.take_token(p_key_id uuid)
returns public.api_keys
language plpgsql
set search_path = ''
as $$
declare
  v_key public.api_keys;
begin
  update public.api_keys k
  set rate_tokens = crm_api.count_tokens(k) - 1, rate_updated_at = clock_timestamp()
  where k.id = p_key_id and crm_api.count_tokens(k) >= 1
  returning k.* into v_key;
  return v_key;
end;
$$;

-- Describes the bucket for the caller: after this request's token was taken, or as it is now.
create function crm_api.describe_rate(p_key public.api_keys, p_taken public.api_keys)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'limit', p_key.rate_limit,
    'tokens', coalesce(p_taken.rate_tokens, crm_api.count_tokens(p_key))
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
