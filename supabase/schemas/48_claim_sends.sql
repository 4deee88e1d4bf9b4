-- What is queued, and what was abandoned: taken up by a host's background work and by the sweeper.

-- To ten seconds. Of several at once one writes, and nobody waits for it.
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

-- A call that is repeated waits for the one whose answer did not come.
create function crm_api.lock_lease(p_lease_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('lease ' || p_lease_id, 0));
end;
$$;

-- Leases one due message and describes it as begun, or ends it as unknown, failed or superseded. What was being sent
-- when it was abandoned is sent again only where the provider takes the repeated call as one. What an agent
-- was to write for a caller who waited is not sent hours later, and nothing is begun for a key that has ended.
create function crm_api.claim_message(
  p_message public.messages,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_policy jsonb,
  p_max_tries integer,
  p_history_limit integer
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_target record;
  -- No other call has ever used this lease id.
  v_again boolean := p_message.lease_id = p_lease_id and p_message.status <> 'queued';
  v_ambiguous boolean := p_message.status = 'sending'
    and (not v_again or (p_message.tries > 1 and p_message.repeat_through is not null));
  v_repeatable text[] := array(select jsonb_array_elements_text(p_policy -> 'repeatable'));
begin
  if (p_message.content is null or p_message.status = 'queued') and crm_api.is_superseded(p_message) then
    perform crm_api.supersede(p_message.id, null);
    return jsonb_build_object('outcome', 'superseded');
  elsif not v_again and not v_ambiguous and crm_api.has_key_ended(p_message.api_key_id) then
    perform crm_api.fail_message(p_message.id, crm_api.key_ended());
    return jsonb_build_object('outcome', 'failed');
  end if;
  select * into v_target from crm_api.resolve_target(
    p_message.sub_account_id, p_message.conversation_id, null, p_message.channel,
    case when p_message.content is null then p_message.agent_id end,
    array(select jsonb_array_elements_text(p_policy -> 'providers')),
    (p_policy ->> 'reply_window_hours')::integer,
    case when p_message.replies_to_id is not null then p_message.address_id
      else crm_api.find_replied_outsider(p_message.sub_account_id, p_message.metadata) end,
    (select m.sender_id from public.messages m where m.id = p_message.replies_to_id)
  );
  if v_ambiguous and not v_again and (
    not crm_api.may_repeat(p_message)
    or p_message.tries >= p_max_tries
    or v_target.refusal is not null
    or v_target.senders #>> '{0,id}' is distinct from p_message.repeat_through::text
    or jsonb_array_length(v_target.senders) > 1
  ) then
    perform crm_api.mark_unknown(p_message.id);
    return jsonb_build_object('outcome', 'unknown');
  elsif not v_again and (
    p_message.tries >= p_max_tries
    or coalesce(p_message.retry_until, p_message.created_at + interval '1 hour') < now()
  ) then
    perform crm_api.fail_message(p_message.id, coalesce(
      p_message.error, jsonb_build_object('code', 'delivery_failed', 'retry', 'safe')
    ));
    return jsonb_build_object('outcome', 'failed');
  elsif v_target.refusal is not null then
    perform crm_api.fail_message(
      p_message.id, jsonb_build_object('code', v_target.refusal, 'retry', 'never')
    );
    return jsonb_build_object('outcome', 'failed');
  end if;

  p_message.address_id := v_target.address_id;
  if not v_again then
    p_message := crm_api.lease_message(p_message, p_lease_id, p_lease_seconds, v_target.senders, v_repeatable);
  end if;
  return crm_api.describe_begun(p_message, v_target.senders, p_history_limit) || jsonb_build_object('ambiguous', v_ambiguous);
end;
$$;

-- Leases up to p_limit messages that are due or were abandoned, as crm_api.take_turns has it with p_turn; with p_message_id,
-- that one if it is still queued. p_policies has, for each channel, its providers, the repeatable ones and its reply window.
create function public.claim_sends(
  p_lease_id uuid,
  p_lease_seconds integer,
  p_limit integer,
  p_policies jsonb,
  p_max_tries integer,
  p_history_limit integer,
  p_message_id uuid default null,
  p_turn jsonb default '{}'
)
returns jsonb
language plpgsql
set search_path = ''
-- Shorter than the caller waits: what has given up must lease nothing after all.
set lock_timeout = '4s'
as $$
declare
  v_claimed jsonb;
begin
  perform crm_api.lock_lease(p_lease_id);
  if p_message_id is null then
    perform crm_api.note_run('sweep');
  end if;
  select coalesce(
    jsonb_agg(
      crm_api.claim_message(m, p_lease_id, p_lease_seconds, p_policies -> m.channel, p_max_tries, p_history_limit)
    ),
    '[]'
  ) into v_claimed
  -- In the order of their agents, whose tokens are locked: two sweepers never wait for each other.
  from (
    select * from crm_api.lock_due(p_lease_id, p_limit, p_message_id, p_turn) d
    order by d.agent_id
  ) m;
  if clock_timestamp() > now() + interval '4 seconds' then
    raise exception 'the caller has given up' using errcode = 'lock_not_available';
  end if;
  return v_claimed;
end;
$$;

-- Gives back what was leased by claim_sends for a caller who never heard of it: no provider was asked under this lease.
-- A message that a provider may have been asked for before stays one to be repeated. Repeated, it has the same effect.
create function public.release_claims(p_lease_id uuid)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
begin
  perform crm_api.lock_lease(p_lease_id);
  update public.messages m
  set status = case when r.never_asked then 'queued' else m.status end,
    due_at = case when r.never_asked then now() end,
    tries = m.tries - 1,
    lease_expires_at = case when r.never_asked then null else now() end,
    lease_id = gen_random_uuid()
  from (
    select l.id, l.status = 'sending' and (l.tries = 1 or l.repeat_through is null) as never_asked
    from public.messages l
    where l.lease_id = p_lease_id and l.lease_expires_at is not null and l.status in ('composing', 'sending')
  ) r
  where m.id = r.id;
end;
$$;
