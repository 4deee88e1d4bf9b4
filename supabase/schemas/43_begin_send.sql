-- The first round trip of a message: it is stored with a lease before anything is sent.

-- Stores a new message: leased to the request that waits for it, or to be sent later.
create function crm_api.store_new(p_request crm_api.send_request, p_caller crm_api.caller, p_target crm_api.target)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_queued boolean := p_request.queue_hours is not null;
  v_status text := case when v_queued then 'queued' when p_request.content is null then 'composing' else 'sending' end;
  v_title crm_api.title := (p_request.subject, coalesce(p_request.reply_prefix, ''));
  v_message public.messages;
begin
  if p_request.channel <> 'email' then
    v_title.subject := null;
  elsif p_request.subject is null then
    v_title := crm_api.find_title(
      p_caller.sub_account_id, p_target.conversation_id, p_target.address_id, v_title.reply_prefix
    );
  end if;
  insert into public.messages (
    id, sub_account_id, conversation_id, address_id, channel, sender_type, agent_id, status,
    content, prompt, body, metadata, subject, reply_prefix, idempotency_key, request_hash, api_key_id, policy,
    lease_id, lease_expires_at, tries, repeat_through, repeat_until, due_at, retry_until, sender_id
  ) values (
    p_request.message_id, p_caller.sub_account_id, p_target.conversation_id, p_target.address_id, p_request.channel,
    case when p_request.agent_id is null then 'user' else 'agent' end, p_request.agent_id, v_status,
    p_request.content, p_request.prompt, coalesce(p_request.parts, '{}'), coalesce(p_request.metadata, '{}'),
    v_title.subject, v_title.reply_prefix, p_request.idempotency_key, p_request.request_hash, p_caller.id,
    p_request.policy, p_request.lease_id,
    case when not v_queued then now() + make_interval(secs => p_request.lease_seconds) end, (not v_queued)::integer,
    case when not v_queued then p_target.repeat_through end,
    case when not v_queued then now() + make_interval(secs => p_target.repeat_seconds) end,
    case when v_queued then now() end, now() + make_interval(hours => p_request.queue_hours),
    case when v_queued then (p_target.senders #>> '{0,id}')::uuid end
  ) returning * into v_message;
  return v_message;
end;
$$;

-- Leases a stored message: an agent still has to write it (composing), or a provider is asked (sending).
create function crm_api.lease_message(
  p_message public.messages,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_target crm_api.target
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
  v_to text := case when p_message.content is null then 'composing' else 'sending' end;
begin
  v_message.address_id := p_target.address_id;
  v_message.lease_id := p_lease_id;
  v_message.lease_expires_at := now() + make_interval(secs => p_lease_seconds);
  v_message.tries := p_message.tries + 1;
  v_message.repeat_through := p_target.repeat_through;
  v_message.repeat_until := coalesce(p_message.repeat_until, now() + make_interval(secs => p_target.repeat_seconds));
  v_message.due_at := null;
  v_message.error := null;
  v_message.failed_at := null;
  if p_message.status in ('queued', 'failed') then
    -- The contact has not seen it yet, so it counts from now.
    v_message.happened_at := now();
  end if;
  perform crm_api.move_message(p_message, v_message, v_to, 'host');
  v_message.status := v_to;
  return v_message;
end;
$$;

-- Queues a stored message, to be sent by a host that claims it. Until then the holder of the lease may give it back.
create function crm_api.queue_message(p_message public.messages, p_lease_id uuid, p_retry_hours integer)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.lease_id := p_lease_id;
  v_message.lease_expires_at := null;
  v_message.due_at := now();
  v_message.retry_until := now() + make_interval(hours => p_retry_hours);
  v_message.tries := 0;
  v_message.error := null;
  v_message.failed_at := null;
  perform crm_api.move_message(p_message, v_message, 'queued', 'host');
end;
$$;

-- A stored message stays with its conversation, even if the caller's own id names another one now.
create function crm_api.resolve_request(
  p_request crm_api.send_request,
  p_sub_account_id uuid,
  p_stored public.messages
)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
begin
  return crm_api.resolve_target(
    p_sub_account_id,
    coalesce(p_stored.conversation_id, p_request.conversation_id),
    case when p_stored.id is null then p_request.conversation_ref end,
    p_request.channel, p_request.agent_id, p_request.policy,
    crm_api.find_replied_outsider(p_sub_account_id, coalesce(p_stored.metadata, p_request.metadata)),
    null
  );
end;
$$;

-- Takes over a message that nobody works on: for the request that waits for it, or to be sent later.
create function crm_api.take_over(
  p_stored public.messages,
  p_request crm_api.send_request,
  p_caller crm_api.caller,
  p_target crm_api.target
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_stored;
begin
  v_message.api_key_id := p_caller.id;
  v_message.policy := p_request.policy;
  v_message.address_id := p_target.address_id;
  if p_request.queue_hours is not null then
    v_message.sender_id := (p_target.senders #>> '{0,id}')::uuid;
    perform crm_api.queue_message(v_message, p_request.lease_id, p_request.queue_hours);
    return v_message;
  end if;
  -- The caller waits for the outcome and may send it again, so nobody else does.
  v_message.retry_until := null;
  return crm_api.lease_message(v_message, p_request.lease_id, p_request.lease_seconds, p_target);
end;
$$;

-- Stores the message or takes it over, and describes what is now stored. p_stored: the message of before, if there is
-- one.
create function crm_api.store_begun(
  p_stored public.messages,
  p_request crm_api.send_request,
  p_caller crm_api.caller,
  p_target crm_api.target
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  if p_request.agent_id is null then
    -- An agent that replies here waits and then sees this message, or has committed before.
    perform crm_api.lock_conversation(p_target.conversation_id, true);
  end if;
  if p_stored.id is null then
    v_message := crm_api.store_new(p_request, p_caller, p_target);
  else
    v_message := crm_api.take_over(p_stored, p_request, p_caller, p_target);
  end if;
  if p_request.queue_hours is not null then
    return crm_api.describe_stored('queued', v_message.id);
  end if;
  return crm_api.describe_begun(v_message, p_target, p_request.history_limit);
end;
$$;

-- The result of begin_send without its rate. p_stored: the message that was stored by this request, or by an earlier
-- one with its idempotency key. p_repeat: how that one goes on (crm_api.decide_repeat), or `new`.
create function crm_api.begin_message(
  p_request crm_api.send_request,
  p_caller crm_api.caller,
  p_stored public.messages,
  p_repeat text
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_target crm_api.target;
  v_message public.messages;
begin
  if p_repeat in ('replay', 'in_progress') then
    return crm_api.describe_stored(p_repeat, p_stored.id);
  elsif p_repeat = 'idempotency_key_reused' then
    return crm_api.describe_refusal(p_repeat, p_stored.id, null);
  end if;
  v_target := crm_api.resolve_request(p_request, p_caller.sub_account_id, p_stored);
  if v_target.refusal is not null then
    if p_stored.status = 'queued' or p_repeat = 'begun' then
      perform crm_api.fail_message(p_stored, jsonb_build_object('code', v_target.refusal, 'retry', 'never'));
    end if;
    return crm_api.describe_refusal(v_target.refusal, p_stored.id, v_target.connected_providers);
  elsif p_repeat = 'begun' then
    v_message := p_stored;
    v_message.address_id := v_target.address_id;
    return crm_api.describe_begun(v_message, v_target, p_request.history_limit);
  end if;
  return crm_api.store_begun(p_stored, p_request, p_caller, v_target);
end;
$$;

-- Says whether the message of a request may be stored already. It is read without a lock, so that a caller who goes on
-- without tokens makes nobody wait.
create function crm_api.is_stored(p_sub_account_id uuid, p_message_id uuid, p_idempotency_key text)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
      select 1 from public.messages m
      where m.id = p_message_id and (m.sub_account_id = p_sub_account_id) is true
    )
    or exists (
      select 1 from public.messages m
      where m.idempotency_key = p_idempotency_key and (m.sub_account_id = p_sub_account_id) is true
    );
end;
$$;

-- Takes a crm_api.send_request and says in `outcome`: begun (go on), queued (with queue_hours: stored for later),
-- in_progress or replay (how it stands with the message of before), or refused with an error code. A repeated call with
-- the same lease_id has the same effect, so a lost result can be asked for again.
-- A request that has paid before needs no token, and neither does one that is told again. The timeout is shorter than
-- the caller waits: a request that was given up must not be stored after all. Postgres keeps the plans that it made
-- while the tables were small, so none may scan a whole table.
create function public.begin_send(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
set enable_seqscan = off
as $$
declare
  v_request crm_api.send_request := jsonb_populate_record(null::crm_api.send_request, p_request);
  v_caller crm_api.caller := crm_api.find_key(v_request.key_hash);
  v_stored public.messages;
  v_repeat text;
  v_taken boolean;
  v_result jsonb;
begin
  if v_caller.id is null then
    return crm_api.describe_refusal('invalid_api_key', null, null);
  elsif v_request.task_hash is not null then
    v_request := crm_api.derive_key(v_request, v_caller.sub_account_id);
  end if;
  if v_caller.tokens < 1
    and not crm_api.is_stored(v_caller.sub_account_id, v_request.message_id, v_request.idempotency_key) then
    return crm_api.describe_rate_limited(v_caller);
  end if;
  v_stored := crm_api.find_said(v_caller.sub_account_id, v_request.message_id, v_request.idempotency_key);
  v_repeat := case when v_stored.id is not null then crm_api.decide_repeat(v_stored, v_request) else 'new' end;
  v_taken := crm_api.take_token(v_caller);
  if not v_taken and v_repeat not in ('replay', 'in_progress')
    and v_stored.id is distinct from v_request.message_id then
    return crm_api.describe_rate_limited(crm_api.find_key(v_request.key_hash));
  end if;
  v_result := crm_api.begin_message(v_request, v_caller, v_stored, v_repeat)
    || jsonb_build_object('rate', crm_api.describe_rate(v_caller, v_taken), 'api_key_id', v_caller.id);
  if clock_timestamp() > now() + interval '4 seconds' and v_result ->> 'outcome' in ('begun', 'queued') then
    raise exception 'the caller has given up' using errcode = 'lock_not_available';
  end if;
  return v_result;
end;
$$;
