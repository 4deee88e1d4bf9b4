-- Whether a message was said before.

-- One name for the message that is replied to, whichever the caller uses: the provider's, which it has before it is stored here.
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

-- The idempotency key of an agent's answer to a message: of the conversation and the message themselves, because callers have
-- several names for both. Null: there is no such conversation.
create function crm_api.derive_key(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_external_id text,
  p_channel text,
  p_metadata jsonb,
  p_task_hash text
)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_conversation_id uuid := (crm_api.find_conversation(p_sub_account_id, p_conversation_id, p_external_id)).id;
  v_parts text := jsonb_build_array(
    v_conversation_id, crm_api.name_replied(v_conversation_id, p_channel, p_metadata), p_task_hash
  );
begin
  if v_conversation_id is null then
    return null;
  end if;
  return 'reply:' || encode(pg_catalog.sha256(convert_to(v_parts, 'UTF8')), 'hex');
end;
$$;

-- Whether an idempotency key comes with the request that it was first used for. The first part of a hash is of the request as
-- it was written, the second of all but the names of the conversation and of the message that is replied to.
create function crm_api.is_same_request(
  p_message public.messages,
  p_request_hash text,
  p_conversation_id uuid,
  p_external_id text,
  p_metadata jsonb
)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  if split_part(p_message.request_hash, ':', 1) = split_part(p_request_hash, ':', 1) then
    return true;
  elsif split_part(p_request_hash, ':', 2) = ''
    or split_part(p_message.request_hash, ':', 2) is distinct from split_part(p_request_hash, ':', 2) then
    return false;
  end if;
  return p_message.conversation_id
      = (crm_api.find_conversation(p_message.sub_account_id, p_conversation_id, p_external_id)).id
    and crm_api.name_replied(p_message.conversation_id, p_message.channel, p_message.metadata)
      is not distinct from crm_api.name_replied(p_message.conversation_id, p_message.channel, p_metadata);
end;
$$;

-- The message that this request, or an earlier one with its idempotency key, has stored. Whoever asks
-- with the same key at the same time waits here until the first one has committed.
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
  select * into v_message
  from public.messages m
  where m.sub_account_id = p_sub_account_id
    and (m.id = p_message_id or m.idempotency_key = p_idempotency_key)
  limit 1
  for update;
  return v_message;
end;
$$;

-- What is to be done about a message that is already stored. `begun`: this very request stored it, and
-- its answer was lost. `take_up`: nothing was sent, and nobody is working on it. An abandoned
-- `sending` becomes `unknown`, for the provider may have been asked; where it takes a repeated call as one, the message
-- is left to the sweeper, which repeats it.
create function crm_api.decide_repeat(
  p_message public.messages,
  p_lease_id uuid,
  p_same_request boolean,
  p_async boolean
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_leased boolean := coalesce(p_message.lease_expires_at > now(), false);
begin
  if not p_same_request then
    return 'idempotency_key_reused';
  elsif p_message.status in ('composing', 'sending') and p_message.lease_id = p_lease_id and v_leased then
    return 'begun';
  elsif p_message.status = 'failed' and p_message.error ->> 'retry' = 'safe' then
    -- A late copy of the call that stored it has nobody waiting for its answer.
    return case when p_message.lease_id = p_lease_id then 'replay' else 'take_up' end;
  elsif p_message.status = 'queued' then
    return case when p_async then 'in_progress' else 'take_up' end;
  elsif p_message.status in ('composing', 'sending') and v_leased then
    return 'in_progress';
  elsif p_message.status = 'composing' then
    return 'take_up';
  elsif p_message.status = 'sending' and crm_api.may_repeat(p_message) then
    return 'in_progress';
  elsif p_message.status = 'sending' then
    perform crm_api.mark_unknown(p_message.id);
  end if;
  return 'replay';
end;
$$;
