-- The outcome of a message is stored.

-- An id as it is stored and looked for: one that does not fit into an index is told apart by its digest.
create function crm_api.keep_id(p_id text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
begin
  return case when length(p_id) > 400 then 'sha256:' || encode(sha256(convert_to(p_id, 'UTF8')), 'hex') else p_id end;
end;
$$;

-- Deletes the echo of a message of ours. The vendor told of it before we knew its id, so it was stored as a person's.
create function crm_api.drop_echo(p_message public.messages)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_message.provider_message_id is not null then
    delete from public.messages m
    where m.provider_message_id = p_message.provider_message_id and m.metadata ? 'echo'
      -- As in crm_api.find_said.
      and (m.sub_account_id = p_message.sub_account_id) is true and m.id <> p_message.id;
  end if;
end;
$$;

-- The number of the message's last stored call; 0: it has none.
create function crm_api.last_attempt(p_message_id uuid)
returns integer
language plpgsql
set search_path = ''
as $$
begin
  return (select coalesce(max(t.number), 0) from public.message_attempts t where t.message_id = p_message_id);
end;
$$;

create function crm_api.is_recorded(p_attempt public.message_attempts)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.message_attempts t
    where t.message_id = p_attempt.message_id and t.started_at = p_attempt.started_at
      and t.sender_id is not distinct from p_attempt.sender_id
  );
end;
$$;

-- Stores the calls to providers that are not stored yet. Where another worker has made a call meanwhile, the numbers go
-- on from there. The caller has locked the message's row. Returns the stored calls that may change their senders: those
-- of a sender that has failed before, and those that were not accepted.
create function crm_api.record_attempts(p_message public.messages, p_attempts jsonb)
returns public.message_attempts[]
language plpgsql
set search_path = ''
as $$
declare
  v_call record;
  v_attempt public.message_attempts;
  v_telling public.message_attempts[];
  -- p_message is as it was before this settlement: of one without calls no row is stored.
  v_last integer := case when p_message.attempts = 0 then 0 else crm_api.last_attempt(p_message.id) end;
begin
  for v_call in
    select a as attempt, s.id as sender_id, s.failures
    from jsonb_populate_recordset(null::public.message_attempts, p_attempts) a
    left join public.senders s on s.id = a.sender_id and s.sub_account_id = p_message.sub_account_id
    order by a.number
  loop
    v_attempt := v_call.attempt;
    v_attempt.message_id := p_message.id;
    v_attempt.sub_account_id := p_message.sub_account_id;
    v_attempt.sender_id := v_call.sender_id;
    continue when p_message.attempts > 0 and crm_api.is_recorded(v_attempt);
    v_last := greatest(v_attempt.number, v_last + 1);
    v_attempt.number := v_last;
    insert into public.message_attempts values (v_attempt.*);
    if v_attempt.outcome <> 'accepted' or v_call.failures > 0 then
      v_telling := v_telling || v_attempt;
    end if;
  end loop;
  return v_telling;
end;
$$;

-- Locks the message that a settlement is about. If the result of begin_send was lost, its caller knows only the id that
-- it proposed. That id is its lease id too, so a stored message that it took over is found by its lease. A lease of
-- claim_sends holds several messages, and names none.
create function crm_api.lock_settled(p_message_id uuid, p_lease_id uuid)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m where m.id = p_message_id for update;
  if not found and p_lease_id = p_message_id then
    select * into v_message from public.messages m
    where m.lease_id = p_lease_id and m.lease_expires_at is not null
    limit 1
    for update;
  end if;
  return v_message;
end;
$$;

-- Adds to the message what its calls tell. If the two differ, the settlement is right with p_counts, else the message.
create function crm_api.add_calls(p_message public.messages, p_settlement crm_api.settlement, p_counts boolean)
returns public.messages
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
  v_provider_message_id text := crm_api.keep_id(p_settlement.provider_message_id);
begin
  v_message.attempts := greatest(p_message.attempts, (p_settlement.attempts #>> '{-1,number}')::integer);
  if p_counts then
    v_message.sender_id := coalesce(p_settlement.sender_id, p_message.sender_id);
    v_message.provider := coalesce(p_settlement.provider, p_message.provider);
    v_message.provider_message_id := coalesce(v_provider_message_id, p_message.provider_message_id);
  else
    v_message.sender_id := coalesce(p_message.sender_id, p_settlement.sender_id);
    v_message.provider := coalesce(p_message.provider, p_settlement.provider);
    v_message.provider_message_id := coalesce(p_message.provider_message_id, v_provider_message_id);
  end if;
  return v_message;
end;
$$;

-- Finds the status that a settlement asks for. If the next try would come after the message's time is over, the message
-- is not queued again, but fails.
create function crm_api.settled_status(p_message public.messages, p_settlement crm_api.settlement)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return case
    when p_settlement.status = 'queued'
      and p_message.retry_until <= now() + make_interval(secs => p_settlement.retry_in_ms / 1000) then 'failed'
    else p_settlement.status
  end;
end;
$$;

-- Says whether a settlement counts: an acceptance counts from anybody, a failure only from the holder of the lease.
-- Neither undoes a receipt that was faster.
create function crm_api.settlement_counts(p_message public.messages, p_settlement crm_api.settlement, p_to text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when p_to = 'sent' then p_message.status not in ('received', 'superseded')
    else p_message.lease_id is not distinct from p_settlement.lease_id
      and crm_api.is_open(p_message) and p_message.status not in ('failed', p_to) end;
end;
$$;

-- Writes the outcome into the message, and returns the message as it is then. Its calls are kept in any case.
create function crm_api.settle_message(p_message public.messages, p_settlement crm_api.settlement)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_to text := crm_api.settled_status(p_message, p_settlement);
  v_counts boolean := crm_api.settlement_counts(p_message, p_settlement, v_to);
  v_message public.messages := crm_api.add_calls(p_message, p_settlement, v_counts);
begin
  if v_counts then
    v_message.usage := crm_api.add_usage(p_message.usage, p_settlement.usage);
    v_message.due_at :=
      case when v_to = 'queued' then now() + make_interval(secs => p_settlement.retry_in_ms / 1000) end;
    v_message.sent_at :=
      case when v_to = 'sent' then coalesce(p_message.sent_at, p_settlement.at) else p_message.sent_at end;
    if p_message.lease_id = p_settlement.lease_id then
      v_message.lease_expires_at := null;
    end if;
    if crm_api.is_open(p_message) then
      v_message.failed_at := case when v_to = 'failed' then p_settlement.at end;
      v_message.error := case when v_to <> 'sent' then coalesce(p_settlement.error, p_message.error) end;
    end if;
    if crm_api.move_message(p_message, v_message, v_to, 'host') then
      v_message.status := v_to;
      return v_message;
    end if;
  end if;
  perform crm_api.save_message(v_message);
  return v_message;
end;
$$;

-- Takes a crm_api.settlement: stores the outcome of a message and every call that was made, and says what the message
-- is now. status null: there is no such message. Repeated, it has the same effect.
create function public.settle_send(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_settlement crm_api.settlement := jsonb_populate_record(null::crm_api.settlement, p_request);
  v_before public.messages := crm_api.lock_settled(v_settlement.message_id, v_settlement.lease_id);
  v_message public.messages;
  v_telling public.message_attempts[];
begin
  if v_before.id is null then
    return jsonb_build_object('status', null, 'sent_at', null, 'error', null);
  end if;
  v_message := crm_api.settle_message(v_before, v_settlement);
  -- Nobody writes texts or emails in a vendor's app (Echo in src/ports/webhook.ts).
  if v_settlement.status = 'sent' and v_message.status <> 'superseded'
    and v_message.channel not in ('sms', 'email') then
    perform crm_api.drop_echo(v_message);
  end if;
  v_telling := crm_api.record_attempts(v_before, v_settlement.attempts);
  if v_telling is not null then
    perform crm_api.rest_senders(v_telling);
  end if;
  return jsonb_build_object('status', v_message.status, 'sent_at', v_message.sent_at, 'error', v_message.error);
end;
$$;
