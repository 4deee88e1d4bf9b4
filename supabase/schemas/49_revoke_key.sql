-- Ends a key, and what it has queued.

-- Ends a key now, and what it has queued with it, ten thousand in one call; what is under way is finished. Answers with how
-- many messages that were, and whether there may be more. A request that takes one of them up at this moment has locked it,
-- and locks the key last, so it is not waited for; and claim_sends begins nothing for a key that has ended.
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
  with queued as (
    select m.id from public.messages m
    where m.api_key_id = p_key_id and m.status = 'queued'
    limit v_most
    for update skip locked
  ), canceled as (
    update public.messages m
    set status = 'failed', failed_at = now(), error = crm_api.key_ended(), due_at = null
    from queued q where m.id = q.id
    returning m.id
  )
  select count(*) into v_canceled from canceled;
  return jsonb_build_object('revoked_at', v_revoked_at, 'canceled', v_canceled, 'more', v_canceled = v_most);
end;
$$;
