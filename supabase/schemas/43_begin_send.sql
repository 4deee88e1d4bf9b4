-- The first round trip of a message: it is stored with a lease before anything is sent.

create function crm_api.draft_message(
  p_request crm_api.send_request,
  p_sub_account_id uuid,
  p_target crm_api.target
)
returns public.messages
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages := crm_api.new_message(
    p_request.message_id, p_sub_account_id, p_target.conversation_id, p_request.channel,
    case when p_request.agent_id is null then 'user' else 'agent' end
  );
begin
  v_message.content := p_request.content;
  v_message.prompt := p_request.prompt;
  v_message.agent_id := p_request.agent_id;
  v_message.body := coalesce(p_request.parts, '{}');
  v_message.metadata := coalesce(p_request.metadata, '{}');
  v_message.idempotency_key := p_request.idempotency_key;
  v_message.request_hash := p_request.request_hash;
  v_message.address_id := p_target.address_id;
  v_message.subject := case when p_request.channel = 'email' then p_request.subject end;
  v_message.reply_prefix := coalesce(p_request.reply_prefix, '');
  return crm_api.give_subject(v_message);
end;
$$;

-- Leases the message: an agent still has to write it (composing), or a provider is asked (sending). An abandoned call
-- may be made again only if one sender is left, whose provider takes a repeated call as the same one.
create function crm_api.lease_message(
  p_message public.messages,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_senders jsonb
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
  v_repeatable_seconds double precision :=
    p_message.policy -> 'repeatable' -> (p_senders #>> '{0,connection,provider}');
  v_to text := case when p_message.content is null then 'composing' else 'sending' end;
  v_only_sender_id uuid := case when jsonb_array_length(p_senders) = 1 then p_senders #>> '{0,id}' end;
begin
  v_message.lease_id := p_lease_id;
  v_message.lease_expires_at := now() + make_interval(secs => p_lease_seconds);
  v_message.tries := p_message.tries + 1;
  v_message.repeat_through := case when v_repeatable_seconds is not null then v_only_sender_id end;
  v_message.repeat_until := coalesce(p_message.repeat_until, now() + make_interval(secs => v_repeatable_seconds));
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

-- Stores the message to be sent later, by a host that claims it. Until then the holder of the lease may give it back.
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
    crm_api.find_conversation(
      p_sub_account_id,
      coalesce(p_stored.conversation_id, p_request.conversation_id),
      case when p_stored.id is null then p_request.conversation_ref end
    ),
    p_request.channel, p_request.agent_id, p_request.policy,
    crm_api.find_replied_outsider(p_sub_account_id, coalesce(p_stored.metadata, p_request.metadata)),
    null
  );
end;
$$;

-- Stores the message for the request that waits for it, or queues it, and describes what is now stored.
create function crm_api.store_begun(
  p_message public.messages,
  p_request crm_api.send_request,
  p_api_key_id uuid,
  p_target crm_api.target
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.api_key_id := p_api_key_id;
  v_message.policy := p_request.policy;
  v_message.address_id := p_target.address_id;
  if v_message.sender_type = 'user' then
    -- An agent that replies here waits and then sees this message, or has committed before.
    perform crm_api.lock_conversation(v_message.conversation_id, true);
  end if;
  if p_request.queue_hours is not null then
    v_message.sender_id := (p_target.senders #>> '{0,id}')::uuid;
    perform crm_api.queue_message(v_message, p_request.lease_id, p_request.queue_hours);
    return crm_api.describe_stored('queued', v_message.id);
  end if;
  -- The caller waits for the outcome and may send it again, so nobody else does.
  v_message.retry_until := null;
  v_message := crm_api.lease_message(v_message, p_request.lease_id, p_request.lease_seconds, p_target.senders);
  return crm_api.describe_begun(v_message, p_target.senders, p_request.history_limit);
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
  v_message public.messages := p_stored;
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
    v_message.address_id := v_target.address_id;
    return crm_api.describe_begun(v_message, v_target.senders, p_request.history_limit);
  elsif p_stored.id is null then
    v_message := crm_api.draft_message(p_request, p_caller.sub_account_id, v_target);
  end if;
  return crm_api.store_begun(v_message, p_request, p_caller.id, v_target);
end;
$$;

-- Says whether the bucket is empty for this request. A request that is told again needs no token. The bucket and the
-- messages are read without a lock, so that a caller who goes on without tokens makes nobody wait.
create function crm_api.is_surely_limited(p_caller crm_api.caller, p_request crm_api.send_request)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return p_caller.tokens < 1
    and not exists (
      select 1 from public.messages m
      where m.id = p_request.message_id and m.sub_account_id = p_caller.sub_account_id
    )
    and not exists (
      select 1 from public.messages m
      where m.sub_account_id = p_caller.sub_account_id and m.idempotency_key = p_request.idempotency_key
    );
end;
$$;

-- Takes a crm_api.send_request and says in `outcome`: begun (go on), queued (with queue_hours: stored for later),
-- in_progress or replay (how it stands with the message of before), or refused with an error code. A repeated call with
-- the same lease_id has the same effect, so a lost result can be asked for again.
-- A request that has paid before needs no token, and so does one that is told again.
create function public.begin_send(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
-- Shorter than the caller waits: a request that was given up must not be stored after all.
set lock_timeout = '4s'
as $$
declare
  v_given crm_api.send_request := jsonb_populate_record(null::crm_api.send_request, p_request);
  v_caller crm_api.caller := crm_api.find_key(v_given.key_hash);
  v_request crm_api.send_request;
  v_stored public.messages;
  v_repeat text;
  v_taken boolean;
  v_result jsonb;
begin
  if v_caller.id is null then
    return crm_api.describe_refusal('invalid_api_key', null, null);
  end if;
  v_request := crm_api.derive_key(v_given, v_caller.sub_account_id);
  if crm_api.is_surely_limited(v_caller, v_request) then
    return crm_api.describe_rate_limited(v_caller);
  end if;
  v_stored := crm_api.find_said(v_caller.sub_account_id, v_request.message_id, v_request.idempotency_key);
  v_repeat := case when v_stored.id is not null then crm_api.decide_repeat(v_stored, v_request) else 'new' end;
  v_taken := crm_api.take_token(v_caller);
  if not v_taken and v_repeat not in ('replay', 'in_progress')
    and v_stored.id is distinct from v_request.message_id then
    return crm_api.describe_rate_limited(crm_api.find_key(v_given.key_hash));
  end if;
  v_result := crm_api.begin_message(v_request, v_caller, v_stored, v_repeat)
    || jsonb_build_object('rate', crm_api.describe_rate(v_caller, v_taken), 'api_key_id', v_caller.id);
  if clock_timestamp() > now() + interval '4 seconds' and v_result ->> 'outcome' in ('begun', 'queued') then
    raise exception 'the caller has given up' using errcode = 'lock_not_available';
  end if;
  return v_result;
end;
$$;
