-- A contact's message that is corrected or taken back, and a reaction that came as a text.

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

-- The contact's message that a correction or a withdrawal speaks of.
create function crm_api.find_received(p_connection public.connections, p_event jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m
  where m.provider_message_id = p_event ->> 'provider_message_id' and m.sub_account_id = p_connection.sub_account_id
    and m.provider = p_connection.provider and m.channel = p_event ->> 'channel' and m.sender_type = 'contact'
  limit 1;
  return v_message;
end;
$$;

-- The contact's newest words count. An agent that has not answered yet reads them; what was answered before is kept beside
-- them, so that the answer can still be understood, and nobody answers again.
create function crm_api.record_correction(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_message public.messages;
begin
  perform crm_api.lock_received(p_connection, p_event);
  v_message := crm_api.find_received(p_connection, p_event);
  if v_message.id is null then
    return jsonb_build_object('outcome', 'unknown_message');
  end if;
  perform crm_api.lock_conversation(v_message.conversation_id, false);
  update public.messages m
  set content = p_event ->> 'text',
    metadata = m.metadata || jsonb_strip_nulls(jsonb_build_object(
      'corrected_at', v_at,
      'answered_content', case when crm_api.was_answered(m)
        then coalesce(m.metadata ->> 'answered_content', m.content) end
    ))
  where m.id = v_message.id and not m.metadata ? 'withdrawn' and m.content is distinct from p_event ->> 'text'
    and coalesce((m.metadata ->> 'corrected_at')::timestamptz <= v_at, true)
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known');
  end if;
  if p_event ->> 'preference' = 'opted_out' then
    perform crm_api.set_preference(array[v_message.address_id], 'opted_out', v_at);
  end if;
  return jsonb_build_object(
    'outcome', 'stored', 'message_id', v_message.id, 'answer', crm_api.renew_answers(v_message)
  );
end;
$$;

-- Nothing of the message is kept but that it was there. Where it is not here yet, that it is gone is remembered.
create function crm_api.record_withdrawal(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  perform crm_api.lock_received(p_connection, p_event);
  v_message := crm_api.find_received(p_connection, p_event);
  if v_message.id is null then
    return jsonb_build_object('outcome', case
      when crm_api.see_event(p_connection, 'withdrawn ' || (p_event ->> 'provider_message_id')) then 'stored'
      else 'known'
    end);
  end if;
  perform crm_api.lock_conversation(v_message.conversation_id, false);
  update public.messages m
  set content = null, subject = null, due_at = null,
    metadata = m.metadata - array['attachments', 'details', 'answered_content', 'text_length'] || '{"withdrawn": true}'
  where m.id = v_message.id and not m.metadata ? 'withdrawn'
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known');
  end if;
  return jsonb_build_object(
    'outcome', 'stored', 'message_id', v_message.id, 'answer', crm_api.renew_answers(v_message)
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

revoke execute on all functions in schema crm_api from public;
grant execute on all functions in schema crm_api to service_role;
