-- Which sender a message goes through, and which one a vendor calls.

-- A sender that is tried last for now, where no other one could take its place.
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

-- The senders to try, in order, with what is needed to use them. A resting one comes last, but for the one that the contact
-- wrote to: from another, an answer would come from a stranger.
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
  return (
    select coalesce(jsonb_agg(to_jsonb(s) - 'position' order by s.position), '[]')
    from (
      select s.id, s.address, s.connection_id, c.provider, c.credentials,
        row_number() over (
          order by coalesce(s.id = p_answering_sender_id, false) desc, coalesce(s.rests_until > now(), false),
            s.priority, s.created_at, s.id
        ) as position
      from public.senders s
      join public.connections c on c.id = s.connection_id
      where s.sub_account_id = p_sub_account_id
        and s.channel = p_channel
        and s.active
        and c.provider = any (p_providers)
        and (p_only_sender_id is null or s.id = p_only_sender_id)
      order by position
      limit 3
    ) s
  );
end;
$$;

-- The providers of the senders that are active and can reach the address, whether they can carry this message or not.
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

-- The connection's sender in whose domain these mailboxes are, where they are nobody's: a vendor that serves several
-- sub-accounts calls all of them, so what is another sender's, or in a domain that others write from too, is not taken.
create function crm_api.find_sender_by_domain(p_connection public.connections, p_accounts text[])
returns public.senders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_sender public.senders;
begin
  select s.* into v_sender
  from unnest(p_accounts) a
  join public.senders s on s.channel = 'email' and crm_api.domain_of(s.address) = crm_api.domain_of(a)
  where s.sub_account_id = p_connection.sub_account_id and s.connection_id = p_connection.id
    and not exists (
      select 1 from public.senders o
      where o.channel = 'email' and crm_api.mailbox_key(o.address) = crm_api.mailbox_key(a)
    )
    and not exists (
      select 1 from public.senders o
      where o.channel = 'email' and crm_api.domain_of(o.address) = crm_api.domain_of(a)
        and o.sub_account_id <> p_connection.sub_account_id
    )
  order by s.active desc, s.priority, s.created_at, s.id
  limit 1;
  return v_sender;
end;
$$;

-- The connection's sender that the vendor calls by one of these names.
create function crm_api.find_own_sender(p_connection public.connections, p_channel text, p_accounts text[])
returns public.senders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_sender public.senders;
  v_keys text[] := array(select crm_api.address_key(p_channel, a) from unnest(p_accounts) a);
  v_mailboxes text[] := case when p_channel = 'email' then
    array(select crm_api.mailbox_key(a) from unnest(p_accounts) a) end;
begin
  select s.* into v_sender
  from public.senders s
  where s.sub_account_id = p_connection.sub_account_id and s.connection_id = p_connection.id and s.channel = p_channel
    and (s.address_key = any (v_keys) or crm_api.mailbox_key(s.address) = any (v_mailboxes))
  order by s.address_key = any (v_keys) desc, s.active desc, s.priority, s.created_at, s.id
  limit 1;
  if v_sender.id is null and p_channel = 'email' then
    v_sender := crm_api.find_sender_by_domain(p_connection, p_accounts);
  end if;
  return v_sender;
end;
$$;

create function crm_api.is_own_address(p_sub_account_id uuid, p_channel text, p_address text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  v_key text := crm_api.address_key(p_channel, p_address);
begin
  return exists (
    select 1 from public.senders s
    where s.sub_account_id = p_sub_account_id and s.channel = p_channel and s.address_key = v_key
  );
end;
$$;

-- A sender that fails three times in a row is rested: from then on it is tried after all others, for a
-- minute, then two, at most an hour. Locked in one order, so that two messages never wait for each other.
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
        -- What was under way when the rest began says nothing new.
        and (s.rests_until is null or s.rests_until <= now());
    end if;
  end loop;
end;
$$;
