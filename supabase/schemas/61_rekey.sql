-- Addresses whose keys an older version of the code has made.

-- Gives one address its new key. The outcome is `rekeyed`, `merged` (the same contact has this address already,
-- spelled otherwise: that row stays), `conflict` (another contact has it, or another address that is still to get its
-- own key; nothing is changed) or `known` (there is nothing to do any more). p_row is {id, channel, address, old_key,
-- key, wrong_holder_id}: wrong_holder_id is the row that had the key although its own is another; null: none.
create function crm_api.rekey_address(p_sub_account_id uuid, p_row jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_key text := p_row ->> 'key';
  v_address public.contact_addresses;
  v_holder public.contact_addresses := crm_api.find_address(p_sub_account_id, p_row ->> 'channel', v_key);
begin
  select * into v_address
  from public.contact_addresses a
  where a.id = (p_row ->> 'id')::uuid and a.sub_account_id = p_sub_account_id
    and a.address = p_row ->> 'address' and a.address_key = p_row ->> 'old_key';
  if v_address.id is null or v_address.id = v_holder.id then
    return jsonb_build_object('outcome', 'known');
  elsif v_holder.id is null then
    update public.contact_addresses set address_key = v_key where id = v_address.id;
    return jsonb_build_object('outcome', 'rekeyed');
  elsif v_holder.contact_id = v_address.contact_id
    and v_holder.id is distinct from (p_row ->> 'wrong_holder_id')::uuid then
    perform crm_api.merge_addresses(v_holder.id, v_address.id);
    return jsonb_build_object('outcome', 'merged');
  end if;
  return jsonb_build_object('outcome', 'conflict', 'contact_id', v_holder.contact_id);
end;
$$;

-- Gives addresses their new keys, and returns what became of each in turn. With p_dry_run the result is the same and
-- nothing is changed. A repeated call changes nothing. Like import_contacts it takes a sub-account from its caller,
-- who is an administrator.
create function public.rekey_addresses(p_sub_account_id uuid, p_rows jsonb, p_dry_run boolean default false)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_row jsonb;
  v_results jsonb[] := '{}';
begin
  -- Under both keys, because a webhook may be about to look for either.
  perform crm_api.lock_addresses(p_sub_account_id, l.channel, l.keys)
  from (
    select r ->> 'channel' as channel, array_agg(k) as keys
    from jsonb_array_elements(p_rows) r, unnest(array[r ->> 'old_key', r ->> 'key']) k
    group by 1
    order by 1
  ) l;
  begin
    for v_row in select value from jsonb_array_elements(p_rows) loop
      v_results := v_results || crm_api.rekey_address(p_sub_account_id, v_row);
    end loop;
    if p_dry_run then
      raise exception 'undo' using errcode = 'CRDRY';
    end if;
  exception when sqlstate 'CRDRY' then
    -- The results are kept although the changes are not.
    null;
  end;
  return to_jsonb(v_results);
end;
$$;
