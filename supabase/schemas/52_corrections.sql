-- A contact's message that is corrected or taken back.

-- Finds the contact's message that a correction or a withdrawal is about.
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

-- A contact corrected a message: stores the new text. An agent that has not replied yet reads the new text. Where we
-- have replied, the old text is kept in the metadata, so that our reply can still be understood, and nobody replies
-- again.
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
    'outcome', 'stored', 'message_id', v_message.id, 'reply', crm_api.renew_replies(v_message)
  );
end;
$$;

-- A contact took a message back: deletes all that it said, and keeps the row. Where the message has not come yet,
-- remembers the withdrawal, so that nothing of the message is stored when it comes.
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
  set content = null, subject = null, awaits_text = false,
    metadata = m.metadata - array['attachments', 'details', 'answered_content', 'text_length'] || '{"withdrawn": true}'
  where m.id = v_message.id and not m.metadata ? 'withdrawn'
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known');
  end if;
  return jsonb_build_object(
    'outcome', 'stored', 'message_id', v_message.id, 'reply', crm_api.renew_replies(v_message)
  );
end;
$$;
