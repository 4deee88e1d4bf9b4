-- A contact has another address, or wants to hear no more.

-- The vendor gave a person a new id: the new id takes the place of the old one. Where both are known already, their
-- contacts are merged and the old id is deleted.
create function crm_api.record_address_change(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_channel text := p_event ->> 'channel';
  v_old crm_api.address := crm_api.read_address(p_event, 'previous');
  v_new crm_api.address := crm_api.read_address(p_event, 'current');
  v_previous public.contact_addresses;
  v_current public.contact_addresses;
begin
  perform crm_api.lock_addresses(p_connection.sub_account_id, v_channel, array[v_old.key, v_new.key]);
  v_previous := crm_api.find_address(p_connection.sub_account_id, v_channel, v_old.key);
  v_current := crm_api.find_address(p_connection.sub_account_id, v_channel, v_new.key);
  if v_previous.id is null or v_previous.id = v_current.id then
    return jsonb_build_object('outcome', 'known');
  elsif v_current.id is null then
    update public.contact_addresses set address = v_new.address, address_key = v_new.key where id = v_previous.id;
  else
    if v_previous.contact_id <> v_current.contact_id then
      perform crm_api.merge_contacts(v_previous.contact_id, v_current.contact_id);
    end if;
    perform crm_api.merge_addresses(v_current.id, v_previous.id);
  end if;
  return jsonb_build_object('outcome', 'stored');
end;
$$;

-- A contact opted out or in without writing, such as with a switch of the vendor's.
create function crm_api.record_preference(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_address public.contact_addresses := crm_api.find_address(
    p_connection.sub_account_id, p_event ->> 'channel', p_event #>> '{address,key}'
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
