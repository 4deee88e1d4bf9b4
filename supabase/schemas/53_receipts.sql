-- What providers say later of what was sent.

create function crm_api.find_receipted(p_connection public.connections, p_event jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message
  from public.messages m
  where m.id = (p_event ->> 'message_id')::uuid and m.sub_account_id = p_connection.sub_account_id
    and m.sender_type <> 'contact'
  for update;
  if v_message.id is null then
    select * into v_message
    from public.messages m
    where m.provider_message_id = p_event ->> 'provider_message_id' and m.sub_account_id = p_connection.sub_account_id
      and m.provider = p_connection.provider and m.sender_type <> 'contact'
    limit 1
    for update;
  end if;
  return v_message;
end;
$$;

create function crm_api.record_receipt(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := crm_api.find_receipted(p_connection, p_event);
  v_status text := p_event ->> 'status';
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_moves boolean := crm_api.moves_on(v_message, v_status);
  v_was_without_id boolean := v_message.provider_message_id is null;
begin
  if v_message.id is null then
    return jsonb_build_object('outcome', 'unknown_message');
  end if;
  update public.messages m
  set status = case when v_moves then v_status else m.status end,
    provider = coalesce(m.provider, p_connection.provider),
    provider_message_id = coalesce(m.provider_message_id, p_event ->> 'provider_message_id'),
    sent_at = case when v_status = 'failed' then m.sent_at else coalesce(m.sent_at, v_at) end,
    delivered_at = case when v_status = 'delivered' then coalesce(m.delivered_at, v_at) else m.delivered_at end,
    read_at = case when v_status = 'read' then coalesce(m.read_at, v_at) else m.read_at end,
    failed_at = case when not v_moves then m.failed_at when v_status = 'failed' then v_at end,
    error = case when not v_moves then m.error when v_status = 'failed' then p_event -> 'error' end,
    due_at = case when v_moves then null else m.due_at end,
    lease_expires_at = case when v_moves then null else m.lease_expires_at end
  where m.id = v_message.id
  returning * into v_message;
  if v_was_without_id then
    perform crm_api.drop_echo(v_message);
  end if;
  perform crm_api.keep_consequence(v_message.address_id, p_event ->> 'consequence', v_at);
  return jsonb_build_object('outcome', case when v_moves then 'moved' else 'known' end);
end;
$$;

-- Messenger says only until when: all that was sent to the contact before has arrived, or was read. That time is the one
-- at which Messenger had the last of them, which is before its answer was here.
create function crm_api.record_watermark(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_status text := p_event ->> 'status';
  v_until timestamptz := least((p_event ->> 'until')::timestamptz, now());
  v_sender public.senders := crm_api.find_own_sender(p_connection, p_event);
  v_address public.contact_addresses := crm_api.find_address(
    p_connection.sub_account_id, p_event ->> 'channel', p_event #>> '{address,key}'
  );
begin
  update public.messages m
  set status = v_status,
    delivered_at = case when v_status = 'delivered' then v_until else m.delivered_at end,
    read_at = case when v_status = 'read' then v_until else m.read_at end
  where m.id in (
    select o.id from public.messages o
    where o.address_id = v_address.id and o.sender_id = v_sender.id and o.channel in ('facebook', 'instagram')
      and o.channel = p_event ->> 'channel'
      and (o.status = 'sent' or (o.status = 'delivered' and v_status = 'read')) and o.status in ('sent', 'delivered')
      and least((
        select max(t.started_at) from public.message_attempts t where t.message_id = o.id and t.outcome = 'accepted'
      ), o.sent_at) <= v_until
    order by o.id
    for update
  );
  return jsonb_build_object('outcome', case when found then 'moved' else 'known' end);
end;
$$;
