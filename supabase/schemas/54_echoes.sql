-- People write to a contact outside this API.

-- A message of ours whose answer has still to come, or was lost, is the one that the vendor tells of, where both say the same.
-- Every message that may be it is locked: whoever is about to store its id is waited for.
create function crm_api.find_echoed(p_connection public.connections, p_event jsonb, p_contact_id uuid)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_at timestamptz := crm_api.happened_at((p_event ->> 'at')::timestamptz);
  v_message public.messages;
  v_found public.messages;
begin
  for v_message in
    select m.* from public.conversations c
    join public.messages m on m.sub_account_id = c.sub_account_id and m.conversation_id = c.id
    where c.sub_account_id = p_connection.sub_account_id and c.contact_id = p_contact_id
      and m.happened_at between v_at - interval '1 hour' and v_at + interval '1 minute'
      and m.sender_type <> 'contact' and m.channel = p_event ->> 'channel' and m.status in ('sending', 'unknown')
      and m.provider_message_id is null
    order by m.id
    for update of m
  loop
    if v_found.id is null and btrim(v_message.content) = btrim(p_event ->> 'text') then
      v_found := v_message;
    end if;
  end loop;
  return v_found;
end;
$$;

create function crm_api.store_echo(
  p_connection public.connections,
  p_event jsonb,
  p_sender_id uuid,
  p_address_id uuid,
  p_conversation_id uuid
)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into public.messages (
    id, sub_account_id, conversation_id, channel, sender_type, status, content, address_id, sender_id,
    provider, provider_message_id, metadata, sent_at, created_at, happened_at
  )
  values (
    (p_event ->> 'message_id')::uuid, p_connection.sub_account_id, p_conversation_id, p_event ->> 'channel', 'user',
    'sent', p_event ->> 'text', p_address_id, p_sender_id, p_connection.provider, p_event ->> 'provider_message_id',
    jsonb_strip_nulls(jsonb_build_object(
      'echo', true,
      'text_length', p_event -> 'text_length',
      'attachments', nullif(p_event -> 'attachments', '[]'::jsonb)
    )),
    least((p_event ->> 'at')::timestamptz, now()), clock_timestamp(),
    crm_api.happened_at((p_event ->> 'at')::timestamptz)
  );
end;
$$;

-- Stores it as written by a person, so that agents read it and keep quiet; it is never answered. `known`: it is ours, or was
-- told of before.
create function crm_api.record_echo(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_channel text := p_event ->> 'channel';
  v_sender public.senders := crm_api.find_own_sender(
    p_connection, v_channel, array(select jsonb_array_elements_text(p_event -> 'accounts'))
  );
  v_address public.contact_addresses;
  v_ours public.messages;
  v_conversation_id uuid;
begin
  if v_sender.id is null then
    return jsonb_build_object('outcome', 'no_sender');
  end if;
  v_address := crm_api.keep_address(
    p_connection.sub_account_id, v_channel, p_event ->> 'to', p_event ->> 'other_address', null, null,
    case when v_channel in ('facebook', 'instagram') then v_sender.id end
  );
  v_conversation_id := crm_api.keep_conversation(v_address, null);
  perform crm_api.lock_conversation(v_conversation_id, true);
  v_ours := crm_api.find_echoed(p_connection, p_event, v_address.contact_id);
  if exists (
    select 1 from public.messages m
    where m.provider_message_id = p_event ->> 'provider_message_id' and m.sub_account_id = p_connection.sub_account_id
      and m.provider = p_connection.provider and m.sender_type <> 'contact'
  ) then
    return jsonb_build_object('outcome', 'known');
  elsif v_ours.id is not null then
    return crm_api.record_receipt(p_connection, p_event || jsonb_build_object('message_id', v_ours.id, 'status', 'sent'));
  end if;
  perform crm_api.store_echo(p_connection, p_event, v_sender.id, v_address.id, v_conversation_id);
  return jsonb_build_object('outcome', 'stored');
end;
$$;
