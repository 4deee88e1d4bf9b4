-- What the webhooks' route asks: whose connection is it, and what its events do.

-- The connection behind a webhook's address, its credentials sealed; null: there is none.
create function public.get_connection(p_connection_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', c.id, 'provider', c.provider, 'credentials', c.credentials, 'now', clock_timestamp())
    from public.connections c
    where c.id = p_connection_id
  );
end;
$$;

alter table public.connections add column last_webhook_at timestamptz;
comment on column public.connections.last_webhook_at is 'When the vendor last called with a right signature, to a minute.';

-- The messages that the events of a call name, or that a watermark is about. Each is looked up by itself, whatever the
-- planner thinks of the account's size.
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
      from crm_api.find_address(p_sub_account_id, e ->> 'channel', e ->> 'address') a
      join public.messages o on o.address_id = a.id
        and o.channel in ('facebook', 'instagram') and o.status in ('sent', 'delivered')
      where e ->> 'type' = 'watermark'
      offset 0
    ) m
    where m.sub_account_id = p_sub_account_id
    order by m.id
  );
end;
$$;

-- The addresses that the events of a call are about: those that they name, and those that receipts tell something of.
create function crm_api.list_addresses(p_events jsonb, p_message_ids uuid[])
returns table (channel text, addresses text[])
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    select n.channel, array_agg(n.address) from (
      select e ->> 'channel' as channel, a as address
      from jsonb_array_elements(p_events) e, unnest(array[
        e ->> 'from', e ->> 'to', e ->> 'other_address', e ->> 'address', e ->> 'previous', e ->> 'current'
      ]) a
      where e ->> 'channel' is not null and a is not null
      union
      select k.channel, k.address
      from unnest(p_message_ids) i
      join public.messages m on m.id = i
      join public.contact_addresses k on k.id = m.address_id
      where jsonb_path_exists(p_events, '$[*].consequence ? (@ != null)')
    ) n
    group by n.channel
    order by n.channel;
end;
$$;

-- Locks all that the events of a call change, always in the same order, so that two calls about the same people in opposite
-- orders wait for each other once: ids that are told of, addresses, contacts, conversations, messages. One event alone does
-- the same by itself.
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
    perform crm_api.lock_addresses(p_connection.sub_account_id, v_named.channel, v_named.addresses);
    v_contact_ids := v_contact_ids || array(
      select a.contact_id from public.contact_addresses a
      where a.sub_account_id = p_connection.sub_account_id and a.channel = v_named.channel
        and a.address_key = any (array(select crm_api.address_key(v_named.channel, n) from unnest(v_named.addresses) n))
    );
  end loop;
  perform 1 from public.contacts c where c.id = any (v_contact_ids) order by c.id for no key update;
  perform crm_api.lock_conversation(o.id, false)
  from (
    select c.id from public.conversations c
    where c.sub_account_id = p_connection.sub_account_id and c.contact_id = any (v_contact_ids)
    union
    select m.conversation_id from public.messages m where m.id = any (v_message_ids)
    order by 1
  ) o;
  foreach v_message_id in array v_message_ids loop
    perform 1 from public.messages m where m.id = v_message_id for update;
  end loop;
end;
$$;

-- An id as it is stored and looked for: one that does not fit into an index is told apart by its digest.
create function crm_api.keep_id(p_id text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
begin
  return case when length(p_id) > 400 then 'sha256:' || encode(sha256(convert_to(p_id, 'UTF8')), 'hex') else p_id end;
end;
$$;

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

-- One event in a transaction of its own: one that cannot be stored, for whatever reason, does not lose the others. What time
-- may cure is thrown on, so that it is tried again: also a row that went away meanwhile, for no event names rows.
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

-- Stores what one webhook brought, and says of each event what came of it: stored, moved, known (seen before, or nothing
-- new), no_sender, unknown_message, unknown_address, or rejected with the code of Postgres. Repeated, it has the same effect.
create function public.record_webhook(p_connection_id uuid, p_events jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_connection public.connections;
  v_events jsonb := (select jsonb_agg(crm_api.keep_ids(e)) from jsonb_array_elements(p_events) e);
  v_event jsonb;
  v_results jsonb := '[]';
begin
  select * into v_connection from public.connections c where c.id = p_connection_id;
  if v_connection.id is null then
    return null;
  end if;
  if jsonb_array_length(v_events) > 1 then
    perform crm_api.lock_call(v_connection, v_events);
  end if;
  for v_event in select value from jsonb_array_elements(v_events) loop
    v_results := v_results || jsonb_build_array(crm_api.record_event(v_connection, v_event));
  end loop;
  update public.connections c set last_webhook_at = now()
  where c.id = p_connection_id and (c.last_webhook_at is null or c.last_webhook_at < now() - interval '1 minute');
  return v_results;
end;
$$;

-- Whose text is asked for next: first those of sub-accounts of which the fewest are asked for now, or wait to be asked for
-- again, so that a provider that does not answer keeps the others' from nobody. With p_message_id, that one alone.
create function crm_api.order_texts(p_message_id uuid)
returns table (id uuid, place bigint)
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_message_id is not null then
    return query select p_message_id, 1::bigint;
    return;
  end if;
  return query
    with waiting as (
      select m.sub_account_id, count(*) as texts from public.messages m
      where m.status = 'received' and m.due_at > now()
      group by m.sub_account_id
    ), loads as (
      select m.id, m.due_at, coalesce(w.texts, 0)
          + row_number() over (partition by m.sub_account_id order by m.due_at, m.id) as load
      from public.messages m
      left join waiting w on w.sub_account_id = m.sub_account_id
      where m.status = 'received' and m.due_at <= now()
    )
    select l.id, row_number() over (order by l.load, l.due_at, l.id) as place from loads l
    order by place
    limit 100;
end;
$$;

-- Messages whose text the vendor has still to be asked for; each to one caller, and again after p_again_seconds, p_max_tries times.
create function public.claim_texts(p_limit integer, p_again_seconds integer, p_max_tries integer, p_message_id uuid default null)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_texts jsonb;
begin
  with due as (
    select m.id
    from crm_api.order_texts(p_message_id) o
    join public.messages m on m.id = o.id
    where m.status = 'received' and m.due_at <= now()
    order by o.place
    limit p_limit
    for update of m skip locked
  ), leased as (
    update public.messages m
    set tries = m.tries + 1,
      due_at = case when m.tries + 1 < p_max_tries then now() + make_interval(secs => p_again_seconds * 2 ^ m.tries) end
    from due where m.id = due.id
    returning m.*
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'message_id', l.id, 'provider_message_id', l.provider_message_id,
    'connection', jsonb_build_object('id', c.id, 'provider', c.provider, 'credentials', c.credentials)
  )), '[]') into v_texts
  from leased l
  join public.senders s on s.id = l.sender_id
  join public.connections c on c.id = s.connection_id;
  return v_texts;
end;
$$;

-- Nothing but emails that turned out to be somebody else's has come from there: it is forgotten with its contact.
create function crm_api.forget_provisional(p_address_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.contacts c
  using public.contact_addresses a
  where a.id = p_address_id and a.provisional and c.id = a.contact_id
    and not exists (select 1 from public.contact_addresses o where o.contact_id = c.id and o.id <> a.id)
    and not exists (
      select 1 from public.conversations v
      where v.sub_account_id = c.sub_account_id and v.contact_id = c.id and (v.external_id is not null or exists (
        select 1 from public.messages m where m.sub_account_id = v.sub_account_id and m.conversation_id = v.id
      ))
    );
end;
$$;

-- The headers of an email name somebody else than From as its writer: it becomes that person's.
create function crm_api.move_to_writer(p_message public.messages, p_writer jsonb, p_thread public.conversations)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_from_id uuid := p_message.address_id;
  v_address public.contact_addresses := crm_api.keep_address(
    p_message.sub_account_id, p_message.channel, p_writer ->> 'from', null, p_writer ->> 'name', p_thread.contact_id,
    null
  );
begin
  p_message.address_id := v_address.id;
  p_message.conversation_id := crm_api.keep_conversation(v_address, p_thread);
  perform crm_api.lock_conversation(p_message.conversation_id, false);
  update public.messages m
  set address_id = p_message.address_id, conversation_id = p_message.conversation_id,
    metadata = case when (p_writer ->> 'automatic')::boolean then m.metadata || '{"automatic": true}'
      else m.metadata - 'automatic' end
  where m.id = p_message.id
  returning * into p_message;
  perform crm_api.forget_provisional(v_from_id);
  return p_message;
end;
$$;

-- The text of an email comes with the headers that tell what it answers. Then it belongs to that conversation, and who
-- wrote from an address that was not known before is taken for the contact of that conversation.
create function crm_api.move_to_thread(p_message public.messages, p_thread public.conversations)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_own public.conversations;
begin
  if p_thread.id is null or p_thread.id = p_message.conversation_id then
    return p_message.conversation_id;
  end if;
  select * into v_own from public.conversations c where c.id = p_message.conversation_id;
  if v_own.contact_id <> p_thread.contact_id then
    -- Who is known otherwise stays who it is.
    if v_own.external_id is not null or exists (
      select 1 from public.messages m
      where m.sub_account_id = p_message.sub_account_id and m.conversation_id = v_own.id and m.id <> p_message.id
    ) or exists (
      select 1 from public.contact_addresses a
      where a.contact_id = v_own.contact_id and not (a.provisional and a.id = p_message.address_id)
    ) then
      return v_own.id;
    end if;
    update public.contact_addresses set learnt_from_thread = true where contact_id = v_own.contact_id;
    perform crm_api.merge_contacts(p_thread.contact_id, v_own.contact_id);
  end if;
  perform crm_api.lock_conversation(p_thread.id, false);
  update public.messages set conversation_id = p_thread.id where id = p_message.id;
  delete from public.conversations c
  where c.id = v_own.id and c.external_id is null and not exists (
    select 1 from public.messages m where m.sub_account_id = c.sub_account_id and m.conversation_id = c.id
  );
  return p_thread.id;
end;
$$;

-- Now that its headers are read, an email is in the conversation where it belongs, and says of its address what it can.
create function crm_api.give_to_writer(p_message public.messages, p_writer jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_thread public.conversations := crm_api.find_thread(p_message.sub_account_id, p_writer);
begin
  if p_writer ? 'sent_by' then
    p_message := crm_api.move_to_writer(p_message, p_writer, v_thread);
  else
    perform crm_api.move_to_thread(p_message, v_thread);
  end if;
  update public.messages m
  set metadata = m.metadata || crm_api.email_marks(m.sub_account_id, m.address_id, p_writer)
  where m.id = p_message.id
  returning * into p_message;
  update public.contact_addresses a set provisional = false where a.id = p_message.address_id and a.provisional;
  perform crm_api.note_writing(p_message);
  return p_message;
end;
$$;

-- Stores the text of a message that the vendor was asked for, and has the agent answer it. p_thread has our_ids,
-- thread_ids, reply_to and authenticated, as an event of record_webhook.
create function public.complete_text(p_message_id uuid, p_text text, p_metadata jsonb, p_thread jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_message public.messages;
  v_from text;
  v_writer jsonb;
begin
  select * into v_message from public.messages m where m.id = p_message_id;
  select a.address into v_from from public.contact_addresses a where a.id = v_message.address_id;
  -- Where the call named the writer already, it was that one's address which was stored.
  v_writer := crm_api.name_writer(
    v_message.sub_account_id,
    p_thread || jsonb_build_object('from', coalesce(v_message.metadata ->> 'sent_by', v_from))
  );
  -- In the order of record_inbound.
  perform crm_api.lock_addresses(v_message.sub_account_id, v_message.channel, array[v_from, v_writer ->> 'from']);
  perform crm_api.lock_conversation(v_message.conversation_id, false);
  update public.messages m
  set content = p_text, due_at = null,
    metadata = m.metadata || p_metadata || case
      when btrim(p_text) = '' and coalesce(btrim(m.subject), '') = '' and not m.metadata ? 'attachments'
        then '{"unanswerable": true}'::jsonb
      else '{}' end
  where m.id = p_message_id and m.status = 'received' and m.content is null
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known', 'answer', null);
  end if;
  v_message := crm_api.give_to_writer(v_message, v_writer);
  return jsonb_build_object('outcome', 'stored', 'answer', case
    when crm_api.is_answerable(v_message) and not crm_api.has_opted_out(v_message.address_id)
      then crm_api.queue_answer(v_message) end
  );
end;
$$;

revoke execute on all functions in schema crm_api from public;
grant execute on all functions in schema crm_api to service_role;
revoke execute on function public.get_connection(uuid) from public, anon, authenticated;
grant execute on function public.get_connection(uuid) to service_role;
revoke execute on function public.record_webhook(uuid, jsonb) from public, anon, authenticated;
grant execute on function public.record_webhook(uuid, jsonb) to service_role;
revoke execute on function public.claim_texts(integer, integer, integer, uuid) from public, anon, authenticated;
grant execute on function public.claim_texts(integer, integer, integer, uuid) to service_role;
revoke execute on function public.complete_text(uuid, text, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.complete_text(uuid, text, jsonb, jsonb) to service_role;
