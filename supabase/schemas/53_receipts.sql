-- Receipts: a provider reports later what happened to a message.

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

-- Adds a receipt's ids and times to the message. p_moves: its status moves too.
create function crm_api.add_receipt(p_message public.messages, p_provider text, p_event jsonb, p_moves boolean)
returns public.messages
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
  v_status text := p_event ->> 'status';
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
begin
  v_message.provider := coalesce(p_message.provider, p_provider);
  v_message.provider_message_id := coalesce(p_message.provider_message_id, p_event ->> 'provider_message_id');
  v_message.sent_at := case when v_status = 'failed' then p_message.sent_at else coalesce(p_message.sent_at, v_at) end;
  if v_status = 'delivered' then
    v_message.delivered_at := coalesce(p_message.delivered_at, v_at);
  elsif v_status = 'read' then
    v_message.read_at := coalesce(p_message.read_at, v_at);
  end if;
  if p_moves then
    v_message.failed_at := case when v_status = 'failed' then v_at end;
    v_message.error := case when v_status = 'failed' then nullif(p_event -> 'error', 'null') end;
    v_message.due_at := null;
    v_message.lease_expires_at := null;
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
  v_before public.messages := crm_api.find_receipted(p_connection, p_event);
  v_status text := p_event ->> 'status';
  v_moves boolean := crm_api.may_move(crm_api.state_of(v_before), v_status, 'vendor');
  v_message public.messages;
begin
  if v_before.id is null then
    return jsonb_build_object('outcome', 'unknown_message');
  end if;
  v_message := crm_api.add_receipt(v_before, p_connection.provider, p_event, v_moves);
  if not crm_api.move_message(v_before, v_message, v_status, 'vendor') then
    perform crm_api.save_message(v_message);
  end if;
  if v_before.provider_message_id is null then
    perform crm_api.drop_echo(v_message);
  end if;
  perform crm_api.keep_consequence(
    v_message.address_id, p_event ->> 'consequence', least((p_event ->> 'at')::timestamptz, now())
  );
  return jsonb_build_object('outcome', case when v_moves then 'moved' else 'known' end);
end;
$$;

-- Records a watermark for one of the messages that it covers.
create function crm_api.move_to_watermark(p_message public.messages, p_status text, p_until timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  if p_status = 'delivered' then
    v_message.delivered_at := p_until;
  else
    v_message.read_at := p_until;
  end if;
  return crm_api.move_message(p_message, v_message, p_status, 'vendor');
end;
$$;

-- Messenger names only a time: every message that went to the contact before then has arrived, or was read. It counts
-- from when it got a message, which is before its response reached us.
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
  v_moved bigint;
begin
  select count(*) filter (where w.moved) into v_moved
  from (
    select crm_api.move_to_watermark(m, v_status, v_until) as moved
    from (
      select * from public.messages o
      where o.address_id = v_address.id and o.sender_id = v_sender.id and o.policy ? 'watermarks'
        and o.channel = p_event ->> 'channel'
        and (o.status = 'sent' or (o.status = 'delivered' and v_status = 'read')) and o.status in ('sent', 'delivered')
        and least((
          select max(t.started_at) from public.message_attempts t where t.message_id = o.id and t.outcome = 'accepted'
        ), o.sent_at) <= v_until
      order by o.id
      for update
    ) m
  ) w;
  return jsonb_build_object('outcome', case when v_moved > 0 then 'moved' else 'known' end);
end;
$$;
