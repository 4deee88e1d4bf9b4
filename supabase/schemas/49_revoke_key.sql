-- Ends a key.

-- Ends a key now, and fails up to ten thousand messages of its queue; messages under way are finished. Returns how many
-- it failed, and whether there may be more.
-- A request that takes over such a message has locked it, and locks the key last, so this does not wait for it.
-- claim_sends begins nothing for a key that has ended.
create function public.revoke_key(p_key_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_most constant integer := 10000;
  v_revoked_at timestamptz;
  v_canceled integer;
begin
  update public.api_keys k set revoked_at = least(k.revoked_at, now()) where k.id = p_key_id
  returning k.revoked_at into v_revoked_at;
  select count(*) filter (where f.moved) into v_canceled
  from (
    select crm_api.fail_message(q, crm_api.key_ended()) as moved
    from (
      select * from public.messages m
      where m.api_key_id = p_key_id and m.status = 'queued'
      limit v_most
      for update skip locked
    ) q
  ) f;
  return jsonb_build_object('revoked_at', v_revoked_at, 'canceled', v_canceled, 'more', v_canceled = v_most);
end;
$$;
