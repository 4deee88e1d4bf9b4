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
