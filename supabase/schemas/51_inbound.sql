-- What contacts write: stored once, under one contact and one conversation for each address.

-- An index takes no longer ids.
create function crm_api.event_key(p_event_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when length(p_event_id) > 500 then md5(p_event_id) else p_event_id end;
end;
$$;

-- Once for each id of the vendor's.
create function crm_api.see_event(p_connection public.connections, p_event_id text)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  insert into public.webhook_events (connection_id, event_id, sub_account_id)
  values (p_connection.id, crm_api.event_key(p_event_id), p_connection.sub_account_id)
  on conflict do nothing;
  return found;
end;
$$;

-- A message, and what is said of it in other calls, one after the other. Nothing is known of it before it is stored, so there
-- is no row to lock.
create function crm_api.lock_received(p_connection public.connections, p_event jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(
      'received ' || p_connection.sub_account_id || p_connection.provider || (p_event ->> 'provider_message_id'), 0
    )
  );
end;
$$;

-- Another connection of the sub-account has brought it: a vendor calls the webhooks of all connections that are the same
-- account there, and an email to two senders is still one.
create function crm_api.was_received(p_connection public.connections, p_event jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1
    from (
      select * from public.messages o where o.provider_message_id = p_event ->> 'provider_message_id'
      -- Keeps the conditions below out of the lookup, which else becomes a search through all messages of the account.
      offset 0
    ) m
    where m.sub_account_id = p_connection.sub_account_id and m.provider = p_connection.provider
      and m.sender_type = 'contact'
  );
end;
$$;

-- A message that was taken back before it came.
create function crm_api.empty_withdrawn(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  if not exists (
    select 1 from public.webhook_events e
    where e.connection_id = p_connection.id
      and e.event_id = crm_api.event_key('withdrawn ' || (p_event ->> 'provider_message_id'))
  ) then
    return p_event;
  end if;
  return p_event || jsonb_build_object(
    'text', null, 'subject', null, 'text_is_elsewhere', false, 'text_length', null, 'attachments', '[]'::jsonb,
    'details', '{}'::jsonb, 'quoted', null, 'preference', null, 'withdrawn', true
  );
end;
$$;

-- When a message was written, as the vendor says. Some say whole seconds: then it was at the end of that one, so that an
-- answer of ours within it is not after what the contact wrote back. Nothing was written after it was here.
create function crm_api.happened_at(p_at timestamptz)
returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return least(
    case when p_at = date_trunc('second', p_at) then p_at + interval '999 milliseconds' else p_at end,
    -- Not now(): what came in one call was written one after the other.
    clock_timestamp()
  );
end;
$$;

-- Kept beside a contact's message: `automatic`: no person wrote it; `unanswerable`: it says nothing that can be
-- answered; `reaction`: it repeats a message of ours; `withdrawn`: the contact took it back, and nothing of it is kept;
-- `text_length`: of a text that was too long, and is kept in part.
create function crm_api.mark_inbound(p_event jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'message_id', p_event -> 'replied_provider_message_id',
    'email_message_id', p_event -> 'email_message_id',
    'automatic', case when (p_event ->> 'automatic')::boolean then true end,
    'unanswerable', case when not (p_event ->> 'answerable')::boolean then true end,
    'reaction', p_event -> 'reaction',
    'withdrawn', p_event -> 'withdrawn',
    'text_length', p_event -> 'text_length',
    'attachments', nullif(p_event -> 'attachments', '[]'::jsonb),
    'details', nullif(p_event -> 'details', '{}'::jsonb)
  ));
end;
$$;

create function crm_api.store_inbound(
  p_connection public.connections,
  p_event jsonb,
  p_sender_id uuid,
  p_address_id uuid,
  p_conversation_id uuid
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  insert into public.messages (
    id, sub_account_id, conversation_id, channel, sender_type, status, content, subject, address_id, sender_id,
    provider, provider_message_id, metadata, awaits_text, sent_at, created_at, happened_at
  )
  values (
    (p_event ->> 'message_id')::uuid, p_connection.sub_account_id, p_conversation_id, p_event ->> 'channel', 'contact',
    'received', p_event ->> 'text', p_event ->> 'subject', p_address_id, p_sender_id, p_connection.provider,
    p_event ->> 'provider_message_id',
    crm_api.mark_inbound(p_event) || crm_api.email_marks(p_connection.sub_account_id, p_address_id, p_event),
    coalesce((p_event ->> 'text_is_elsewhere')::boolean, false),
    least((p_event ->> 'at')::timestamptz, now()), clock_timestamp(),
    crm_api.happened_at((p_event ->> 'at')::timestamptz)
  )
  returning * into v_message;
  if v_message.awaits_text then
    insert into public.jobs (sub_account_id, kind, subject_id)
    values (v_message.sub_account_id, 'fetch_text', v_message.id);
  end if;
  return v_message;
end;
$$;

-- Phones send a reaction by SMS as words before a quotation. It is one where the quotation is what we wrote there before;
-- quoted.whole is false where the phone has cut it.
create function crm_api.is_reaction(p_event jsonb, p_conversation_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_quoted text := p_event #>> '{quoted,text}';
begin
  return v_quoted is not null and exists (
    select 1
    from (
      select btrim(regexp_replace(m.content, '\s+', ' ', 'g')) as content from public.messages m
      where m.conversation_id = p_conversation_id and m.sub_account_id = (
          select c.sub_account_id from public.conversations c where c.id = p_conversation_id
        )
        and m.sender_type <> 'contact' and m.channel = p_event ->> 'channel' and m.content is not null
      order by m.happened_at desc
      limit 50
    ) m
    where m.content = v_quoted
      or (not (p_event #>> '{quoted,whole}')::boolean and starts_with(m.content, v_quoted))
  );
end;
$$;

-- A contact wrote: stores it, opens the window, heeds STOP, and has the agent answer.
create function crm_api.record_inbound(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_channel text := p_event ->> 'channel';
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_sender public.senders := crm_api.find_own_sender(
    p_connection, v_channel, array(select jsonb_array_elements_text(p_event -> 'accounts'))
  );
  v_thread public.conversations;
  v_address public.contact_addresses;
  v_message public.messages;
  v_conversation_id uuid;
  v_silent boolean;
begin
  if v_sender.id is null then
    return jsonb_build_object('outcome', 'no_sender');
  end if;
  perform crm_api.lock_received(p_connection, p_event);
  if not crm_api.see_event(p_connection, 'inbound ' || (p_event ->> 'provider_message_id'))
    or crm_api.was_received(p_connection, p_event)
  then
    return jsonb_build_object('outcome', 'known');
  end if;
  p_event := crm_api.empty_withdrawn(p_connection, p_event);
  p_event := crm_api.name_writer(p_connection.sub_account_id, p_event);
  v_silent := coalesce((p_event ->> 'automatic')::boolean, false);
  -- Mail that goes out from here and comes in again, by a forwarding rule, would be answered for ever.
  if crm_api.is_own_address(p_connection.sub_account_id, v_channel, p_event ->> 'from') then
    p_event := p_event || jsonb_build_object('automatic', true);
    v_silent := true;
  end if;
  v_thread := crm_api.find_thread(p_connection.sub_account_id, p_event);
  v_address := crm_api.keep_address(
    p_connection.sub_account_id, v_channel, p_event ->> 'from', p_event ->> 'other_address', p_event ->> 'name',
    v_thread.contact_id, case when v_channel in ('facebook', 'instagram') then v_sender.id end,
    (p_event ->> 'text_is_elsewhere')::boolean
  );
  v_conversation_id := crm_api.keep_conversation(v_address, v_thread);
  perform crm_api.lock_conversation(v_conversation_id, false);
  if crm_api.is_reaction(p_event, v_conversation_id) then
    p_event := p_event || '{"answerable": false, "reaction": true}';
  end if;
  v_message := crm_api.store_inbound(p_connection, p_event, v_sender.id, v_address.id, v_conversation_id);
  perform crm_api.note_writing(v_message);

  if p_event ->> 'preference' is not null and crm_api.set_preference(
    array[v_address.id, (crm_api.find_address(p_connection.sub_account_id, v_channel, p_event ->> 'other_address')).id],
    p_event ->> 'preference', v_at
  ) then
    v_silent := true;
  end if;
  v_silent := v_silent or coalesce(p_event ->> 'preference' = 'opted_out', false)
    or crm_api.has_opted_out(v_address.id);
  return jsonb_build_object(
    'outcome', 'stored',
    'message_id', v_message.id,
    'text_is_elsewhere', v_message.awaits_text,
    'answer', case when not v_silent and crm_api.is_answerable(v_message) then crm_api.queue_reply(v_message) end
  );
end;
$$;
