-- The later round trips of a message: the agent's text is stored before it is sent, and so is what came of it.

-- Tokens of all tries together: each of them was paid for.
create function crm_api.add_usage(p_before jsonb, p_now jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_before is null or p_now is null then coalesce(p_now, p_before)
    else jsonb_build_object(
      'input_tokens', (p_before ->> 'input_tokens')::bigint + (p_now ->> 'input_tokens')::bigint,
      'output_tokens', (p_before ->> 'output_tokens')::bigint + (p_now ->> 'output_tokens')::bigint
    )
  end;
end;
$$;

-- Stores what the agent wrote; from here on it is sent, never written again. `lost`: the lease has run
-- out and somebody else is at it; `superseded`: while the agent wrote, somebody was faster; `opted_out`: the contact
-- has said STOP meanwhile. None of them may be sent.
create function public.commit_reply(
  p_message_id uuid,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_content text,
  p_usage jsonb
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m where m.id = p_message_id and m.lease_id = p_lease_id;
  if v_message.status = 'superseded' then
    return jsonb_build_object('outcome', 'superseded');
  elsif v_message.answers_id is not null and v_message.status = 'composing' then
    perform crm_api.lock_conversation(v_message.conversation_id, false);
    if crm_api.is_superseded(v_message) then
      perform crm_api.supersede(p_message_id, p_usage);
      return jsonb_build_object('outcome', 'superseded');
    end if;
  end if;
  if v_message.status = 'composing' and crm_api.has_opted_out(v_message.address_id) then
    return jsonb_build_object('outcome', 'opted_out');
  end if;
  update public.messages m
  set status = 'sending', content = p_content,
    usage = case when m.status = 'composing' then crm_api.add_usage(m.usage, p_usage) else m.usage end,
    lease_expires_at = now() + make_interval(secs => p_lease_seconds)
  where m.id = p_message_id and m.lease_id = p_lease_id
    and (m.status = 'composing' or (m.status = 'sending' and m.content = p_content));
  return jsonb_build_object('outcome', case when found then 'committed' else 'lost' end);
end;
$$;

-- Stores the calls to providers that are not stored yet, and answers with them. Where another worker has made a call
-- meanwhile, the numbers go on from there. The message's row is locked by whoever calls.
create function crm_api.record_attempts(p_message public.messages, p_attempts jsonb)
returns public.message_attempts[]
language plpgsql
set search_path = ''
as $$
declare
  v_stored public.message_attempts[];
  v_last integer := (
    select coalesce(max(t.number), 0) from public.message_attempts t where t.message_id = p_message.id
  );
begin
  with stored as (
    insert into public.message_attempts as t (
      message_id, number, sub_account_id, sender_id, provider, outcome, reason, code, message, started_at, finished_at
    )
    select p_message.id, greatest(a.number, v_last + row_number() over (order by a.number)), p_message.sub_account_id,
      s.id, a.provider, a.outcome, a.reason, a.code, a.message, a.started_at, a.finished_at
    from jsonb_to_recordset(p_attempts) as a (
      number integer, sender_id uuid, provider text, outcome text, reason text, code text, message text,
      started_at timestamptz, finished_at timestamptz
    )
    left join public.senders s on s.id = a.sender_id and s.sub_account_id = p_message.sub_account_id
    where not exists (
      select 1 from public.message_attempts t
      where t.message_id = p_message.id and t.started_at = a.started_at and t.sender_id is not distinct from s.id
    )
    returning t
  )
  select array_agg(stored.t) into v_stored from stored;
  return v_stored;
end;
$$;

-- A sender that fails three times in a row is rested: from then on it is tried after all others, for a
-- minute, then two, at most an hour. Locked in one order, so that two messages never wait for each other.
create function crm_api.rest_senders(p_attempts public.message_attempts[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_attempt record;
begin
  for v_attempt in
    select a.sender_id, bool_or(a.outcome = 'accepted') as accepted
    from unnest(p_attempts) a
    where a.outcome <> 'refused'
      or a.reason in ('misconfigured', 'rate_limited', 'quota_exceeded', 'provider_unavailable')
    group by a.sender_id
    order by a.sender_id
  loop
    if v_attempt.accepted then
      update public.senders s set failures = 0, rests_until = null
      where s.id = v_attempt.sender_id and s.failures > 0;
    else
      update public.senders s
      set failures = s.failures + 1,
        rests_until = case when s.failures >= 2
          then now() + least(interval '1 minute' * 2 ^ least(s.failures - 2, 6), interval '1 hour') end
      where s.id = v_attempt.sender_id
        -- What was under way when the rest began says nothing new.
        and (s.rests_until is null or s.rests_until <= now());
    end if;
  end loop;
end;
$$;

-- Nothing final is known of it yet: it is under way, in doubt, or failed in a way that lets it be sent again.
create function crm_api.is_open(p_message public.messages)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return p_message.status in ('queued', 'composing', 'sending', 'unknown')
    or (p_message.status = 'failed' and p_message.error ->> 'retry' = 'safe');
end;
$$;

-- Keeps what is known of a message's calls when its status is settled already, by a receipt or by somebody else.
create function crm_api.keep_calls(
  p_message_id uuid,
  p_attempts jsonb,
  p_sender_id uuid,
  p_provider text,
  p_provider_message_id text
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  update public.messages m
  set sender_id = coalesce(m.sender_id, p_sender_id), provider = coalesce(m.provider, p_provider),
    provider_message_id = coalesce(m.provider_message_id, crm_api.keep_id(p_provider_message_id)),
    attempts = greatest(m.attempts, crm_api.last_number(p_attempts))
  where m.id = p_message_id
  returning m.* into v_message;
  return v_message;
end;
$$;

create function crm_api.last_number(p_attempts jsonb)
returns integer
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (select max((a ->> 'number')::integer) from jsonb_array_elements(p_attempts) a);
end;
$$;

-- Stores what came of a message: sent, failed, unknown, or queued to be tried again in p_retry_seconds, as long as it is
-- tried at all. Status only moves forward: an acceptance counts whoever brings it, a failure only from who holds the
-- lease, and neither undoes a receipt that was faster; the calls that were made are stored in any case. Repeated, it has
-- the same effect. Answers with what the message is now. Whoever took up a message
-- without having heard its id, because that answer was lost, is known by the lease: begin_send's has the id that a new
-- message would have had. Leases of claim_sends hold several messages, and name none.
create function public.settle_send(
  p_message_id uuid,
  p_lease_id uuid,
  p_status text,
  p_at timestamptz,
  p_attempts jsonb,
  p_sender_id uuid default null,
  p_provider text default null,
  p_provider_message_id text default null,
  p_error jsonb default null,
  p_usage jsonb default null,
  p_retry_seconds double precision default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
  v_taken_up_id uuid;
  v_due_at timestamptz := now() + make_interval(secs => p_retry_seconds);
begin
  if p_status = 'queued'
    and exists (select 1 from public.messages m where m.id = p_message_id and m.retry_until <= v_due_at) then
    p_status := 'failed';
    v_due_at := null;
  end if;
  update public.messages m
  set status = case when crm_api.is_open(m) then p_status else m.status end,
    sent_at = case when p_status = 'sent' then coalesce(m.sent_at, p_at) else m.sent_at end,
    failed_at = case when p_status = 'failed' then p_at when crm_api.is_open(m) then null else m.failed_at end,
    error = case when p_status = 'sent' and crm_api.is_open(m) then null else coalesce(p_error, m.error) end,
    usage = crm_api.add_usage(m.usage, p_usage),
    sender_id = coalesce(p_sender_id, m.sender_id),
    provider = coalesce(p_provider, m.provider),
    provider_message_id = coalesce(crm_api.keep_id(p_provider_message_id), m.provider_message_id),
    attempts = greatest(m.attempts, crm_api.last_number(p_attempts)),
    due_at = v_due_at,
    lease_expires_at = case when m.lease_id = p_lease_id then null else m.lease_expires_at end
  where m.id = p_message_id
    and case
      when p_status = 'sent' then m.status not in ('received', 'superseded')
      else m.lease_id = p_lease_id and crm_api.is_open(m) and m.status not in ('failed', p_status)
    end
  returning m.* into v_message;

  if v_message.id is null then
    v_message := crm_api.keep_calls(p_message_id, p_attempts, p_sender_id, p_provider, p_provider_message_id);
  elsif p_status = 'sent' then
    perform crm_api.drop_echo(v_message);
  end if;
  if v_message.id is not null then
    perform crm_api.rest_senders(crm_api.record_attempts(v_message, p_attempts));
    return jsonb_build_object('status', v_message.status, 'sent_at', v_message.sent_at, 'error', v_message.error);
  end if;
  select m.id into v_taken_up_id from public.messages m
  where m.lease_id = p_lease_id and p_lease_id = p_message_id and m.lease_expires_at is not null;
  if not found then
    return jsonb_build_object('status', null);
  end if;
  return public.settle_send(
    v_taken_up_id, p_lease_id, p_status, p_at, p_attempts, p_sender_id, p_provider, p_provider_message_id, p_error,
    p_usage, p_retry_seconds
  );
end;
$$;

-- Whether a provider may still be asked for a message after somebody has waited: `lost`, when it is settled or somebody
-- else's by now; `opted_out`, when the contact has said STOP meanwhile.
create function public.look_again(p_message_id uuid, p_lease_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m
  where m.id = p_message_id and m.lease_id = p_lease_id and m.status = 'sending' and m.lease_expires_at > now();
  return jsonb_build_object('outcome', case
    when v_message.id is null then 'lost'
    when crm_api.has_opted_out(v_message.address_id) then 'opted_out'
    else 'unchanged'
  end);
end;
$$;

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

-- What became of a message, with every attempt; takes a token from the key's bucket, and says of an empty one that it is
-- `rate_limited`. A null message: none in the key's sub-account.
create function public.get_message(p_key_hash text, p_message_id uuid)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_key public.api_keys := crm_api.find_key(p_key_hash);
  v_message public.messages;
  v_taken public.api_keys;
begin
  if v_key.id is null then
    return crm_api.describe_refusal('invalid_api_key', null, null);
  elsif crm_api.count_tokens(v_key) < 1 then
    return crm_api.describe_rate_limited(v_key);
  end if;
  select * into v_message from public.messages m
  where m.id = p_message_id and m.sub_account_id = v_key.sub_account_id;
  v_taken := crm_api.take_token(v_key.id);
  if v_taken.id is null then
    return crm_api.describe_rate_limited(v_key);
  end if;
  return jsonb_build_object(
    'outcome', 'found',
    'message', case when v_message.id is not null then crm_api.describe_message(v_message) end,
    'attempts', crm_api.list_attempts(v_message.id),
    'rate', crm_api.describe_rate(v_key, v_taken),
    'api_key_id', v_key.id
  );
end;
$$;

revoke execute on all functions in schema crm_api from public;
grant execute on all functions in schema crm_api to service_role;
revoke execute on function public.commit_reply(uuid, uuid, integer, text, jsonb) from public, anon, authenticated;
grant execute on function public.commit_reply(uuid, uuid, integer, text, jsonb) to service_role;
revoke execute on function public.settle_send(uuid, uuid, text, timestamptz, jsonb, uuid, text, text, jsonb, jsonb, double precision)
  from public, anon, authenticated;
grant execute on function public.settle_send(uuid, uuid, text, timestamptz, jsonb, uuid, text, text, jsonb, jsonb, double precision)
  to service_role;
revoke execute on function public.look_again(uuid, uuid) from public, anon, authenticated;
grant execute on function public.look_again(uuid, uuid) to service_role;
revoke execute on function public.get_message(text, uuid) from public, anon, authenticated;
grant execute on function public.get_message(text, uuid) to service_role;
