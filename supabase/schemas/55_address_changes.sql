-- A contact has another address, or wants to hear no more.

-- The vendor gave a person another id; what is known of the old one goes on with the new one.
create function crm_api.record_address_change(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_channel text := p_event ->> 'channel';
  v_previous public.contact_addresses;
  v_current public.contact_addresses;
begin
  perform crm_api.lock_addresses(
    p_connection.sub_account_id, v_channel, array[p_event ->> 'previous', p_event ->> 'current']
  );
  v_previous := crm_api.find_address(p_connection.sub_account_id, v_channel, p_event ->> 'previous');
  v_current := crm_api.find_address(p_connection.sub_account_id, v_channel, p_event ->> 'current');
  if v_previous.id is null or v_previous.id = v_current.id then
    return jsonb_build_object('outcome', 'known');
  elsif v_current.id is null then
    update public.contact_addresses set address = p_event ->> 'current' where id = v_previous.id;
  else
    if v_previous.contact_id <> v_current.contact_id then
      perform crm_api.merge_contacts(v_previous.contact_id, v_current.contact_id);
    end if;
    perform crm_api.share_preference(array[v_previous.id, v_current.id]);
    update public.contact_addresses
    set last_inbound_at = greatest(last_inbound_at, v_previous.last_inbound_at)
    where id = v_current.id;
    delete from public.contact_addresses where id = v_previous.id;
  end if;
  return jsonb_build_object('outcome', 'stored');
end;
$$;

create function crm_api.record_preference(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_address public.contact_addresses := crm_api.find_address(
    p_connection.sub_account_id, p_event ->> 'channel', p_event ->> 'address'
  );
begin
  if v_address.id is null then
    return jsonb_build_object('outcome', 'unknown_address');
  end if;
  if p_event ->> 'scope' = 'marketing' then
    perform crm_api.set_marketing_preference(v_address.id, p_event ->> 'preference', v_at);
  else
    perform crm_api.set_preference(array[v_address.id], p_event ->> 'preference', v_at);
  end if;
  return jsonb_build_object('outcome', 'stored');
end;
$$;
