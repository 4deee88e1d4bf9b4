-- A host's background work, or the sweeper, claims messages that are queued or were abandoned.

-- Notes when a job last ran, to ten seconds. Of several callers at once one writes, and nobody waits.
create function crm_api.note_run(p_job text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if exists (select 1 from crm_api.job_runs r where r.job = p_job and r.last_run_at > now() - interval '10 seconds')
    or not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('job ' || p_job, 0)) then
    return;
  end if;
  insert into crm_api.job_runs (job, last_run_at) values (p_job, now())
  on conflict (job) do update set last_run_at = excluded.last_run_at;
end;
$$;

-- A repeated call waits here for the one whose result did not come.
create function crm_api.lock_lease(p_lease_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('lease ' || p_lease_id, 0));
end;
$$;

-- Says whether an abandoned call may be made again: only through the same single sender, whose provider takes a
-- repeated call as the same one, and only while the message is still tried.
create function crm_api.may_repeat_now(p_message public.messages, p_max_tries integer, p_target crm_api.target)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return crm_api.may_repeat(p_message)
    and p_message.tries < p_max_tries
    and coalesce(p_message.retry_until, p_message.created_at + interval '1 hour') >= now()
    and p_target.refusal is null
    and p_target.senders #>> '{0,id}' = p_message.repeat_through::text
    and jsonb_array_length(p_target.senders) = 1;
end;
$$;

-- Returns the error that ends a message instead of another try; null: it is tried. A message that an agent was writing
-- for a waiting caller is not sent hours later.
create function crm_api.find_claim_error(p_message public.messages, p_max_tries integer, p_target crm_api.target)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_message.tries >= p_max_tries
    or coalesce(p_message.retry_until, p_message.created_at + interval '1 hour') < now() then
    return coalesce(p_message.error, jsonb_build_object('code', 'delivery_failed', 'retry', 'safe'));
  elsif p_target.refusal is not null then
    return jsonb_build_object('code', p_target.refusal, 'retry', 'never');
  end if;
  return null;
end;
$$;

create function crm_api.resolve_claimed(p_message public.messages)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
begin
  return crm_api.resolve_target(
    p_message.sub_account_id, p_message.conversation_id, null, p_message.channel,
    case when p_message.content is null then p_message.agent_id end,
    p_message.policy,
    case when p_message.replies_to_id is not null then p_message.address_id
      else crm_api.find_replied_outsider(p_message.sub_account_id, p_message.metadata) end,
    (select m.sender_id from public.messages m where m.id = p_message.replies_to_id)
  );
end;
$$;

-- Describes a message that this same claim leased before, if its result was lost. `ambiguous` is as it was then.
create function crm_api.claim_again(p_message public.messages, p_history_limit integer)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_target crm_api.target := crm_api.resolve_claimed(p_message);
  v_message public.messages := p_message;
begin
  if v_target.refusal is not null then
    perform crm_api.fail_message(p_message, jsonb_build_object('code', v_target.refusal, 'retry', 'never'));
    return jsonb_build_object('outcome', 'failed');
  end if;
  v_message.address_id := v_target.address_id;
  return crm_api.describe_begun(v_message, v_target, p_history_limit) || jsonb_build_object(
    'ambiguous', p_message.status = 'sending' and p_message.tries > 1 and p_message.repeat_through is not null
  );
end;
$$;

-- Leases one message and describes it as begun, or ends it as unknown or failed. `ambiguous`: it was being sent when it
-- was abandoned, so a provider may have it.
create function crm_api.lease_claimed(p_message public.messages, p_claim crm_api.send_claim)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_target crm_api.target := crm_api.resolve_claimed(p_message);
  v_ambiguous boolean := p_message.status = 'sending';
  v_message public.messages := p_message;
  v_error jsonb;
begin
  if v_ambiguous and not crm_api.may_repeat_now(p_message, p_claim.max_tries, v_target) then
    perform crm_api.mark_unknown(p_message);
    return jsonb_build_object('outcome', 'unknown');
  end if;
  v_error := crm_api.find_claim_error(p_message, p_claim.max_tries, v_target);
  if v_error is not null then
    perform crm_api.fail_message(p_message, v_error);
    return jsonb_build_object('outcome', 'failed');
  end if;
  v_message.address_id := v_target.address_id;
  v_message := crm_api.lease_message(v_message, p_claim.lease_id, p_claim.lease_seconds, v_target);
  return crm_api.describe_begun(v_message, v_target, p_claim.history_limit)
    || jsonb_build_object('ambiguous', v_ambiguous);
end;
$$;

-- Begins nothing for a key that has ended, or for a reply that nobody needs any more.
create function crm_api.claim_message(p_message public.messages, p_claim crm_api.send_claim)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  -- No other call has ever used this lease id.
  v_again boolean := p_message.lease_id = p_claim.lease_id and p_message.status <> 'queued';
begin
  if (p_message.content is null or p_message.status = 'queued') and crm_api.is_superseded(p_message) then
    perform crm_api.supersede(p_message.id, null);
    return jsonb_build_object('outcome', 'superseded');
  elsif v_again then
    return crm_api.claim_again(p_message, p_claim.history_limit);
  elsif p_message.status <> 'sending' and crm_api.has_key_ended(p_message.api_key_id) then
    perform crm_api.fail_message(p_message, crm_api.key_ended());
    return jsonb_build_object('outcome', 'failed');
  end if;
  return crm_api.lease_claimed(p_message, p_claim);
end;
$$;

-- Takes a crm_api.send_claim: leases messages that are due or were abandoned, in the turn that crm_api.take_turns
-- finds, and describes each of them.
create function public.claim_sends(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set enable_seqscan = off
-- Shorter than the caller waits, so that a call that its caller has given up leases nothing later.
set lock_timeout = '4s'
as $$
declare
  v_claim crm_api.send_claim := jsonb_populate_record(null::crm_api.send_claim, p_request);
  v_claimed jsonb;
begin
  perform crm_api.lock_lease(v_claim.lease_id);
  if v_claim.message_id is null then
    perform crm_api.note_run('sweep');
  end if;
  select coalesce(jsonb_agg(crm_api.claim_message(m, v_claim)), '[]') into v_claimed
  -- In the order of their agents, whose tokens are locked, so that two sweepers never wait for each other in a circle.
  from (
    select * from crm_api.lock_due(v_claim.lease_id, v_claim.most, v_claim.message_id, v_claim.turn) d
    order by d.agent_id
  ) m;
  if clock_timestamp() > now() + interval '4 seconds' then
    raise exception 'the caller has given up' using errcode = 'lock_not_available';
  end if;
  return v_claimed;
end;
$$;

-- Gives one message back; no provider was asked under this lease. If a provider may have been asked before, the call
-- may still be repeated.
create function crm_api.release_message(p_message public.messages)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.tries := p_message.tries - 1;
  v_message.lease_id := gen_random_uuid();
  v_message.lease_expires_at := now();
  if p_message.status = 'sending' and (p_message.tries = 1 or p_message.repeat_through is null) then
    v_message.due_at := now();
    v_message.lease_expires_at := null;
    perform crm_api.move_message(p_message, v_message, 'queued', 'host');
  else
    perform crm_api.save_message(v_message);
  end if;
end;
$$;

-- Gives back the messages that claim_sends leased for a caller who never heard of it. Repeated, it has the same effect.
create function public.release_claims(p_lease_id uuid)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
begin
  perform crm_api.lock_lease(p_lease_id);
  perform crm_api.release_message(m)
  from (
    select l.* from public.messages l
    where l.lease_id = p_lease_id and l.lease_expires_at is not null and l.status in ('composing', 'sending')
    for update
  ) m;
end;
$$;
