-- Contacts' messages: stored once, under one contact and one conversation for each address.

-- Shortens an id that is too long for an index to its digest.
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

-- Returns true the first time that an id of the vendor's is seen, and remembers it.
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

-- Locks the vendor's id of a contact's message, so that the call that brings the message and the calls that correct
-- it or take it back wait for each other. Before the message is stored there is no row to lock.
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

-- Says whether another connection of the sub-account has brought the message. A vendor calls the webhooks of all
-- connections to the same account there, and an email to two of our senders is one email.
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
      -- `offset 0` keeps the conditions below out of the lookup, so that Postgres does not search all the account's
      -- messages.
      offset 0
    ) m
    where m.sub_account_id = p_connection.sub_account_id and m.provider = p_connection.provider
      and m.sender_type = 'contact'
  );
end;
$$;

-- Takes the words out of a message that the contact took back before it came.
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

-- Reads the time at which the vendor says that a message was written. A whole second is read as its end: then a
-- message of ours in the same second stands before the contact's answer to it. No message was written after it
-- arrived.
create function crm_api.happened_at(p_at timestamptz)
returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return least(
    case when p_at = date_trunc('second', p_at) then p_at + interval '999 milliseconds' else p_at end,
    -- The clock and not now(): the messages of one call keep the order in which the vendor names them.
    clock_timestamp()
  );
end;
$$;

-- Makes the metadata of a contact's message. `automatic`: no person wrote it. `unanswerable`: it says nothing that
-- can be answered. `reaction`: it repeats a message of ours. `withdrawn`: the contact took it back, and nothing of it
-- is kept. `text_length`: how long a text was of which only the beginning is kept.
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

-- Stores the row of a contact's message and returns it.
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
  v_message public.messages := crm_api.new_message(
    (p_event ->> 'message_id')::uuid, p_connection.sub_account_id, p_conversation_id, p_event ->> 'channel', 'contact'
  );
begin
  v_message.content := p_event ->> 'text';
  v_message.subject := p_event ->> 'subject';
  v_message.reply_prefix := coalesce(p_event ->> 'reply_prefix', '');
  v_message.address_id := p_address_id;
  v_message.sender_id := p_sender_id;
  v_message.provider := p_connection.provider;
  v_message.provider_message_id := p_event ->> 'provider_message_id';
  v_message.metadata := crm_api.mark_inbound(p_event)
    || crm_api.email_marks(p_connection.sub_account_id, p_address_id, p_event);
  v_message.awaits_text := coalesce((p_event ->> 'text_is_elsewhere')::boolean, false);
  v_message.sent_at := least((p_event ->> 'at')::timestamptz, now());
  v_message.created_at := clock_timestamp();
  v_message.happened_at := crm_api.happened_at((p_event ->> 'at')::timestamptz);
  perform crm_api.move_message(v_message, v_message, 'received', 'host');
  v_message.status := 'received';
  if v_message.awaits_text then
    insert into public.jobs (sub_account_id, kind, subject_id)
    values (v_message.sub_account_id, 'fetch_text', v_message.id);
  end if;
  return v_message;
end;
$$;

-- Says whether a message is a reaction, such as `Liked "See you at nine"`, which phones send by SMS. It is one if
-- it quotes one of our last fifty messages. quoted.whole is false if the phone has cut the quotation.
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

-- Corrects an event before it is stored. If the contact has taken the message back, the event is emptied. If Reply-To
-- names the writer, the message is from there. If it comes from an address of our own, it is automatic: otherwise
-- agents would reply for ever to our own mail that a forwarding rule sends back.
create function crm_api.complete_inbound(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_event jsonb := crm_api.name_writer(
    p_connection.sub_account_id, crm_api.empty_withdrawn(p_connection, p_event)
  );
begin
  if crm_api.is_own_address(p_connection.sub_account_id, crm_api.read_address(v_event, 'from')) then
    return v_event || '{"automatic": true}';
  end if;
  return v_event;
end;
$$;

-- Obeys a STOP or START in a message, for both addresses that the event names. Returns true where no agent is to
-- reply: the contact has just changed its mind, or is opted out.
create function crm_api.obey_preference(p_connection public.connections, p_event jsonb, p_address_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_preference text := p_event ->> 'preference';
  v_other public.contact_addresses := crm_api.find_address(
    p_connection.sub_account_id, p_event ->> 'channel', p_event #>> '{other_address,key}'
  );
begin
  if v_preference is not null and crm_api.set_preference(
    array[p_address_id, v_other.id], v_preference, least((p_event ->> 'at')::timestamptz, now())
  ) then
    return true;
  end if;
  return coalesce(v_preference = 'opted_out', false) or crm_api.has_opted_out(p_address_id);
end;
$$;

-- Stores a message that was not stored before: finds or makes its contact and conversation, opens the window for
-- replies, obeys STOP, and queues an agent's reply.
create function crm_api.keep_inbound(p_connection public.connections, p_event jsonb, p_sender_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_thread public.conversations := crm_api.find_thread(p_connection.sub_account_id, p_event);
  v_address public.contact_addresses := crm_api.keep_address(
    p_connection.sub_account_id, crm_api.read_address(p_event, 'from'), crm_api.read_address(p_event, 'other_address'),
    p_event ->> 'name', v_thread.contact_id,
    case when (p_event ->> 'scoped_to_sender')::boolean then p_sender_id end,
    (p_event ->> 'text_is_elsewhere')::boolean
  );
  v_conversation_id uuid := crm_api.keep_conversation(v_address, v_thread);
  v_event jsonb := p_event;
  v_message public.messages;
  v_is_silent boolean;
begin
  perform crm_api.lock_conversation(v_conversation_id, false);
  if crm_api.is_reaction(p_event, v_conversation_id) then
    v_event := p_event || '{"answerable": false, "reaction": true}';
  end if;
  v_message := crm_api.store_inbound(p_connection, v_event, p_sender_id, v_address.id, v_conversation_id);
  perform crm_api.note_writing(v_message);
  v_is_silent := crm_api.obey_preference(p_connection, p_event, v_address.id);
  return jsonb_build_object(
    'outcome', 'stored',
    'message_id', v_message.id,
    'text_is_elsewhere', v_message.awaits_text,
    'reply', case when not v_is_silent then crm_api.reply_to(v_message, p_event -> 'reply') end
  );
end;
$$;

-- A contact wrote. The message is stored once, however often and through how many connections the vendor tells of it.
create function crm_api.record_inbound(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_sender public.senders := crm_api.find_own_sender(p_connection, p_event);
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
  return crm_api.keep_inbound(p_connection, crm_api.complete_inbound(p_connection, p_event), v_sender.id);
end;
$$;
