-- GET /messages/{id}.

create function crm_api.list_attempts(p_message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'number', a.number, 'provider', a.provider, 'outcome', a.outcome, 'reason', a.reason,
        'code', a.code, 'message', a.message, 'started_at', a.started_at, 'finished_at', a.finished_at
      ) order by a.number
    ), '[]')
    from public.message_attempts a
    where a.message_id = p_message_id
  );
end;
$$;

-- Returns a message with every attempt, and takes a token from the key's bucket; `rate_limited` if the bucket is empty.
-- A null message: the key's sub-account has none with this id.
create function public.get_message(p_key_hash text, p_message_id uuid)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
set enable_seqscan = off
as $$
declare
  v_caller crm_api.caller := crm_api.find_key(p_key_hash);
  v_message public.messages;
begin
  if v_caller.id is null then
    return crm_api.describe_refusal('invalid_api_key', null, null);
  elsif not crm_api.take_token(v_caller) then
    return crm_api.describe_rate_limited(crm_api.find_key(p_key_hash));
  end if;
  select * into v_message from public.messages m
  where m.id = p_message_id and (m.sub_account_id = v_caller.sub_account_id) is true;
  return jsonb_build_object(
    'outcome', 'found',
    'message', case when v_message.id is not null then crm_api.describe_message(v_message) end,
    'attempts', crm_api.list_attempts(v_message.id),
    'rate', crm_api.describe_rate(v_caller, true),
    'api_key_id', v_caller.id
  );
end;
$$;
