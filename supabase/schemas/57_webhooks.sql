-- A vendor's call: its connection, and everything that its events change.

-- Differs as soon as anything differs that a call is verified with.
create function crm_api.version_of(p_connection public.connections)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return encode(sha256(convert_to(p_connection.provider || ' ' || p_connection.credentials, 'UTF8')), 'hex');
end;
$$;

-- Finds the connection that a webhook's address names, with its credentials sealed. Null: there is none.
create function public.get_connection(p_connection_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'id', c.id, 'provider', c.provider, 'credentials', c.credentials, 'version', crm_api.version_of(c),
      'now', clock_timestamp()
    )
    from public.connections c
    where c.id = p_connection_id
  );
end;
$$;

-- Lists the messages that the events of a call name, or that a watermark covers. `offset 0` makes Postgres look each up
-- through an index, whatever it believes about the size of the account.
create function crm_api.list_messages(p_sub_account_id uuid, p_events jsonb)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return array(
    select distinct m.id
    from jsonb_array_elements(p_events) e, lateral (
      select o.id, o.sub_account_id from public.messages o where o.id = (e ->> 'message_id')::uuid
      union all
      select o.id, o.sub_account_id from public.messages o where o.provider_message_id = e ->> 'provider_message_id'
      union all
      select o.id, o.sub_account_id
      from crm_api.find_address(p_sub_account_id, e ->> 'channel', e #>> '{address,key}') a
      join public.messages o on o.address_id = a.id
        and o.policy ? 'watermarks' and o.status in ('sent', 'delivered')
      where e ->> 'type' = 'watermark'
      offset 0
    ) m
    where m.sub_account_id = p_sub_account_id
    order by m.id
  );
end;
$$;

-- Lists the keys of the addresses that the events of a call are about: those that the events name, and those that a
-- receipt says something of.
create function crm_api.list_addresses(p_events jsonb, p_message_ids uuid[])
returns table (channel text, keys text[])
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    select n.channel, array_agg(n.key) from (
      select e ->> 'channel' as channel, k as key
      from jsonb_array_elements(p_events) e, unnest(array[
        e #>> '{from,key}', e #>> '{to,key}', e #>> '{other_address,key}', e #>> '{address,key}',
        e #>> '{previous,key}', e #>> '{current,key}'
      ]) k
      where e ->> 'channel' is not null and k is not null
      union
      select k.channel, k.address_key
      from unnest(p_message_ids) i
      join public.messages m on m.id = i
      join public.contact_addresses k on k.id = m.address_id
      where jsonb_path_exists(p_events, '$[*].consequence ? (@ != null)')
    ) n
    group by n.channel
    order by n.channel;
end;
$$;

-- Locks all that the events of a call change: the vendor's ids, then addresses, contacts, conversations, messages. The
-- order is always the same, so two calls about the same people wait for each other and do not deadlock. A call with
-- one event takes the same locks in the same order while it stores that event.
create function crm_api.lock_call(p_connection public.connections, p_events jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_message_ids uuid[] := crm_api.list_messages(p_connection.sub_account_id, p_events);
  v_message_id uuid;
  v_contact_ids uuid[] := '{}';
  v_named record;
begin
  perform crm_api.lock_received(p_connection, o.event)
  from (
    select e as event from jsonb_array_elements(p_events) e
    where e ->> 'type' in ('inbound', 'correction', 'withdrawal')
    order by e ->> 'provider_message_id'
  ) o;
  for v_named in select * from crm_api.list_addresses(p_events, v_message_ids) loop
    perform crm_api.lock_addresses(p_connection.sub_account_id, v_named.channel, v_named.keys);
    v_contact_ids := v_contact_ids || array(
      select a.contact_id from public.contact_addresses a
      where a.sub_account_id = p_connection.sub_account_id and a.channel = v_named.channel
        and a.address_key = any (v_named.keys)
    );
  end loop;
  perform crm_api.lock_people(p_connection.sub_account_id, v_contact_ids, v_message_ids);
  foreach v_message_id in array v_message_ids loop
    perform 1 from public.messages m where m.id = v_message_id for update;
  end loop;
end;
$$;

-- Shortens a vendor's ids in an event, so that they fit into an index.
create function crm_api.keep_ids(p_event jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  if greatest(
    length(p_event ->> 'provider_message_id'), length(p_event ->> 'replied_provider_message_id')
  ) > 400 then
    return p_event || jsonb_strip_nulls(jsonb_build_object(
      'provider_message_id', crm_api.keep_id(p_event ->> 'provider_message_id'),
      'replied_provider_message_id', crm_api.keep_id(p_event ->> 'replied_provider_message_id')
    ));
  end if;
  return p_event;
end;
$$;

-- Stores one event in a subtransaction, so an event that cannot be stored does not undo the others. Errors that time
-- may cure are raised again, so that the whole call is repeated. A foreign key violation is one of them: a row was
-- deleted meanwhile.
create function crm_api.record_event(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return case p_event ->> 'type'
    when 'inbound' then crm_api.record_inbound(p_connection, p_event)
    when 'receipt' then crm_api.record_receipt(p_connection, p_event)
    when 'watermark' then crm_api.record_watermark(p_connection, p_event)
    when 'preference' then crm_api.record_preference(p_connection, p_event)
    when 'address_change' then crm_api.record_address_change(p_connection, p_event)
    when 'echo' then crm_api.record_echo(p_connection, p_event)
    when 'correction' then crm_api.record_correction(p_connection, p_event)
    when 'withdrawal' then crm_api.record_withdrawal(p_connection, p_event)
  end;
exception
  when foreign_key_violation then
    raise exception 'A row that the event is about went away meanwhile.' using errcode = 'serialization_failure';
  when others then
    -- No connection, a rollback, too few resources, a lock that did not come, a shutdown, a failing disk.
    if sqlstate ~ '^(?:08|25|40|53|55|57|58)' then
      raise;
    end if;
    return jsonb_build_object('outcome', 'rejected', 'code', sqlstate);
end;
$$;

create type crm_api.webhook_call as (connection_id uuid, connection_version text, events jsonb);

comment on column crm_api.webhook_call.connection_version is
  'The caller has read the connection some time ago, and its version was this one. Null: it was read just now.';

-- Stores the events of one call; p_request is a crm_api.webhook_call. Says of each event what came of it: stored,
-- moved, known (seen before, or nothing new), no_sender, unknown_message, unknown_address, or rejected with the code
-- of Postgres. Null: there is no such connection, or it has changed since the caller read it, and nothing is stored.
-- Repeated, it has the same effect.
create function public.record_webhook(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_call crm_api.webhook_call := jsonb_populate_record(null::crm_api.webhook_call, p_request);
  v_events jsonb := (select jsonb_agg(crm_api.keep_ids(e)) from jsonb_array_elements(v_call.events) e);
  v_connection public.connections;
  v_event jsonb;
  v_results jsonb := '[]';
begin
  select * into v_connection from public.connections c where c.id = v_call.connection_id;
  if v_connection.id is null or v_call.connection_version <> crm_api.version_of(v_connection) then
    return null;
  end if;
  if jsonb_array_length(v_events) > 1 then
    perform crm_api.lock_call(v_connection, v_events);
  end if;
  for v_event in select value from jsonb_array_elements(v_events) loop
    v_results := v_results || jsonb_build_array(crm_api.record_event(v_connection, v_event));
  end loop;
  update public.connections c set last_webhook_at = now()
  where c.id = v_connection.id and (c.last_webhook_at is null or c.last_webhook_at < now() - interval '1 minute');
  return v_results;
end;
$$;
