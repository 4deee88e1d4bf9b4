-- Repeated requests: whether a message was stored before, and what happens then.

-- Gives the message that is replied to one name: the provider's id, even if the caller uses ours. A caller may know the
-- provider's id before the message is stored here.
create function crm_api.name_replied(p_conversation_id uuid, p_channel text, p_metadata jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(
    (
      select m.provider_message_id from public.messages m
      where m.id = (p_metadata ->> 'message_uuid')::uuid and m.sender_type = 'contact'
        and m.conversation_id = p_conversation_id and m.channel = p_channel
    ),
    p_metadata ->> 'message_id'
  );
end;
$$;

-- The request with the idempotency key of an agent's work on a message, which its task_hash names. The key is made of
-- the conversation and the message themselves, because callers have several names for both. Null: no such conversation.
create function crm_api.derive_key(p_request crm_api.send_request, p_sub_account_id uuid)
returns crm_api.send_request
language plpgsql
stable
set search_path = ''
as $$
declare
  v_request crm_api.send_request := p_request;
  v_conversation_id uuid;
begin
  v_conversation_id := (
    crm_api.find_conversation(p_sub_account_id, p_request.conversation_id, p_request.conversation_ref)
  ).id;
  v_request.idempotency_key := case when v_conversation_id is not null then
    'reply:' || encode(pg_catalog.sha256(convert_to(jsonb_build_array(
      v_conversation_id,
      crm_api.name_replied(v_conversation_id, p_request.channel, p_request.metadata),
      p_request.task_hash
    )::text, 'UTF8')), 'hex') end;
  v_request.request_hash := v_request.idempotency_key;
  return v_request;
end;
$$;

-- Says whether an idempotency key comes with the request that it was first used for. The first part of a hash is of the
-- request as written, the second of everything except its names for the conversation and for the message that is
-- replied to.
create function crm_api.is_same_request(p_message public.messages, p_request crm_api.send_request)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  -- A request without a key has no hash, and meets only the message that it stored itself.
  if split_part(p_message.request_hash, ':', 1) is not distinct from split_part(p_request.request_hash, ':', 1) then
    return true;
  elsif split_part(p_request.request_hash, ':', 2) = ''
    or split_part(p_message.request_hash, ':', 2) is distinct from split_part(p_request.request_hash, ':', 2) then
    return false;
  end if;
  -- A conversation that does not exist is another one.
  return p_message.conversation_id is not distinct from (crm_api.find_conversation(
      p_message.sub_account_id, p_request.conversation_id, p_request.conversation_ref
    )).id
    and crm_api.name_replied(p_message.conversation_id, p_message.channel, p_message.metadata)
      is not distinct from crm_api.name_replied(p_message.conversation_id, p_message.channel, p_request.metadata);
end;
$$;

-- Finds the message that this request, or an earlier one with its idempotency key, has stored. A request with the same
-- key at the same time waits here until the first one has committed.
create function crm_api.find_said(p_sub_account_id uuid, p_message_id uuid, p_idempotency_key text)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(coalesce(p_sub_account_id || p_idempotency_key, p_message_id::text), 0)
  );
  -- `is true` keeps the planner from an index on the sub-account alone, which it may prefer while the table is small.
  select * into v_message from public.messages m
  where m.id = p_message_id and (m.sub_account_id = p_sub_account_id) is true
  for update;
  if not found and p_idempotency_key is not null then
    select * into v_message from public.messages m
    where m.idempotency_key = p_idempotency_key and (m.sub_account_id = p_sub_account_id) is true
    for update;
  end if;
  return v_message;
end;
$$;

-- How a stored message of the same request goes on.
--   begun: this very request stored it, and the result was lost.
--   take_over: nothing was sent, and nobody works on it.
--   in_progress: somebody works on it, or the sweeper will.
--   replay: its outcome is told again.
-- An abandoned `sending` becomes `unknown`, because the provider may have been asked. Where the provider takes a
-- repeated call as one, it is left to the sweeper, which repeats it.
create function crm_api.decide_repeat(p_message public.messages, p_request crm_api.send_request)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_leased boolean := coalesce(p_message.lease_expires_at > now(), false);
  v_async boolean := p_request.queue_hours is not null;
begin
  if not crm_api.is_same_request(p_message, p_request) then
    return 'idempotency_key_reused';
  elsif p_message.status in ('composing', 'sending') and p_message.lease_id = p_request.lease_id and v_leased then
    return 'begun';
  elsif crm_api.state_of(p_message) = 'failed safe' then
    -- Nobody waits for the result of a late copy of the call that stored the message.
    return case when p_message.lease_id = p_request.lease_id then 'replay' else 'take_over' end;
  elsif p_message.status = 'queued' then
    return case when v_async then 'in_progress' else 'take_over' end;
  elsif p_message.status in ('composing', 'sending') and v_leased then
    return 'in_progress';
  elsif p_message.status = 'composing' then
    return 'take_over';
  elsif p_message.status = 'sending' and crm_api.may_repeat(p_message) then
    return 'in_progress';
  elsif p_message.status = 'sending' then
    perform crm_api.mark_unknown(p_message);
  end if;
  return 'replay';
end;
$$;
