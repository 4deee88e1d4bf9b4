-- Echoes: messages that people write to a contact outside this API, in the vendor's own app.

-- Finds the message of ours that the vendor tells of, where we do not know its id at the vendor because the vendor's
-- answer has not come yet, or was lost: both have the same text. Locks all messages that it may be, and so waits for
-- a transaction that is about to store the id of one of them.
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

-- Stores an echo as a person's message.
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
declare
  v_message public.messages := crm_api.new_message(
    (p_event ->> 'message_id')::uuid, p_connection.sub_account_id, p_conversation_id, p_event ->> 'channel', 'user'
  );
begin
  v_message.content := p_event ->> 'text';
  v_message.policy := nullif(p_event -> 'policy', 'null');
  v_message.address_id := p_address_id;
  v_message.sender_id := p_sender_id;
  v_message.provider := p_connection.provider;
  v_message.provider_message_id := p_event ->> 'provider_message_id';
  v_message.metadata := jsonb_strip_nulls(jsonb_build_object(
    'echo', true,
    'text_length', p_event -> 'text_length',
    'attachments', nullif(p_event -> 'attachments', '[]'::jsonb)
  ));
  v_message.sent_at := least((p_event ->> 'at')::timestamptz, now());
  v_message.created_at := clock_timestamp();
  v_message.happened_at := crm_api.happened_at((p_event ->> 'at')::timestamptz);
  perform crm_api.move_message(v_message, v_message, 'sent', 'host');
end;
$$;

-- Says whether a vendor's id belongs to a message of ours, or to an echo that is stored already.
create function crm_api.is_known_echo(p_connection public.connections, p_event jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.messages m
    where m.provider_message_id = p_event ->> 'provider_message_id' and m.sub_account_id = p_connection.sub_account_id
      and m.provider = p_connection.provider and m.sender_type <> 'contact'
  );
end;
$$;

-- Somebody wrote to a contact outside this API, or the vendor tells of a message that we sent. Stores somebody's
-- message as a person's: agents read it, and do not reply where a person is writing. `known`: it is ours, or was told
-- before.
create function crm_api.record_echo(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_sender public.senders := crm_api.find_own_sender(p_connection, p_event);
  v_address public.contact_addresses;
  v_ours public.messages;
  v_conversation_id uuid;
begin
  if v_sender.id is null then
    return jsonb_build_object('outcome', 'no_sender');
  end if;
  v_address := crm_api.keep_address(
    p_connection.sub_account_id, crm_api.read_address(p_event, 'to'), crm_api.read_address(p_event, 'other_address'),
    null, null, case when (p_event ->> 'scoped_to_sender')::boolean then v_sender.id end
  );
  v_conversation_id := crm_api.keep_conversation(v_address, null);
  perform crm_api.lock_conversation(v_conversation_id, true);
  v_ours := crm_api.find_echoed(p_connection, p_event, v_address.contact_id);
  if crm_api.is_known_echo(p_connection, p_event) then
    return jsonb_build_object('outcome', 'known');
  elsif v_ours.id is not null then
    return crm_api.record_receipt(
      p_connection, p_event || jsonb_build_object('message_id', v_ours.id, 'status', 'sent')
    );
  end if;
  perform crm_api.store_echo(p_connection, p_event, v_sender.id, v_address.id, v_conversation_id);
  return jsonb_build_object('outcome', 'stored');
end;
$$;
